/**
 * ONNX graphs that can be trained: reading, surgery, interpretation on the PyTorch engine, low-rank adapters and int8
 * export. Knows nothing of tasks, data sets, losses, optimisers or the command line.
 */
@NullMarked
package dev.polymath.training.graph;

import org.jspecify.annotations.NullMarked;
