/** Tests over gRPC. */
@NullMarked
package dev.polymath.vision.grpc;

import org.jspecify.annotations.NullMarked;
