/** Tests of the service over a real port, with the embedded model. */
@NullMarked
package dev.polymath.ner.grpc;

import org.jspecify.annotations.NullMarked;
