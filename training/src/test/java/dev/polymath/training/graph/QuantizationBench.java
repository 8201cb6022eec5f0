package dev.polymath.training.graph;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.polymath.training.graph.Int8Quantizer.Scheme;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * Measures what 8-bit schemes cost and give on the encoder from which training starts: size, speed, closeness to fp32 and
 * whether a text gives the same hidden states alone and in a batch. {@code docs/quantization.md} has the command.
 */
final class QuantizationBench {

    /** On a machine with other work: processor time of the calling thread instead of the clock, one thread only. */
    private static final boolean CPU_TIME = Boolean.getBoolean("cpuTime");

    private static final int[][] SHAPES = {{1, 16}, {8, 32}, {32, 32}, {32, 128}};

    private QuantizationBench() {}

    public static void main(String[] arguments) throws IOException, OrtException {
        Engine.getEngine("OnnxRuntime");
        OnnxGraph graph = MiniLmTest.miniLm();
        Map<String, byte[]> models = new LinkedHashMap<>();
        models.put("fp32", graph.toBytes());
        for (Scheme scheme : Scheme.values()) {
            models.put(scheme.name(), Int8Quantizer.of(scheme).quantize(graph).toBytes());
        }
        for (int threads : CPU_TIME ? new int[] {1} : new int[] {1, 2}) {
            Map<String, OrtSession> sessions = new LinkedHashMap<>();
            for (Map.Entry<String, byte[]> model : models.entrySet()) {
                OrtSession.SessionOptions options = new OrtSession.SessionOptions();
                options.setIntraOpNumThreads(threads);
                sessions.put(model.getKey(), OrtEnvironment.getEnvironment().createSession(model.getValue(), options));
            }
            float[] reference = null;
            for (Map.Entry<String, OrtSession> entry : sessions.entrySet()) {
                float[] hidden = hidden(entry.getValue(), ids(16, 64), 16, 64, 16);
                reference = reference == null ? hidden : reference;
                System.out.printf(
                        "%d threads %-12s %5.1f MB  cosine to fp32: worst token %.5f, mean %.5f  alone against batch: %s%n",
                        threads,
                        entry.getKey(),
                        Objects.requireNonNull(models.get(entry.getKey())).length / 1e6,
                        cosine(reference, hidden)[0],
                        cosine(reference, hidden)[1],
                        invariance(entry.getValue()));
            }
            double[][] best = new double[sessions.size()][SHAPES.length];
            for (int repeat = 0; repeat < Integer.getInteger("repeats", 5); repeat++) {
                for (int s = 0; s < SHAPES.length; s++) {
                    int model = 0;
                    for (OrtSession session : sessions.values()) {
                        best[model][s] = Math.max(best[model][s], speed(session, SHAPES[s][0], SHAPES[s][1]));
                        model++;
                    }
                }
            }
            int model = 0;
            for (String name : sessions.keySet()) {
                StringBuilder line = new StringBuilder("%d threads %-12s".formatted(threads, name));
                for (int s = 0; s < SHAPES.length; s++) {
                    line.append("  B%d T%d: %.0f/s (%.2f)"
                            .formatted(SHAPES[s][0], SHAPES[s][1], best[model][s], best[model][s] / best[0][s]));
                }
                System.out.println(line);
                model++;
            }
            for (OrtSession session : sessions.values()) {
                session.close();
            }
        }
    }

    /** Sentences per second over 0.3 s after a warm-up. */
    private static double speed(OrtSession session, int batch, int length) throws OrtException {
        long[] ids = ids(batch, length);
        hidden(session, ids, batch, length, batch);
        LongSupplier clock = CPU_TIME ? ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime : System::nanoTime;
        long start = clock.getAsLong();
        int runs = 0;
        while (clock.getAsLong() - start < 300_000_000L) {
            hidden(session, ids, batch, length, batch);
            runs++;
        }
        return runs * (double) batch / ((clock.getAsLong() - start) / 1e9);
    }

    /** Worst difference of any text alone from the same text in a batch of 16, of equal lengths and padded to 64 tokens. */
    private static String invariance(OrtSession session) throws OrtException {
        int batch = 16;
        int length = 64;
        long[] ids = ids(batch, length);
        int width = 384;
        double same = 0;
        double padded = 0;
        float[] together = hidden(session, ids, batch, length, batch);
        long[] mixed = ids.clone();
        int[] lengths = new int[batch];
        for (int b = 0; b < batch; b++) {
            lengths[b] = 5 + 3 * b;
            Arrays.fill(mixed, b * length + lengths[b], (b + 1) * length, 0);
        }
        float[] mixedTogether = hidden(session, mixed, batch, length, batch);
        for (int b = 0; b < batch; b++) {
            float[] alone = hidden(session, Arrays.copyOfRange(ids, b * length, (b + 1) * length), 1, length, 1);
            float[] row = Arrays.copyOfRange(together, b * length * width, (b + 1) * length * width);
            same = Math.max(same, MiniLmTest.difference(alone, row));
            alone = hidden(session, Arrays.copyOfRange(mixed, b * length, b * length + lengths[b]), 1, lengths[b], 1);
            row = Arrays.copyOfRange(mixedTogether, b * length * width, b * length * width + lengths[b] * width);
            padded = Math.max(padded, MiniLmTest.difference(alone, row));
        }
        return "same length %.2g, padded %.2g".formatted(same, padded);
    }

    private static long[] ids(int batch, int length) {
        return new Random(11).longs((long) batch * length, 1000, 29000).toArray();
    }

    private static float[] hidden(OrtSession session, long[] ids, int batch, int length, int rows) throws OrtException {
        long[] shape = {batch, length};
        Map<String, OnnxRuns.Tensor> inputs = new LinkedHashMap<>();
        inputs.put("input_ids", OnnxRuns.Tensor.of(shape, ids));
        inputs.put(
                "attention_mask",
                OnnxRuns.Tensor.of(
                        shape, Arrays.stream(ids).map(id -> id == 0 ? 0 : 1).toArray()));
        inputs.put("token_type_ids", OnnxRuns.Tensor.of(shape, new long[rows * length]));
        return OnnxRuns.run(session, inputs).get(0);
    }

    /** Worst and mean cosine over tokens of 384 values. */
    private static double[] cosine(float[] a, float[] b) {
        double worst = 1;
        double sum = 0;
        int tokens = a.length / 384;
        for (int t = 0; t < tokens; t++) {
            double ab = 0;
            double aa = 0;
            double bb = 0;
            for (int i = t * 384; i < (t + 1) * 384; i++) {
                ab += (double) a[i] * b[i];
                aa += (double) a[i] * a[i];
                bb += (double) b[i] * b[i];
            }
            double cosine = ab / Math.sqrt(aa * bb);
            worst = Math.min(worst, cosine);
            sum += cosine;
        }
        return new double[] {worst, sum / tokens};
    }
}
