/**
 * Text analytics on the wire: what of a request is wrong, which model answers, the words and offsets of the contract.
 * Knows no algorithm.
 */
@NullMarked
package dev.polymath.textanalytics.grpc;

import org.jspecify.annotations.NullMarked;
