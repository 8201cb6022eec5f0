package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The embedded sentence encoder. */
class EmbeddingsEnTest {
    /** The example of the Sentence Transformers documentation, which gives the cosines below for all-MiniLM-L6-v2. */
    private static final List<String> SENTENCES =
            List.of("The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.");

    @SuppressWarnings("NullAway.Init")
    static TextEncoder encoder;

    @BeforeAll
    static void load() {
        encoder = TextEncoder.load(
                ModelDirectory.open(Path.of("../models/embeddings-en/1")),
                InferenceOptions.defaults().withDevice("cpu"),
                InferenceListener.NONE);
    }

    @AfterAll
    static void close() {
        encoder.close();
    }

    @Test
    void cosinesAreThoseThatSentenceTransformersGives() {
        List<TextEmbedding> embeddings =
                encoder.embedAll(SENTENCES, Call.unbounded()).join();

        assertThat(encoder.width()).isEqualTo(384);
        assertThat(cosine(embeddings.get(0), embeddings.get(1))).isCloseTo(0.6660, within(0.015));
        assertThat(cosine(embeddings.get(0), embeddings.get(2))).isCloseTo(0.1046, within(0.015));
        assertThat(cosine(embeddings.get(1), embeddings.get(2))).isCloseTo(0.1411, within(0.015));
    }

    @Test
    void aVectorDoesNotDependOnItsBatch() {
        List<TextEmbedding> together =
                encoder.embedAll(SENTENCES, Call.unbounded()).join();

        for (int i = 0; i < SENTENCES.size(); i++) {
            assertThat(encoder.embed(SENTENCES.get(i), Call.unbounded()).join().vector())
                    .usingComparatorWithPrecision(1e-6f)
                    .containsExactly(together.get(i).vector());
        }
    }

    private static double cosine(TextEmbedding a, TextEmbedding b) {
        double dot = 0;
        for (int i = 0; i < a.vector().length; i++) {
            dot += a.normalized()[i] * b.normalized()[i];
        }
        return dot;
    }
}
