package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelDirectoryTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path models;

    @SuppressWarnings("NullAway.Init")
    Path directory;

    @BeforeEach
    void write() throws IOException {
        directory = TinyModel.write(models, Map.of("polymath.temperature", "1.5"));
    }

    @Test
    void nameAndVersionAreThoseOfTheFolders() {
        ModelDirectory model = ModelDirectory.open(directory);

        assertThat(model.name()).isEqualTo("tiny");
        assertThat(model.version()).isEqualTo("1");
        assertThat(model).hasToString("tiny/1");
        assertThat(model.path()).isEqualTo(directory);
        assertThat(model.sha256()).matches("[0-9a-f]{64}");
    }

    @Test
    void labelsAreInTheOrderOfTheirIds() throws IOException {
        Files.writeString(
                directory.resolve("config.json"),
                "{\"id2label\": {\"10\": \"k\", \"2\": \"c\", \"0\": \"a\", \"1\": \"b\", \"3\": \"d\", \"4\": \"e\","
                        + " \"5\": \"f\", \"6\": \"g\", \"7\": \"h\", \"8\": \"i\", \"9\": \"j\"}}");
        TinyModel.writeChecksums(directory);

        assertThat(ModelDirectory.open(directory).labels())
                .containsExactly("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k");
    }

    @Test
    void labelsWithAHoleAreRefused() throws IOException {
        Files.writeString(directory.resolve("config.json"), "{\"id2label\": {\"0\": \"O\", \"2\": \"B-X\"}}");
        TinyModel.writeChecksums(directory);

        assertUnusable(directory.resolve("config.json") + ": id2label is not {\"0\": \"...\", \"1\": \"...\"}");
    }

    @Test
    void propertiesAndConfigCanBeRead() {
        ModelDirectory model = ModelDirectory.open(directory);

        assertThat(model.property("polymath.temperature")).isEqualTo("1.5");
        assertThat(model.property("polymath.none")).isNull();
        assertThat(model.property("polymath.none", "x")).isEqualTo("x");
        assertThat(model.config().get("max_position_embeddings").getAsInt()).isEqualTo(64);
    }

    @Test
    void aMissingDirectoryIsModelNotFound() {
        Path missing = models.resolve("tiny").resolve("2");

        assertNotFound(missing, "model directory: " + missing + " (expected: a directory)");
    }

    @Test
    void aDirectoryWithoutChecksumsIsModelNotFound() throws IOException {
        Files.delete(directory.resolve("SHA256SUMS"));

        assertNotFound(directory, directory.resolve("SHA256SUMS") + ": missing (expected: a list of SHA-256 sums)");
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        Files.delete(directory.resolve("model.onnx"));

        assertThatThrownBy(() -> ModelDirectory.open(directory))
                .hasMessageStartingWith(directory.resolve("model.onnx") + ": missing (expected: a file with SHA-256 ");
    }

    @Test
    void aCorruptFileIsNamed() throws IOException {
        Files.writeString(directory.resolve("tokenizer.json"), "{}");

        assertThatThrownBy(() -> ModelDirectory.open(directory))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessageMatching(".*tokenizer\\.json: SHA-256 [0-9a-f]{64} \\(expected: [0-9a-f]{64}\\)");
    }

    @Test
    void aFileThatIsNotListedIsNotRead() throws IOException {
        Files.writeString(directory.resolve("extra.json"), "{}");

        assertThatThrownBy(() -> ModelDirectory.open(directory).file("extra.json"))
                .hasMessage(directory.resolve("extra.json") + ": not listed in SHA256SUMS");
    }

    @Test
    void aConfigThatIsNotListedIsNotRead() throws IOException {
        Path sums = directory.resolve("SHA256SUMS");
        Files.writeString(
                sums,
                String.join(
                                "\n",
                                Files.readAllLines(sums).stream()
                                        .filter(line -> !line.contains("config"))
                                        .toList())
                        + "\n");

        assertUnusable(directory.resolve("config.json") + ": not listed in SHA256SUMS");
    }

    @Test
    void checksumsCannotNameAFileOutside() throws IOException {
        Files.writeString(directory.resolve("SHA256SUMS"), "0".repeat(64) + "  ../../secret\n");

        assertUnusable(directory.resolve("SHA256SUMS") + ":1: a file outside of the model directory");
    }

    @Test
    void aLineThatIsNotAChecksumIsNamed() throws IOException {
        Files.writeString(directory.resolve("SHA256SUMS"), "\nnonsense\n");

        assertUnusable(directory.resolve("SHA256SUMS") + ":2: not `<sha256>  <file>`");
    }

    @Test
    void aConfigThatIsNotJsonIsNamed() throws IOException {
        Files.writeString(directory.resolve("config.json"), "[1,");
        TinyModel.writeChecksums(directory);

        assertUnusable(directory.resolve("config.json") + ": not a JSON object");
    }

    @Test
    void weightsThatAreNotOnnxAreAClearErrorAtLoad() throws IOException {
        Files.writeString(directory.resolve("model.onnx"), "not a model");
        TinyModel.writeChecksums(directory);

        assertThatThrownBy(() -> TokenClassifier.load(
                        ModelDirectory.open(directory), InferenceOptions.defaults(), InferenceListener.NONE))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessageContaining(directory.resolve("model.onnx") + ": OnnxRuntime cannot load it on cpu: ");
    }

    @Test
    void labelsThatDoNotFitTheWeightsAreAClearErrorAtLoad() throws IOException {
        Files.writeString(directory.resolve("config.json"), "{\"id2label\": {\"0\": \"O\", \"1\": \"B-X\"}}");
        TinyModel.writeChecksums(directory);

        assertThatThrownBy(() -> TokenClassifier.load(
                        ModelDirectory.open(directory), InferenceOptions.defaults(), InferenceListener.NONE))
                .hasMessage(
                        "tiny/1: the first run on cpu failed: output: (1, 16, 5) (expected: (1, 16, 2), the last the"
                                + " number of id2label in config.json)");
    }

    @Test
    void aTokenizerThatIsNoneIsAClearErrorAtLoad() throws IOException {
        Files.writeString(directory.resolve("tokenizer.json"), "{\"version\": \"1.0\"}");
        TinyModel.writeChecksums(directory);

        assertThatThrownBy(() -> TextTokenizer.open(ModelDirectory.open(directory)))
                .hasMessageStartingWith(directory.resolve("tokenizer.json") + ": not a tokenizer (");
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "model.onnx", "serving.properties", "tokenizer.json"})
    void aFileThatWasCutIsRefusedByItsNameWhetherItsSumIsThatOfTheWholeOrNot(String name) throws IOException {
        Path file = directory.resolve(name);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(() -> ModelDirectory.open(directory))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessageStartingWith(file + ": SHA-256 ");

        TinyModel.writeChecksums(directory);
        if (!name.equals("serving.properties")) { // half of it is as good as the whole
            assertThatThrownBy(this::load)
                    .isInstanceOfSatisfying(
                            InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                    .hasMessageStartingWith(file + ": ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "serving.properties", "tokenizer.json", "SHA256SUMS"})
    void aFileThatIsNotTextIsRefusedByItsName(String name) throws IOException {
        byte[] noise = new byte[4000];
        new Random(1).nextBytes(noise);
        Files.write(directory.resolve(name), noise);
        if (!name.equals(ModelDirectory.CHECKSUMS)) {
            TinyModel.writeChecksums(directory);
        }

        assertThatThrownBy(this::load)
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessageStartingWith(directory.resolve(name) + ":");
    }

    @Test
    void propertiesWithABrokenEscapeAreRefusedByTheirName() throws IOException {
        Files.writeString(directory.resolve("serving.properties"), "polymath.temperature=\\u12");
        TinyModel.writeChecksums(directory);

        assertUnusable(directory.resolve("serving.properties") + ": not a properties file in UTF-8");
    }

    private void load() {
        TokenClassifier.load(ModelDirectory.open(directory), InferenceOptions.defaults(), InferenceListener.NONE)
                .close();
    }

    @Test
    void aLocationMayBeAPathOrAFileUrl() {
        assertThat(ModelDirectory.open(directory.toString()).sha256())
                .isEqualTo(ModelDirectory.open(directory).sha256());
        assertThat(ModelDirectory.open(directory.toUri().toString()).sha256())
                .isEqualTo(ModelDirectory.open(directory).sha256());
    }

    @Test
    void aLocationMayBeAnArchive() throws IOException {
        Path zip = models.resolve("tiny.zip");
        try (OutputStream out = Files.newOutputStream(zip);
                ZipOutputStream archive = new ZipOutputStream(out, StandardCharsets.UTF_8);
                Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                archive.putNextEntry(new ZipEntry("tiny/1/" + file.getFileName()));
                Files.copy(file, archive);
                archive.closeEntry();
            }
        }

        ModelDirectory model = ModelDirectory.open(zip.toUri().toString());

        assertThat(model.sha256()).isEqualTo(ModelDirectory.open(directory).sha256());
        assertThat(model).hasToString("tiny/1");
    }

    private void assertUnusable(String message) {
        assertThatThrownBy(() -> ModelDirectory.open(directory))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_READY))
                .hasMessage(message);
    }

    private static void assertNotFound(Path directory, String message) {
        assertThatThrownBy(() -> ModelDirectory.open(directory))
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MODEL_NOT_FOUND))
                .hasMessage(message);
    }
}
