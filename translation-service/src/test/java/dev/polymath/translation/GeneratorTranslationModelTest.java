package dev.polymath.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.translation.TranslationModel.Output;
import dev.polymath.translation.TranslationModel.Search;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs where the service runs, as natives are loaded once in a process. */
@QuarkusTest
class GeneratorTranslationModelTest {
    private static final Path EMBEDDED = Path.of("../models/translation-en-de-es-fr/1");
    private static final LanguagePair EN_DE = new LanguagePair("en", "de");
    private static final InferenceListener NOBODY = new InferenceListener() {};

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "polymath.translation.pairs=        | pairs: missing",
                "polymath.translation.pairs=en      | pairs: en (expected: two languages",
                "polymath.translation.pairs=a-b-c   | pairs: a-b-c (expected: two languages",
                "polymath.translation.codes=en      | codes: en (expected: for example en=eng_Latn",
                "polymath.translation.placeholders=<y0> | placeholders: <y0> (expected: a token",
                "polymath.translation.forced-bos={target} | forced-bos: de (expected: a token",
            })
    void whatIsWrongWithItsPropertiesIsSaidWhenItIsLoaded(String property, String message) throws Exception {
        ModelDirectory model = with("polymath.translation.pairs=en-de", property);

        assertThatThrownBy(() -> GeneratorTranslationModel.load(model, InferenceOptions.defaults(), NOBODY))
                .isInstanceOfSatisfying(
                        InferenceException.class,
                        e -> assertThat(e.kind()).isEqualTo(InferenceException.Kind.MODEL_NOT_READY))
                .hasMessageContaining(message);
    }

    @Test
    void aModelMayHaveItsOwnNamesOfLanguagesAndNoPlaceholders() throws Exception {
        ModelDirectory model = with(
                "polymath.translation.pairs=en-de",
                "polymath.translation.codes=de=fr",
                "polymath.translation.prefix=>>{target}<<");
        try (GeneratorTranslationModel translator =
                GeneratorTranslationModel.load(model, InferenceOptions.defaults(), NOBODY)) {
            Output output = translator
                    .translate("The house.", EN_DE, new Search(2, 1), Call.unbounded(), true)
                    .join();

            assertThat(translator.pairs()).containsExactly(EN_DE);
            assertThat(translator.placeholders()).isEmpty();
            // the prefix is one token and the end another
            assertThat(translator.countTokens("", EN_DE)).isBetween(2, 3);
            assertThat(output.hypotheses()).hasSizeBetween(1, 2);
            assertThat(output.receipt().generatedTokens()).isPositive();
        }
    }

    /** The embedded model with other properties. */
    private ModelDirectory with(String... properties) throws Exception {
        try (Stream<Path> files = Files.list(EMBEDDED)) {
            for (Path file : files.toList()) {
                if (!file.endsWith("serving.properties") && !file.endsWith(ModelDirectory.CHECKSUMS)) {
                    Files.copy(file, folder.resolve(file.getFileName()));
                }
            }
        }
        List<String> kept = Files.readAllLines(EMBEDDED.resolve("serving.properties")).stream()
                .filter(line -> !line.startsWith("polymath.translation."))
                .collect(Collectors.toList());
        kept.addAll(List.of(properties));
        Files.write(folder.resolve("serving.properties"), kept);
        try (Stream<Path> files = Files.list(folder)) {
            Files.writeString(
                    folder.resolve(ModelDirectory.CHECKSUMS),
                    files.map(GeneratorTranslationModelTest::sum).collect(Collectors.joining()));
        }
        return ModelDirectory.open(folder);
    }

    private static String sum(Path file) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(digest) + "  " + file.getFileName() + "\n";
        } catch (IOException | java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
