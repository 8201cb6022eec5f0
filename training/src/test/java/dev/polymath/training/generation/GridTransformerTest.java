package dev.polymath.training.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.polymath.training.generation.TransformerShape.Grid;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.OnnxGraph.ElementType;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A Transformer that reads a grid in place of tokens. */
class GridTransformerTest {
    private static final int PLACES = 6;
    private static final int CHANNELS = 5;
    private static final TransformerShape SHAPE =
            new TransformerShape(40, 16, 32, 4, 1, 2, 24, new Grid(PLACES, CHANNELS));
    private static final Targets TARGETS =
            new Targets(List.of(new int[] {3, 20, 21, 22, 1}, new int[] {4, 25, 1}, new int[] {3, 30, 31, 1}), 1);
    /** Two images for three texts. */
    private static final long[] IMAGE_OF = {1, 0, 1};

    private static OrtEnvironment environment;

    private final TransformerWeights weights = TransformerWeights.initial(SHAPE, 7);
    private final float[] images = images();

    @BeforeAll
    static void open() {
        // DJL must be the first to create the environment
        Engine.getEngine("OnnxRuntime");
        environment = OrtEnvironment.getEnvironment();
    }

    @Test
    void textsThatShareImagesAreTrainedOnWhatEachReadsByItselfWordByWord() throws OrtException {
        float[] trained = trained();

        try (OrtSession encoder = session(TransformerGraph.encoder(weights, network(), "grid"));
                OrtSession decoder = session(TransformerGraph.decoder(weights));
                OrtSession withPast = session(TransformerGraph.decoderWithPast(weights))) {
            assertThat(encoder.getInputNames()).containsExactly("pixel_values");
            assertThat(decoder.getInputNames()).containsExactlyInAnyOrder("input_ids", "encoder_hidden_states");
            assertThat(withPast.getInputNames()).doesNotContain("encoder_attention_mask");
            for (int text = 0; text < TARGETS.size(); text++) {
                float[] own = stepped(text, encoder, decoder, withPast);
                for (int i = 0; i < own.length; i++) {
                    assertThat(trained[text * TARGETS.width() * 40 + i]).isEqualTo(own[i], within(1e-5f));
                }
            }
        }
    }

    @Test
    void whatTheImageShowsReachesTheWords() {
        float[] before = trained();
        images[PLACES * CHANNELS] += 1;
        float[] after = trained();

        // the second image is that of the first text, the first image that of the second
        assertThat(after[0]).isNotCloseTo(before[0], within(1e-6f));
        assertThat(Arrays.copyOfRange(after, 5 * 40, 10 * 40))
                .containsExactly(Arrays.copyOfRange(before, 5 * 40, 10 * 40));
    }

    @Test
    void anEncoderOfAGridMayHaveNoLayersAndOneOfTokensMayNot() {
        TransformerShape shape = new TransformerShape(40, 16, 32, 4, 0, 1, 24, new Grid(PLACES, CHANNELS));

        assertThat(TransformerGraph.training(TransformerWeights.initial(shape, 1), 0)
                        .inputNames())
                .containsExactly("features", "source_rows", "decoder_input_ids");
        assertThatThrownBy(() -> new TransformerShape(40, 16, 32, 4, 0, 1, 24))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("encoder-layers: 0 (expected: >= 1)");
    }

    private float[] trained() {
        try (TrainableGraph block = new TrainableGraph(
                        TransformerGraph.training(weights, 0),
                        TrainableGraphOptions.defaults().withFrozen(TransformerGraph::isFixed));
                NDManager manager = block.manager().newSubManager()) {
            NDList inputs = new NDList(
                    manager.create(images, new Shape(2, PLACES, CHANNELS)),
                    manager.create(IMAGE_OF),
                    manager.create(TARGETS.prefixes(), new Shape(TARGETS.size(), TARGETS.width())));
            return block.forward(inputs, false).head().toFloatArray();
        }
    }

    /** The logits of a text alone: the first word by the decoder, each other by the decoder with a past. */
    private float[] stepped(int text, OrtSession encoder, OrtSession decoder, OrtSession withPast) throws OrtException {
        int length = TARGETS.rows().get(text).length;
        float[] image = Arrays.copyOfRange(
                images, (int) IMAGE_OF[text] * PLACES * CHANNELS, ((int) IMAGE_OF[text] + 1) * PLACES * CHANNELS);
        float[] logits = new float[length * 40];
        try (OnnxTensor pixels = OnnxTensor.createTensor(
                        environment, FloatBuffer.wrap(image), new long[] {1, PLACES, CHANNELS});
                OrtSession.Result encoded = encoder.run(Map.of("pixel_values", pixels))) {
            Map<String, OnnxTensor> past = new HashMap<>();
            for (int t = 0; t < length; t++) {
                long id = TARGETS.prefixes()[text * TARGETS.width() + t];
                Map<String, OnnxTensor> inputs = new HashMap<>(past);
                inputs.put(
                        "input_ids",
                        OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[] {id}), new long[] {1, 1}));
                if (t == 0) {
                    inputs.put("encoder_hidden_states", (OnnxTensor) encoded.get(0));
                }
                OrtSession.Result said = (t == 0 ? decoder : withPast).run(inputs);
                said.forEach(entry -> {
                    if (entry.getKey().startsWith("present")) {
                        past.put(entry.getKey().replace("present", "past_key_values"), (OnnxTensor) entry.getValue());
                    }
                });
                ((OnnxTensor) said.get("logits").orElseThrow()).getFloatBuffer().get(logits, t * 40, 40);
            }
        }
        return logits;
    }

    /** Says of each place what is there. */
    private static OnnxGraph network() {
        OnnxGraph graph = OnnxGraph.create("network", 13);
        graph.addInput(OnnxGraph.value("pixel_values", ElementType.FLOAT, "batch", "" + PLACES, "" + CHANNELS));
        graph.add("Identity", "grid", List.of("pixel_values"));
        return graph;
    }

    private static float[] images() {
        Random random = new Random(2);
        float[] images = new float[2 * PLACES * CHANNELS];
        for (int i = 0; i < images.length; i++) {
            images[i] = (float) random.nextGaussian();
        }
        return images;
    }

    private static OrtSession session(OnnxGraph graph) throws OrtException {
        return environment.createSession(graph.toBytes());
    }
}
