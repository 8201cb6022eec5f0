/** Tests of what is done with an image, with models that do as they are told. */
@NullMarked
package dev.polymath.vision;

import org.jspecify.annotations.NullMarked;
