/**
 * What every fine-tuning of a text encoder shares: starting weights, heads on the hidden state, batches, options of the
 * optimisation, calibration, export. Must not know what a head learns.
 */
@NullMarked
package dev.polymath.training.encoder;

import org.jspecify.annotations.NullMarked;
