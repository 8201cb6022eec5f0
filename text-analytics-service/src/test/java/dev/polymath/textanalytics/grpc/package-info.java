/** Tests of the service over a real port, with the embedded models. */
@NullMarked
package dev.polymath.textanalytics.grpc;

import org.jspecify.annotations.NullMarked;
