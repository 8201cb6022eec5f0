/**
 * Image files to pixels, and pixels to the numbers that a model reads. It must not know models, engines, Quarkus, gRPC or
 * any wire types.
 */
@NullMarked
package dev.polymath.image;

import org.jspecify.annotations.NullMarked;
