/**
 * The one path from an input to a model's numbers: model directories, tokenising, admission, batching, the engine and
 * receipts. It must not know gRPC, HTTP, Quarkus, metrics libraries, or any capability's wire types.
 */
@NullMarked
package dev.polymath.inference;

import org.jspecify.annotations.NullMarked;
