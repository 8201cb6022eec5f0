/** Tests of the service over a real port, with the embedded models. */
@NullMarked
package dev.polymath.translation.grpc;

import org.jspecify.annotations.NullMarked;
