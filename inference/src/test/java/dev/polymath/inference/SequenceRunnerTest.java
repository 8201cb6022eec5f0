package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SequenceRunnerTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path models;

    @SuppressWarnings("NullAway.Init")
    static LoadedModel model;

    @SuppressWarnings("NullAway.Init")
    static TextTokenizer tokenizer;

    @BeforeAll
    static void load() throws IOException {
        ModelDirectory directory = ModelDirectory.open(TinyModel.write(models));
        model = LoadedModel.load(directory, InferenceOptions.defaults(), Device.cpu());
        tokenizer = TextTokenizer.open(directory);
    }

    @AfterAll
    static void close() {
        model.close();
        tokenizer.close();
    }

    @Test
    void paddingDoesNotChangeWhatTheModelSays() {
        SequenceRunner runner = new SequenceRunner(
                model, "cpu", List.of(new ModelOutput(null, ModelOutput.Kind.TOKENS, TinyModel.LABELS.size())));
        List<TokenSequence> batch = Stream.of(1, 40, 3, 17, 60, 2)
                .map(length ->
                        tokenizer.tokenize("Alice saw Paris . ".repeat(20).substring(0, 3 * length)))
                .map(tokens -> tokens.sequence(tokens.windows().get(0)))
                .toList();

        List<float[][]> together = runner.run(batch);

        assertThat(batch).extracting(TokenSequence::length).doesNotHaveDuplicates();
        for (int i = 0; i < batch.size(); i++) {
            float[] alone = runner.run(List.of(batch.get(i))).get(0)[0];
            assertThat(together.get(i)[0])
                    .hasSize(batch.get(i).length() * TinyModel.LABELS.size())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(alone);
        }
    }

    @Test
    void inputsAreThoseThatTheEngineNames() {
        assertThat(model.inputs()).containsExactlyInAnyOrder("input_ids", "attention_mask", "token_type_ids");
    }
}
