/**
 * Vision on the wire: what of a request is wrong, which models answer, the words of the contract. Knows nothing of how an image
 * is decoded.
 */
@NullMarked
package dev.polymath.vision.grpc;

import org.jspecify.annotations.NullMarked;
