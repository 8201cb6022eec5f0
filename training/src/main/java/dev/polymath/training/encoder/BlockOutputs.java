package dev.polymath.training.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.util.List;

/** The outputs of the block that is being trained, without Dropout and without gradients. */
public final class BlockOutputs implements ModelOutputs {
    private final TrainableGraph block;
    private final List<String> inputNames;

    /**
     * @param block must stay open
     * @param graph that the block was made of
     */
    public BlockOutputs(TrainableGraph block, OnnxGraph graph) {
        this.block = block;
        this.inputNames = graph.inputNames();
    }

    @Override
    public float[][] outputs(SequenceBatch<?> batch) {
        try (NDManager manager = block.manager().newSubManager()) {
            return block.forward(batch.inputs(manager, inputNames), false).stream()
                    .map(NDArray::toFloatArray)
                    .toArray(float[][]::new);
        }
    }
}
