/**
 * Training of translation models from parallel sentences: reading and cleaning pairs, the vocabulary, an encoder-decoder Transformer
 * as an ONNX graph, batches by tokens, export and evaluation. Must not know how a graph computes its gradients or how a checkpoint is
 * written.
 */
@NullMarked
package dev.polymath.training.translation;

import org.jspecify.annotations.NullMarked;
