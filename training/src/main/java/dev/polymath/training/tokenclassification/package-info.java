/**
 * Fine-tuning and evaluation of token classification (named entities and whatever else is a label per word): data readers,
 * alignment of words and sub-words, noise, entity-level metrics, calibration, export. Must not know how a graph computes its
 * gradients or how a checkpoint is written.
 */
@NullMarked
package dev.polymath.training.tokenclassification;

import org.jspecify.annotations.NullMarked;
