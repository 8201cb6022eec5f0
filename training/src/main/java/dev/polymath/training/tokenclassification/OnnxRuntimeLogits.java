package dev.polymath.training.tokenclassification;

import ai.djl.engine.Engine;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The logits of an exported model in ONNX Runtime, as the services run it. */
final class OnnxRuntimeLogits implements TokenLogits, AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession session;

    OnnxRuntimeLogits(Path model) {
        // DJL must be the first to create the environment
        Engine.getEngine("OnnxRuntime");
        environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            session = environment.createSession(model.toString(), options);
        } catch (OrtException e) {
            throw new IllegalStateException(model + ": " + e.getMessage(), e);
        }
    }

    @Override
    public float[] logits(TokenBatch batch) {
        long[][] values = batch.inputs();
        long[] shape = {batch.size(), batch.width()};
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        try {
            for (String name : session.getInputNames()) {
                LongBuffer buffer = LongBuffer.wrap(values[TokenBatch.inputIndex(name)]);
                inputs.put(name, OnnxTensor.createTensor(environment, buffer, shape));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                FloatBuffer logits = ((OnnxTensor) result.get(0)).getFloatBuffer();
                float[] copy = new float[logits.remaining()];
                logits.get(copy);
                return copy;
            }
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
    }
}
