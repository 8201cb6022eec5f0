package dev.polymath.training.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.generation.RunHistory;
import dev.polymath.training.generation.TransformerShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TranslationPromptTest {
    @TempDir
    private Path folder;

    @Test
    void aModelOfItsOwnReadsTheTargetLanguageBeforeTheText() throws IOException {
        TranslationPrompt prompt = TranslationPrompt.of(model(Map.of(
                "polymath.translation.pairs", "en-de,de-en", "polymath.translation.prefix", ">>{target}<<\\u0020")));

        assertThat(prompt.directions()).containsExactly("en-de", "de-en");
        assertThat(prompt.source("Go.", "en", "de")).isEqualTo(">>de<< Go.");
        assertThat(prompt.firstToken("en", "de")).isEmpty();
    }

    @Test
    void othersAreAskedAsTheyWantIt() throws IOException {
        TranslationPrompt byName = TranslationPrompt.of(model(Map.of(
                "polymath.translation.pairs",
                "en-de",
                "polymath.translation.prefix",
                "translate {source-name} to {target-name}:")));
        TranslationPrompt byToken = TranslationPrompt.of(model(Map.of(
                "polymath.translation.pairs",
                "en-de",
                "polymath.translation.forced-bos",
                "{target}",
                "polymath.translation.codes",
                "en=eng_Latn, de=deu_Latn")));

        assertThat(byName.source("Go.", "en", "de")).isEqualTo("translate English to German: Go.");
        assertThat(byToken.source("Go.", "en", "de")).isEqualTo("Go.");
        assertThat(byToken.firstToken("en", "de")).isEqualTo("deu_Latn");
    }

    @Test
    void aModelThatDoesNotSayWhatItTranslatesIsRefused() throws IOException {
        ModelDirectory model = model(Map.of());

        assertThatThrownBy(() -> TranslationPrompt.of(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("polymath.translation.pairs: missing in serving.properties");
    }

    @Test
    void theSizesOfAnotherKindOfModelAreNotTaken() throws IOException {
        ModelDirectory model = model(Map.of());

        assertThatThrownBy(() -> TransformerShape.of(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no vocab_size of a polymath-transformer");
    }

    @Test
    void theLogsOfARunTellHowFarItCame() throws IOException {
        Files.writeString(
                folder.resolve("training.csv"),
                "step,epoch,seconds,tokens,loss,gradient_norm,learning_rate_factor\n10,0,5.5,900,3,1,1\n20,0,11,1800,2,1,1\n");
        Files.writeString(
                folder.resolve("evaluation.csv"),
                "step,seconds,figure,value\n10,5.5,en-de/loss,1\n10,5.5,loss,2.5\n20,11,loss,2.75\n");

        var result = RunHistory.read(folder);

        assertThat(result.bestStep()).isEqualTo(10);
        assertThat(result.bestScore()).isEqualTo(-2.5);
        assertThat(result.steps()).isEqualTo(20);
        assertThat(result.tokens()).isEqualTo(1800);
        assertThat(result.duration()).hasSeconds(11);
    }

    private ModelDirectory model(Map<String, String> properties) throws IOException {
        Path path = Files.createTempDirectory(folder, "model").resolve("1");
        ModelDirectoryWriter writer = new ModelDirectoryWriter(path);
        writer.writeConfig(new JsonObject());
        writer.writeServingProperties(properties);
        return ModelDirectory.open(writer.complete());
    }
}
