/**
 * What every kind of training shares: the loop, the optimizer, checkpoints, progress, logs, the model card and the command
 * line. Must not know what a label, an image or a sentence is; only {@link dev.polymath.training.Train} lists the tasks.
 */
@NullMarked
package dev.polymath.training;

import org.jspecify.annotations.NullMarked;
