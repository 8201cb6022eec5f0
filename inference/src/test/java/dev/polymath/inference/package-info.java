/** Tests of the inference library, on a tiny model that they write themselves. */
@NullMarked
package dev.polymath.inference;

import org.jspecify.annotations.NullMarked;
