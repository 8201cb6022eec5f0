package dev.polymath.training.tokenclassification;

import ai.djl.ndarray.NDManager;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.util.List;

/** The logits of the block that is being trained, without Dropout and without gradients. */
final class BlockLogits implements TokenLogits {
    private final TrainableGraph block;
    private final List<String> inputNames;

    BlockLogits(TrainableGraph block, OnnxGraph graph) {
        this.block = block;
        this.inputNames = graph.inputNames();
    }

    @Override
    public float[] logits(TokenBatch batch) {
        try (NDManager manager = block.manager().newSubManager()) {
            return block.forward(batch.inputs(manager, inputNames), false)
                    .head()
                    .toFloatArray();
        }
    }
}
