/**
 * What named-entity recognition is: recognizers, the rule for overlaps, redaction and records. Positions are UTF-16
 * indices. Knows neither Quarkus nor gRPC nor the wire types, and of models only that one finds spans.
 */
@NullMarked
package dev.polymath.ner;

import org.jspecify.annotations.NullMarked;
