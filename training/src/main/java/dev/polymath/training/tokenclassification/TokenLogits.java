package dev.polymath.training.tokenclassification;

/** Something that gives a batch its logits: the block in training, or the exported model in ONNX Runtime. */
@FunctionalInterface
interface TokenLogits {
    /** Row-major {@code [batch.size(), batch.width(), labels]}. */
    float[] logits(TokenBatch batch);
}
