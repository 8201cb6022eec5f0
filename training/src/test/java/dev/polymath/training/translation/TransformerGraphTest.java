package dev.polymath.training.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.polymath.training.generation.BytePairEncoder;
import dev.polymath.training.generation.TransformerGraph;
import dev.polymath.training.generation.TransformerShape;
import dev.polymath.training.generation.TransformerWeights;
import dev.polymath.training.generation.Vocabulary;
import dev.polymath.training.graph.Int8Quantizer;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import dev.polymath.training.translation.TranslationBatch.Example;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TransformerGraphTest {
    private static final TransformerShape SHAPE = new TransformerShape(40, 16, 32, 4, 2, 2, 24);

    /** Sources and targets of unlike length, so that there is padding on both sides. */
    private static final TranslationBatch BATCH = new TranslationBatch(List.of(
            new Example(new int[] {3, 20, 21, 22, 1}, new int[] {30, 31, 32, 33, 34, 1}),
            new Example(new int[] {4, 25, 1}, new int[] {35, 36, 1})));

    private static OrtEnvironment environment;

    private final TransformerWeights weights = distinct(TransformerWeights.initial(SHAPE, 7));

    @BeforeAll
    static void open() {
        // DJL must be the first to create the environment
        Engine.getEngine("OnnxRuntime");
        environment = OrtEnvironment.getEnvironment();
    }

    @Test
    void wordByWordGivesWhatTheWholePrefixGivesAndWhatIsTrained() throws OrtException {
        float[] trained = trained();

        try (OrtSession encoder = session(TransformerGraph.encoder(weights));
                OrtSession decoder = session(TransformerGraph.decoder(weights));
                OrtSession withPast = session(TransformerGraph.decoderWithPast(weights))) {
            float[] whole = whole(encoder, decoder);
            float[] stepped = stepped(encoder, decoder, withPast);

            assertThat(whole).hasSize(2 * 6 * 40);
            assertThat(largestDifference(trained, whole)).isLessThan(1e-5);
            assertThat(largestDifference(trained, stepped)).isLessThan(1e-5);
        }
    }

    @Test
    void anEightBitModelIsNearTheFullOneAndCanBeTrainedOn() throws OrtException {
        Int8Quantizer quantizer = Int8Quantizer.of(Int8Quantizer.Scheme.PER_TOKEN_ASYMMETRIC);
        TransformerShape shape = new TransformerShape(2048, 32, 64, 4, 1, 1, 24);
        TransformerWeights wide = TransformerWeights.initial(shape, 3);
        OnnxGraph encoder = quantizer.quantize(TransformerGraph.encoder(wide));
        OnnxGraph decoder = quantizer.quantize(TransformerGraph.decoder(wide));
        OnnxGraph withPast = quantizer.quantize(TransformerGraph.decoderWithPast(wide));

        float[] full;
        try (OrtSession e = session(TransformerGraph.encoder(wide));
                OrtSession d = session(TransformerGraph.decoder(wide))) {
            full = whole(e, d);
        }
        try (OrtSession e = session(encoder);
                OrtSession d = session(decoder);
                OrtSession p = session(withPast)) {
            assertThat(correlation(whole(e, d), full)).isGreaterThan(0.99);
            assertThat(correlation(stepped(e, d, p), full)).isGreaterThan(0.99);
        }
        TransformerWeights again = TransformerWeights.read(shape, encoder, decoder);
        assertThat(again.values().keySet()).isEqualTo(wide.values().keySet());
        again.values().forEach((name, values) -> {
            float[] before = wide.get(name);
            assertThat(largestDifference(before, values)).as(name).isLessThan(0.01);
            if (!name.endsWith("bias")) {
                assertThat(correlation(before, values)).as(name).isGreaterThan(0.999);
            }
        });
    }

    @Test
    void aModelOfAnotherSizeIsRefusedAsAStart() {
        OnnxGraph encoder = TransformerGraph.encoder(weights);

        assertThatThrownBy(() -> TransformerWeights.read(SHAPE, encoder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("no weight decoder.layers.0.self_attn.norm.weight in the starting model");
        assertThatThrownBy(() -> TransformerWeights.read(
                        new TransformerShape(40, 32, 32, 4, 2, 2, 24), encoder, TransformerGraph.decoder(weights)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("weight shared.weight of the starting model: 640 values (expected: 1280");
    }

    @Test
    void whatFollowsAWordDoesNotChangeWhatIsSaidOfItAndPaddingChangesNothing() {
        TranslationBatch other = new TranslationBatch(List.of(
                new Example(new int[] {3, 20, 21, 22, 1}, new int[] {30, 31, 32, 39, 38, 1}),
                new Example(new int[] {4, 25, 1}, new int[] {35, 36, 1})));
        TranslationBatch alone = new TranslationBatch(List.of(BATCH.rows().get(1)));

        float[] logits = trained(BATCH);
        float[] otherLogits = trained(other);
        float[] aloneLogits = trained(alone);

        // the word at 3 is read when the one at 4 is said
        for (int i = 0; i < 4 * 40; i++) {
            assertThat(otherLogits[i]).isEqualTo(logits[i], within(1e-5f));
        }
        assertThat(otherLogits[4 * 40]).isNotCloseTo(logits[4 * 40], within(1e-5f));
        for (int i = 0; i < 3 * 40; i++) {
            assertThat(aloneLogits[i]).isEqualTo(logits[6 * 40 + i], within(1e-5f));
        }
    }

    @Test
    void theLossIsTheSmoothedCrossEntropyAndHasTheGradientOfItsDifferences() {
        try (TrainableGraph block = block()) {
            TranslationTask task = new TranslationTask(block, noData(), 1, 0.1f, Map.of());
            float[] logits;
            float loss;
            float[] gradient;
            try (NDManager manager = block.manager().newSubManager();
                    GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
                logits = task.logits(BATCH, manager, true).toFloatArray();
                NDArray array = task.loss(BATCH, manager);
                loss = array.getFloat();
                collector.backward(array);
                NDArray bias = Objects.requireNonNull(block.parametersByName().get("encoder.layers.0.ffn.fc1.bias"))
                        .getArray();
                gradient = bias.getGradient().toFloatArray();
            }
            assertThat(loss).isEqualTo((float) smoothed(logits), within(1e-4f));

            float[] values = block.values("encoder.layers.0.ffn.fc1.bias");
            for (int i = 0; i < 3; i++) {
                float step = 0.05f;
                float up = shifted(block, task, values, i, step);
                float down = shifted(block, task, values, i, -step);
                assertThat(gradient[i]).isEqualTo((up - down) / (2 * step), within(3e-3f));
            }
        }
    }

    private static float shifted(TrainableGraph block, TranslationTask task, float[] values, int i, float by) {
        float[] moved = values.clone();
        moved[i] += by;
        block.setValues("encoder.layers.0.ffn.fc1.bias", moved);
        try (NDManager manager = block.manager().newSubManager()) {
            return task.loss(BATCH, manager).getFloat();
        } finally {
            block.setValues("encoder.layers.0.ffn.fc1.bias", values);
        }
    }

    private static double smoothed(float[] logits) {
        long[] labels = BATCH.targets().labels();
        float[] words = BATCH.targets().weights(1);
        double sum = 0;
        for (int row = 0; row < labels.length; row++) {
            double total = 0;
            double all = 0;
            for (int v = 0; v < 40; v++) {
                total += Math.exp(logits[row * 40 + v]);
            }
            for (int v = 0; v < 40; v++) {
                all += logits[row * 40 + v] - Math.log(total);
            }
            double right = logits[row * 40 + (int) labels[row]] - Math.log(total);
            sum -= words[row] * (0.9 * right + 0.1 * all / 40);
        }
        return sum / BATCH.targets().words();
    }

    private float[] trained() {
        return trained(BATCH);
    }

    private float[] trained(TranslationBatch batch) {
        try (TrainableGraph block = block();
                NDManager manager = block.manager().newSubManager()) {
            return new TranslationTask(block, noData(), 1, 0, Map.of())
                    .logits(batch, manager, false)
                    .toFloatArray();
        }
    }

    private TrainableGraph block() {
        return new TrainableGraph(
                TransformerGraph.training(weights, 0),
                TrainableGraphOptions.defaults().withFrozen(TransformerGraph::isFixed));
    }

    private static TranslationData noData() {
        Vocabulary vocabulary = new Vocabulary(Vocabulary.reserved(List.of("en")), List.of(), List.of("en"));
        return new TranslationData(List.of(), new BytePairEncoder(vocabulary), new PairNoise(), 100, 10, 0);
    }

    /** Biases and LayerNorms too, so that a forgotten one shows. */
    private static TransformerWeights distinct(TransformerWeights initial) {
        Map<String, float[]> values = new LinkedHashMap<>();
        initial.values().forEach((name, weight) -> {
            float[] moved = weight.clone();
            for (int i = 0; i < moved.length; i++) {
                moved[i] += name.endsWith("bias") || name.endsWith("norm.weight") ? 0.1f * (i % 5 - 2) : 0;
            }
            values.put(name, moved);
        });
        return new TransformerWeights(initial.shape(), values);
    }

    private static OrtSession session(OnnxGraph graph) throws OrtException {
        return environment.createSession(graph.toBytes());
    }

    private static float[] whole(OrtSession encoder, OrtSession decoder) throws OrtException {
        try (OnnxTensor ids = tensor(BATCH.sources(), 2, BATCH.sourceWidth());
                OnnxTensor mask = tensor(BATCH.mask(), 2, BATCH.sourceWidth());
                OnnxTensor prefix =
                        tensor(BATCH.targets().prefixes(), 2, BATCH.targets().width());
                OrtSession.Result encoded = encoder.run(Map.of("input_ids", ids, "attention_mask", mask));
                OrtSession.Result decoded = decoder.run(Map.of(
                        "input_ids", prefix,
                        "encoder_hidden_states", (OnnxTensor) encoded.get(0),
                        "encoder_attention_mask", mask))) {
            return floats((OnnxTensor) decoded.get("logits").orElseThrow());
        }
    }

    /** The first word by the decoder, each other by the decoder with a past. */
    private static float[] stepped(OrtSession encoder, OrtSession decoder, OrtSession withPast) throws OrtException {
        int width = BATCH.targets().width();
        long[] prefixes = BATCH.targets().prefixes();
        List<float[]> steps = new ArrayList<>();
        try (OnnxTensor ids = tensor(BATCH.sources(), 2, BATCH.sourceWidth());
                OnnxTensor mask = tensor(BATCH.mask(), 2, BATCH.sourceWidth());
                OnnxTensor first = tensor(new long[] {prefixes[0], prefixes[width]}, 2, 1);
                OrtSession.Result encoded = encoder.run(Map.of("input_ids", ids, "attention_mask", mask));
                OrtSession.Result start = decoder.run(Map.of(
                        "input_ids", first,
                        "encoder_hidden_states", (OnnxTensor) encoded.get(0),
                        "encoder_attention_mask", mask))) {
            Map<String, OnnxTensor> past = new HashMap<>();
            start.forEach(entry -> {
                if (entry.getKey().startsWith("present")) {
                    past.put(entry.getKey().replace("present", "past_key_values"), (OnnxTensor) entry.getValue());
                }
            });
            steps.add(floats((OnnxTensor) start.get("logits").orElseThrow()));
            for (int t = 1; t < width; t++) {
                Map<String, OnnxTensor> inputs = new HashMap<>(past);
                inputs.put("input_ids", tensor(new long[] {prefixes[t], prefixes[width + t]}, 2, 1));
                inputs.put("encoder_attention_mask", mask);
                OrtSession.Result next = withPast.run(inputs);
                next.forEach(entry -> {
                    if (entry.getKey().startsWith("present")) {
                        past.put(entry.getKey().replace("present", "past_key_values"), (OnnxTensor) entry.getValue());
                    }
                });
                steps.add(floats((OnnxTensor) next.get("logits").orElseThrow()));
            }
        }
        int vocabulary = steps.get(0).length / 2;
        float[] logits = new float[2 * width * vocabulary];
        for (int row = 0; row < 2; row++) {
            for (int t = 0; t < width; t++) {
                System.arraycopy(steps.get(t), row * vocabulary, logits, (row * width + t) * vocabulary, vocabulary);
            }
        }
        return logits;
    }

    private static OnnxTensor tensor(long[] values, long... shape) throws OrtException {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
    }

    private static float[] floats(OnnxTensor tensor) {
        float[] values = new float[tensor.getFloatBuffer().remaining()];
        tensor.getFloatBuffer().get(values);
        return values;
    }

    private static double largestDifference(float[] a, float[] b) {
        assertThat(b).hasSameSizeAs(a);
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs(a[i] - b[i]);
            worst = difference <= worst ? worst : difference;
        }
        return worst;
    }

    private static double correlation(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }
}
