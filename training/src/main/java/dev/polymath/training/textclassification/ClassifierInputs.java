package dev.polymath.training.textclassification;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.graph.TrainableGraph;
import java.util.List;
import java.util.Objects;

/** What is fed to the block in training: tokens, or the features that a frozen encoder has made of them. */
@FunctionalInterface
interface ClassifierInputs {
    NDList of(SequenceBatch<ClassifiedText> batch, NDManager manager);

    /** @param names of the model's inputs */
    static ClassifierInputs tokens(List<String> names) {
        return (batch, manager) -> batch.inputs(manager, names);
    }

    /** One input {@code [batch, width]}. */
    static ClassifierInputs features() {
        return (batch, manager) -> {
            int width = Objects.requireNonNull(batch.rows().get(0).features()).length;
            float[] values = new float[batch.size() * width];
            for (int row = 0; row < batch.size(); row++) {
                System.arraycopy(
                        Objects.requireNonNull(batch.rows().get(row).features()), 0, values, row * width, width);
            }
            return new NDList(manager.create(values, new Shape(batch.size(), width)));
        };
    }

    /** The outputs of the block without Dropout and without gradients. */
    @SuppressWarnings("unchecked")
    default ModelOutputs outputsOf(TrainableGraph block) {
        return batch -> {
            try (NDManager manager = block.manager().newSubManager()) {
                return block.forward(of((SequenceBatch<ClassifiedText>) batch, manager), false).stream()
                        .map(NDArray::toFloatArray)
                        .toArray(float[][]::new);
            }
        };
    }
}
