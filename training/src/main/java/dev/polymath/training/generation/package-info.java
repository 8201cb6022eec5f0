/**
 * What the training of all models shares that write texts word by word: the vocabulary, Transformer graphs and their optimisation, the
 * loss, scores of texts, and the measured export. Must not know what is read: texts, images.
 */
@NullMarked
package dev.polymath.training.generation;

import org.jspecify.annotations.NullMarked;
