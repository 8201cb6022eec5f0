/**
 * Translation: sentences, what is kept out of them, the way through one model or two, and how everything comes together
 * again. Knows no wire format.
 */
@NullMarked
package dev.polymath.translation;

import org.jspecify.annotations.NullMarked;
