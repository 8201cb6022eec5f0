/** Draws what was found into a picture, with letters of its own. Knows no model and no wire type. */
@NullMarked
package dev.polymath.vision.drawing;

import org.jspecify.annotations.NullMarked;
