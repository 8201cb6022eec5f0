package dev.polymath.training.tokenclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.TokenSequence;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.encoder.TemperatureScaling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PredictionsTest {
    private static final List<String> LABELS = List.of("O", "B-X", "I-X");

    @Test
    void batchesOfLikeLengthKeepToTheBudgetAndLoseNothing() {
        List<EncodedSentence> sentences = new ArrayList<>();
        Random random = new Random(3);
        for (int i = 0; i < 200; i++) {
            sentences.add(sentence(1 + random.nextInt(40)));
        }

        List<SequenceBatch<EncodedSentence>> batches = SequenceBatch.of(sentences, 100);

        assertThat(batches)
                .allSatisfy(batch -> assertThat(batch.size() * batch.width()).isLessThanOrEqualTo(100));
        assertThat(batches.stream().flatMap(batch -> batch.rows().stream()))
                .containsExactlyInAnyOrderElementsOf(sentences);
        int padded =
                batches.stream().mapToInt(batch -> batch.size() * batch.width()).sum();
        int tokens = batches.stream().mapToInt(SequenceBatch::tokens).sum();
        assertThat(tokens / (double) padded).isGreaterThan(0.9);
    }

    @Test
    void sentenceBeyondTheBudgetIsABatchOfItsOwn() {
        assertThat(SequenceBatch.of(List.of(sentence(50), sentence(3), sentence(4)), 10))
                .hasSize(2);
    }

    @Test
    void eachSentenceGetsItsOwnLogits() {
        // the "model" says of each token its id, so that rows that were mixed up would show
        ModelOutputs model = batch -> {
            float[] logits = new float[batch.size() * batch.width() * 3];
            for (int row = 0; row < batch.size(); row++) {
                for (int t = 0; t < batch.rows().get(row).length(); t++) {
                    logits[(row * batch.width() + t) * 3 + 1] =
                            batch.rows().get(row).input().ids()[t];
                }
            }
            return new float[][] {logits};
        };

        Predictions predictions = Predictions.of(model, List.of(sentence(3), sentence(9), sentence(5)), 3);

        for (int s = 0; s < 3; s++) {
            EncodedSentence sentence = predictions.sentences().get(s);
            for (int i = 0; i < sentence.wordStarts().length; i++) {
                assertThat(predictions.logits().get(s)[i][1])
                        .isEqualTo(sentence.input().ids()[sentence.wordStarts()[i]]);
            }
        }
    }

    @Test
    void decodedLabelsAreValidEvenWhenTheBestSingleLabelsAreNot() {
        EncodedSentence sentence = sentence(4);
        float[][] logits = {{0, 2, 3}, {0, -1, 4}};

        EntityScores scores = new Predictions(List.of(sentence), List.<float[][]>of(logits)).scores(LABELS, 1);

        assertThat(scores.micro()).isEqualTo(new EntityScores.Counts(1, 1, 1));
    }

    @Test
    void temperatureOfOverconfidentAnswersIsFound() {
        // right in three of four cases, but with the logits of near certainty: the best temperature gives 3/4
        List<EncodedSentence> sentences = new ArrayList<>();
        List<float[][]> logits = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            sentences.add(sentence(3));
            logits.add(new float[][] {i % 4 == 0 ? new float[] {8, 0, -100} : new float[] {0, 8, -100}});
        }
        Predictions predictions = new Predictions(sentences, logits);

        double temperature = TemperatureScaling.fit(predictions::negativeLogLikelihood);

        assertThat(Predictions.softmax(new float[] {0, 8, -100}, temperature)[1])
                .isCloseTo(0.75f, within(0.002f));
        assertThat(predictions.negativeLogLikelihood(temperature)).isLessThan(predictions.negativeLogLikelihood(1));
        assertThat(temperature).isCloseTo(8 / Math.log(3), within(0.05));
    }

    @Test
    void biasOfOutsideIsTheOneWithTheBestF1() {
        // right entities are named by a margin of 1.1, wrong ones by 0.6: a bias between the two is perfect
        EncodedSentence right = sentence(3);
        EncodedSentence wrong = new EncodedSentence(
                "", right.input(), new int[] {-1, 0, -1}, right.wordStarts(), right.startOfWord(), List.of("O"));
        Predictions predictions = new Predictions(
                List.of(right, wrong), List.of(new float[][] {{0, 1.1f, -9}}, new float[][] {{0, 0.6f, -9}}));

        double bias = OutsideBias.fit(List.of(predictions), LABELS);

        assertThat(bias).isBetween(0.6, 1.1);
        assertThat(predictions.withBias(0, bias).scores(LABELS, 1).micro()).isEqualTo(new EntityScores.Counts(1, 1, 1));
        assertThat(predictions.scores(LABELS, 1).micro()).isEqualTo(new EntityScores.Counts(1, 2, 1));
    }

    @Test
    void softmaxOfLargeLogitsDoesNotOverflow() {
        assertThat(Predictions.softmax(new float[] {1000, 1000, -1000}, 1)).containsExactly(0.5f, 0.5f, 0f);
    }

    /** [CLS], words that are one token each, [SEP]; gold B-X and then I-X. */
    private static EncodedSentence sentence(int length) {
        int[] ids = new int[length];
        int[] labels = new int[length];
        int[] starts = new int[Math.max(0, length - 2)];
        int[] words = new int[starts.length];
        List<String> gold = new ArrayList<>();
        Arrays.fill(labels, EncodedSentence.IGNORED);
        for (int i = 0; i < length; i++) {
            ids[i] = 1000 * length + i;
        }
        for (int i = 0; i < starts.length; i++) {
            starts[i] = i + 1;
            words[i] = i;
            labels[i + 1] = i == 0 ? 1 : 2;
            gold.add(i == 0 ? "B-X" : "I-X");
        }
        return new EncodedSentence("", new TokenSequence(ids, new int[length]), labels, starts, words, gold);
    }
}
