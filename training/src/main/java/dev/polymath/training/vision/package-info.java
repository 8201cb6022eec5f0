/**
 * What every training on pictures shares: data that worker threads prepare ahead, augmentation, options. Knows no task.
 */
@NullMarked
package dev.polymath.training.vision;

import org.jspecify.annotations.NullMarked;
