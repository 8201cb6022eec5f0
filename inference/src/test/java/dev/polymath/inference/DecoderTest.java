package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.inference.TinyGenerator.Export;
import dev.polymath.inference.TinyGenerator.Family;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The decoder on features that no text was read for, such as those of an image. */
class DecoderTest {
    private static final int SOURCES = 6;
    private static final int LENGTH = 9;
    private static final int WIDTH = 16;

    @ParameterizedTest
    @EnumSource(Family.class)
    void featuresOfAnyOriginAreDecoded(Family family, @TempDir Path models) throws IOException {
        List<int[]> withPast = decode(TinyGenerator.write(models.resolve("a"), family));
        List<int[]> merged = decode(TinyGenerator.write(models.resolve("b"), family, Export.MERGED));
        List<int[]> withoutPast = decode(TinyGenerator.write(models.resolve("c"), family, Export.NO_PAST));

        assertThat(withPast).extracting(tokens -> tokens.length).anyMatch(length -> length > 5);
        for (int i = 0; i < SOURCES; i++) {
            assertThat(withPast.get(i)).containsExactly(withoutPast.get(i));
            assertThat(merged.get(i)).containsExactly(withoutPast.get(i));
        }
    }

    @Test
    void rowsAreTakenInAnyOrderAndAsOftenAsWanted() {
        RowGather gather = new RowGather(InferenceOptions.defaults());
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "OnnxRuntime")) {
            NDArray a = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(3, 2));
            NDArray b = manager.create(new float[] {7, 8, 9}, new Shape(3, 1, 1));
            a.setName("a");
            b.setName("b");

            List<NDArray> taken = gather.take(manager, List.of(a, b), new int[] {2, 0, 0, 1});

            assertThat(taken).extracting(NDArray::getName).containsExactly("a", "b");
            assertThat(taken.get(0).getShape()).isEqualTo(new Shape(4, 2));
            assertThat(taken.get(0).toFloatArray()).containsExactly(5, 6, 1, 2, 1, 2, 3, 4);
            assertThat(taken.get(1).getShape()).isEqualTo(new Shape(4, 1, 1));
            assertThat(taken.get(1).toFloatArray()).containsExactly(9, 7, 7, 8);
        } finally {
            gather.close();
        }
    }

    @ParameterizedTest
    @EnumSource(value = Export.class, mode = EnumSource.Mode.EXCLUDE, names = "POSITIONS")
    void aBatchLeavesNoArrayBehind(Export export, @TempDir Path models) throws IOException {
        ModelDirectory model = ModelDirectory.open(TinyGenerator.write(models, Family.T5, export));
        GenerationConfig config = GenerationConfig.of(model);
        try (Decoder decoder = Decoder.load(model, config, InferenceOptions.defaults(), Device.cpu());
                NDManager manager = decoder.newManager()) {
            generate(decoder, manager, config.options().withBeamSize(3));

            assertThat(manager.getManagedArrays()).isEmpty();
        }
    }

    private static List<int[]> decode(Path directory) {
        ModelDirectory model = ModelDirectory.open(directory);
        GenerationConfig config = GenerationConfig.of(model);
        try (Decoder decoder = Decoder.load(model, config, InferenceOptions.defaults(), Device.cpu());
                NDManager manager = decoder.newManager()) {
            return generate(decoder, manager, config.options()).stream()
                    .map(generation -> generation.orThrow().get(0).tokens())
                    .toList();
        }
    }

    private static List<Generation> generate(Decoder decoder, NDManager manager, GenerationOptions options) {
        Random random = new Random(4);
        float[] features = new float[SOURCES * LENGTH * WIDTH];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextGaussian();
        }
        int[] lengths = new int[SOURCES];
        Arrays.fill(lengths, LENGTH);
        List<Decoder.Task> tasks = new ArrayList<>();
        IntStream.range(0, SOURCES)
                .forEach(i -> tasks.add(
                        new Decoder.Task(new BeamSearch(decoder.config(), options, 20 + i), Call.unbounded())));
        return decoder.generate(
                manager,
                new EncodedSources(manager.create(features, new Shape(SOURCES, LENGTH, WIDTH)), lengths),
                tasks,
                (index, answer) -> {},
                rows -> {});
    }
}
