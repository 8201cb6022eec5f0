/**
 * Translation on the wire: what of a request is wrong, which models translate, the words of the contract. Knows nothing of how
 * a text is taken apart.
 */
@NullMarked
package dev.polymath.translation.grpc;

import org.jspecify.annotations.NullMarked;
