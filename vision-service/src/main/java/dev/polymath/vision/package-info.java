/**
 * What is done with an image: decoding it within bounds, asking the models, describing and drawing what they found. Knows no
 * wire type.
 */
@NullMarked
package dev.polymath.vision;

import org.jspecify.annotations.NullMarked;
