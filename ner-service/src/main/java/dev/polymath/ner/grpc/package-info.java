/**
 * The thin layer between the wire and {@link dev.polymath.ner.EntityRecognizer}: checks requests, maps messages, hosts the
 * models. It must not decide what an entity is.
 */
@NullMarked
package dev.polymath.ner.grpc;

import org.jspecify.annotations.NullMarked;
