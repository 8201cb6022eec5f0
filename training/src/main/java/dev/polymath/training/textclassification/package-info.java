/**
 * Fine-tuning of text classification: one label or several per text, with one head or several on one encoder. Data readers,
 * label maps, metrics, thresholds, calibration, export. Must not know how a graph computes its gradients or how a checkpoint is
 * written.
 */
@NullMarked
package dev.polymath.training.textclassification;

import org.jspecify.annotations.NullMarked;
