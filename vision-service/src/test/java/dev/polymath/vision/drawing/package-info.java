/** Tests of drawing. */
@NullMarked
package dev.polymath.vision.drawing;

import org.jspecify.annotations.NullMarked;
