/**
 * Fine-tuning and evaluation of extractive question answering: SQuAD files, alignment of answers and tokens, training windows, the
 * scores of SQuAD, calibration, export. Must not know how a graph computes its gradients or how a checkpoint is written.
 */
@NullMarked
package dev.polymath.training.questionanswering;

import org.jspecify.annotations.NullMarked;
