package dev.polymath.training.encoder;

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

/** The outputs of an exported model in ONNX Runtime, as the services run it. */
public final class OnnxRuntimeOutputs implements ModelOutputs, AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession session;

    /** @param model an ONNX file whose outputs are all float */
    public OnnxRuntimeOutputs(Path model) {
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
    public float[][] outputs(SequenceBatch<?> batch) {
        long[][] values = batch.inputs();
        long[] shape = {batch.size(), batch.width()};
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        try {
            for (String name : session.getInputNames()) {
                LongBuffer buffer = LongBuffer.wrap(values[SequenceBatch.inputIndex(name)]);
                inputs.put(name, OnnxTensor.createTensor(environment, buffer, shape));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                float[][] outputs = new float[result.size()][];
                for (int i = 0; i < outputs.length; i++) {
                    FloatBuffer output = ((OnnxTensor) result.get(i)).getFloatBuffer();
                    outputs[i] = new float[output.remaining()];
                    output.get(outputs[i]);
                }
                return outputs;
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
