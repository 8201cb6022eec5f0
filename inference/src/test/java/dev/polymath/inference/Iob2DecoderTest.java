package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Iob2DecoderTest {
    private static final List<String> LABELS = List.of("O", "B-A", "I-A", "B-B", "I-B");
    private final Iob2Decoder decoder = new Iob2Decoder(LABELS);

    @Test
    void validBestLabelsStayAsTheyAre() {
        float[][] probabilities = {
            {0.1f, 0.8f, 0.05f, 0.03f, 0.02f}, {0.1f, 0.1f, 0.7f, 0.05f, 0.05f}, {0.9f, 0.02f, 0.03f, 0.03f, 0.02f}
        };

        assertThat(decoder.decode(probabilities)).containsExactly(1, 2, 0);
    }

    @Test
    void insideWithoutBeginBecomesTheBestValidPath() {
        float[][] probabilities = {{0.2f, 0.3f, 0.4f, 0.05f, 0.05f}, {0.1f, 0.1f, 0.7f, 0.05f, 0.05f}};

        assertThat(decoder.decode(probabilities)).containsExactly(1, 2);
    }

    @Test
    void emptyInputGivesNoLabels() {
        assertThat(decoder.decode(new float[0][])).isEmpty();
    }

    @Test
    void resultIsAsGoodAsTheBestOfAllValidPaths() {
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            float[][] probabilities = new float[4][LABELS.size()];
            for (float[] row : probabilities) {
                for (int l = 0; l < row.length; l++) {
                    row[l] = random.nextFloat();
                }
            }

            int[] path = decoder.decode(probabilities);

            assertThat(score(probabilities, path)).isGreaterThan(0).isEqualTo(best(probabilities, new int[4], 0));
        }
    }

    private static double best(float[][] probabilities, int[] path, int at) {
        if (at == path.length) {
            return score(probabilities, path);
        }
        double best = 0;
        for (int l = 0; l < LABELS.size(); l++) {
            path[at] = l;
            best = Math.max(best, best(probabilities, path, at + 1));
        }
        return best;
    }

    /** 0 for an invalid path. */
    private static double score(float[][] probabilities, int[] path) {
        double score = 1;
        for (int t = 0; t < path.length; t++) {
            String label = LABELS.get(path[t]);
            String before = t == 0 ? "O" : LABELS.get(path[t - 1]);
            if (label.startsWith("I-") && !before.endsWith(label.substring(1))) {
                return 0;
            }
            score *= probabilities[t][path[t]];
        }
        return score;
    }

    @Test
    void labelOfAnotherFormIsRefused() {
        assertThatThrownBy(() -> new Iob2Decoder(List.of("O", "PERSON")))
                .isInstanceOf(InferenceException.class)
                .hasMessage("labels[1]: PERSON (expected: O, B-<type> or I-<type>)");
    }

    @Test
    void spansAreWordsOfOneTypeWithTheGeometricMeanOfTheirProbabilities() {
        // "new york, alice": the second token of "york" says O, but the first of a word speaks for it
        TokenizedText tokens = new TokenizedText(
                new int[5],
                new int[5],
                new int[] {0, 4, 6, 8, 10},
                new int[] {3, 6, 8, 9, 15},
                new int[] {0, 1, 1, 2, 3},
                List.of(new TokenizedText.Window(0, 5)),
                new int[0],
                new int[0]);
        float[] probabilities = {
            0.1f, 0.8f, 0.1f, 0, 0,
            0.4f, 0, 0.5f, 0, 0,
            1f, 0, 0, 0, 0,
            1f, 0, 0, 0, 0,
            0.2f, 0, 0, 0.6f, 0.2f
        };

        List<EntitySpan> spans = decoder.decode(tokens, probabilities);

        assertThat(spans).hasSize(2);
        assertThat(spans.get(0)).isEqualTo(new EntitySpan(0, 8, "A", (float) Math.sqrt(0.9 * 0.5)));
        assertThat(spans.get(1).begin()).isEqualTo(10);
        assertThat(spans.get(1).end()).isEqualTo(15);
        assertThat(spans.get(1).label()).isEqualTo("B");
        assertThat(spans.get(1).confidence()).isCloseTo(0.8f, within(1e-6f));
    }

    @Test
    void twoEntitiesOfOneTypeSideBySideStayTwo() {
        TokenizedText tokens = new TokenizedText(
                new int[2],
                new int[2],
                new int[] {0, 2},
                new int[] {1, 3},
                new int[] {0, 1},
                List.of(new TokenizedText.Window(0, 2)),
                new int[0],
                new int[0]);

        List<EntitySpan> spans = decoder.decode(tokens, new float[] {0, 1, 0, 0, 0, 0, 1, 0, 0, 0});

        assertThat(spans).extracting(EntitySpan::begin).containsExactly(0, 2);
    }

    @Test
    void typesAreInTheOrderOfTheLabels() {
        assertThat(new Iob2Decoder(List.of("I-B", "O", "B-A", "B-B")).types()).containsExactly("B", "A");
    }
}
