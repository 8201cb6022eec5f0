package dev.polymath.training.encoder;

/** Something that answers a batch: the block in training, or the exported model in ONNX Runtime. */
@FunctionalInterface
public interface ModelOutputs {
    /**
     * The model's outputs in their order, each row-major: {@code [batch.size(), batch.width(), n]} where it answers per token,
     * {@code [batch.size(), n]} where it answers per text.
     */
    float[][] outputs(SequenceBatch<?> batch);
}
