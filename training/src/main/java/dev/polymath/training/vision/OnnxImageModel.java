package dev.polymath.training.vision;

import ai.djl.engine.Engine;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** A model that reads pictures, in ONNX Runtime as the services run it. Not thread-safe. */
public final class OnnxImageModel implements AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final String input;

    /** @param model an ONNX file with one input, {@code [N, 3, height, width]}, and outputs that are all float */
    public OnnxImageModel(Path model) {
        // DJL must be the first to create the environment
        Engine.getEngine("OnnxRuntime");
        environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            session = environment.createSession(model.toString(), options);
            input = session.getInputNames().iterator().next();
        } catch (OrtException e) {
            throw new IllegalStateException(model + ": " + e.getMessage(), e);
        }
    }

    /** The outputs for {@code pixels} of pictures of this height and width, each row-major. */
    public float[][] outputs(float[] pixels, int height, int width) {
        long[] shape = {pixels.length / (3L * height * width), 3, height, width};
        try (OnnxTensor tensor = OnnxTensor.createTensor(environment, FloatBuffer.wrap(pixels), shape);
                OrtSession.Result result = session.run(Map.of(input, tensor))) {
            float[][] outputs = new float[result.size()][];
            for (int i = 0; i < outputs.length; i++) {
                FloatBuffer output = ((OnnxTensor) result.get(i)).getFloatBuffer();
                outputs[i] = new float[output.remaining()];
                output.get(outputs[i]);
            }
            return outputs;
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
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
