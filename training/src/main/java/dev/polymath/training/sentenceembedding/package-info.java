/**
 * Packaging and measuring of sentence encoders, whose vectors are near where texts mean the same. Must not know how a graph is
 * rewritten.
 */
@NullMarked
package dev.polymath.training.sentenceembedding;

import org.jspecify.annotations.NullMarked;
