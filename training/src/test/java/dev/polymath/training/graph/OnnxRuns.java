package dev.polymath.training.graph;

import ai.djl.engine.Engine;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a graph in ONNX Runtime: the reference for what the trainable graph computes. */
public final class OnnxRuns {

    private OnnxRuns() {}

    /** Returns the elements of all float outputs, in graph order. */
    public static List<float[]> run(OnnxGraph graph, Map<String, ? extends Object> inputs) {
        Engine.getEngine("OnnxRuntime");
        try (OrtSession session =
                OrtEnvironment.getEnvironment().createSession(graph.toBytes(), new OrtSession.SessionOptions())) {
            return run(session, inputs);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Inputs are {@link Tensor}s of floats or longs. */
    public static List<float[]> run(OrtSession session, Map<String, ? extends Object> inputs) throws OrtException {
        Map<String, OnnxTensorLike> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, ? extends Object> input : inputs.entrySet()) {
            Tensor tensor = (Tensor) input.getValue();
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            tensors.put(
                    input.getKey(),
                    tensor.floats() != null
                            ? OnnxTensor.createTensor(environment, FloatBuffer.wrap(tensor.floats()), tensor.shape())
                            : OnnxTensor.createTensor(environment, LongBuffer.wrap(tensor.longs()), tensor.shape()));
        }
        try (OrtSession.Result result = session.run(tensors)) {
            List<float[]> outputs = new ArrayList<>();
            for (var output : result) {
                FloatBuffer buffer = ((OnnxTensor) output.getValue()).getFloatBuffer();
                float[] values = new float[buffer.remaining()];
                buffer.get(values);
                outputs.add(values);
            }
            return outputs;
        } finally {
            tensors.values().forEach(OnnxTensorLike::close);
        }
    }

    /** A dense tensor of floats or longs; the other is null. */
    public record Tensor(
            long[] shape,
            float @org.jspecify.annotations.Nullable [] floats,
            long @org.jspecify.annotations.Nullable [] longs) {
        public static Tensor of(long[] shape, float... floats) {
            return new Tensor(shape, floats, null);
        }

        public static Tensor of(long[] shape, long... longs) {
            return new Tensor(shape, null, longs);
        }
    }
}
