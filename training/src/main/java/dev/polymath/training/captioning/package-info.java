/**
 * Training of models that describe images in words: reading captioned images, the grid of a frozen image network computed once and kept
 * on disk, a Transformer that writes over it, export and evaluation. Must not know how a graph computes its gradients or how a
 * checkpoint is written.
 */
@NullMarked
package dev.polymath.training.captioning;

import org.jspecify.annotations.NullMarked;
