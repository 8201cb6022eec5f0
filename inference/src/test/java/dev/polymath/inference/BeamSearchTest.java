package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.BeamSearch.Hypothesis;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Over made-up decoders: a function from the tokens so far, the start token first, to the probabilities of the next. */
class BeamSearchTest {
    private static final int START = 0;
    private static final int END = 1;
    private static final int A = 2;
    private static final int B = 3;
    private static final int C = 4;

    private static final GenerationOptions GREEDY = new GenerationOptions(1, 1, 0, 1, 1, 0, OptionalInt.empty());

    @Test
    void greedySearchTakesTheMostProbableTokenAtEachStep() {
        List<Hypothesis> best = search(
                GREEDY,
                tokens -> tokens.length == 1
                        ? probabilities(0, 0.1, 0.5, 0.4, 0)
                        : tokens.length == 2 ? probabilities(0, 0.3, 0.2, 0.1, 0.4) : probabilities(0, 1, 0, 0, 0));

        assertThat(best).hasSize(1);
        assertThat(best.get(0).tokens()).containsExactly(A, C, END);
        assertThat(best.get(0).score()).isCloseTo(Math.log(0.5 * 0.4) / 3, within(1e-5));
        assertThat(best.get(0).finished()).isTrue();
    }

    @Test
    void aBeamFindsTheMoreProbableTextBehindALessProbableToken() {
        Function<int[], float[]> decoder = tokens -> switch (tokens[tokens.length - 1]) {
            case START -> probabilities(0, 0, 0.6, 0.4, 0);
            case A -> probabilities(0, 0.3, 0.3, 0.2, 0.2);
            case B -> probabilities(0, 0.9, 0.1, 0, 0);
            default -> probabilities(0, 1, 0, 0, 0);
        };

        List<Hypothesis> best = search(GREEDY.withAlternatives(2), decoder);

        assertThat(search(GREEDY, decoder).get(0).tokens()).startsWith(A);
        assertThat(best.get(0).tokens()).containsExactly(B, END);
        assertThat(best.get(0).score()).isCloseTo(Math.log(0.4 * 0.9) / 2, within(1e-5));
        assertThat(best.get(1).score()).isLessThan(best.get(0).score());
    }

    @Test
    void theLengthPenaltyDecidesBetweenShortAndLongTexts() {
        // at once with 0.3, or after three tokens with 0.7
        Function<int[], float[]> decoder = tokens -> tokens.length == 1
                ? probabilities(0, 0.3, 0.7, 0, 0)
                : tokens.length == 2
                        ? probabilities(0, 0, 0.4, 0.3, 0.3)
                        : tokens.length == 3 ? probabilities(0, 0, 1, 0, 0) : probabilities(0, 1, 0, 0, 0);

        Hypothesis summed =
                search(GREEDY.withBeamSize(2).withLengthPenalty(0), decoder).get(0);
        Hypothesis mean =
                search(GREEDY.withBeamSize(2).withLengthPenalty(1), decoder).get(0);

        assertThat(summed.tokens()).containsExactly(END);
        assertThat(summed.score()).isCloseTo(Math.log(0.3), within(1e-5));
        assertThat(mean.tokens()).containsExactly(A, A, A, END);
        assertThat(mean.score()).isCloseTo(Math.log(0.7 * 0.4) / 4, within(1e-5));
    }

    @Test
    void anEndThatIsNotAmongTheBestOfTheBeamIsNoHypothesis() {
        // of two tokens in a beam of two the end is the third best
        Function<int[], float[]> decoder =
                tokens -> tokens.length < 4 ? probabilities(0, 0.2, 0.5, 0.3, 0) : probabilities(0, 1, 0, 0, 0);

        List<Hypothesis> best = search(GREEDY.withAlternatives(2), decoder);

        assertThat(best)
                .allSatisfy(hypothesis -> assertThat(hypothesis.tokens()).hasSize(4));
    }

    @Test
    void whatIsOpenAtTheMaximumIsAnUnfinishedHypothesis() {
        List<Hypothesis> best =
                search(GREEDY.withAlternatives(2).withMaxTokens(2), tokens -> probabilities(0, 0, 0.6, 0.4, 0));

        assertThat(best).extracting(Hypothesis::finished).containsExactly(false, false);
        assertThat(best.get(0).tokens()).containsExactly(A, A);
        assertThat(best.get(0).score()).isCloseTo(Math.log(0.6), within(1e-5));
    }

    @Test
    void aForcedEndIsTheLastTokenOfWhatIsCutOffAndCostsNothing() {
        GenerationConfig config = config(List.of(), OptionalInt.of(END));

        Hypothesis best = search(config, GREEDY, 3, tokens -> probabilities(0, 0, 0.5, 0.5, 0))
                .get(0);

        assertThat(best.tokens()).containsExactly(A, A, END);
        assertThat(best.score()).isCloseTo(2 * Math.log(0.5) / 3, within(1e-5));
        assertThat(best.finished()).isFalse();
        assertThat(search(config, GREEDY, 1, tokens -> probabilities(0, 0, 1, 0, 0))
                        .get(0)
                        .tokens())
                .containsExactly(END);
    }

    @Test
    void aForcedFirstTokenCostsNothing() {
        Hypothesis best = search(
                        GREEDY.withBeamSize(3).withFirstToken(C),
                        tokens -> tokens.length == 1 ? probabilities(0, 1, 0, 0, 0) : probabilities(0, 0.8, 0.2, 0, 0))
                .get(0);

        assertThat(best.tokens()).containsExactly(C, END);
        assertThat(best.score()).isCloseTo(Math.log(0.8) / 2, within(1e-5));
    }

    @Test
    void badWordsAreNeverCompleted() {
        GenerationConfig config =
                config(List.of(new int[] {A}, new int[] {B, C}, new int[] {END}), OptionalInt.empty());

        Hypothesis best = search(
                        config,
                        GREEDY,
                        5,
                        tokens -> tokens.length < 4
                                ? probabilities(0, 0.05, 0.5, 0.2, 0.25)
                                : probabilities(0, 0.9, 0.05, 0.05, 0))
                .get(0);

        assertThat(best.tokens())
                .as("C is best but for A, which is bad; an end is no bad word")
                .containsExactly(C, C, C, END);
        assertThat(search(
                                config,
                                GREEDY,
                                5,
                                tokens -> tokens.length == 1
                                        ? probabilities(0, 0, 0, 1, 0)
                                        : probabilities(0, 0.2, 0, 0, 0.8))
                        .get(0)
                        .tokens())
                .as("C is bad after B")
                .containsExactly(B, END);
    }

    @Test
    void noSequenceOfTokensOccursTwice() {
        Hypothesis best = search(
                        GREEDY.withRepetition(1, 2).withMaxTokens(6), tokens -> probabilities(0, 0.1, 0.4, 0.3, 0.2))
                .get(0);

        // A A, then A B, B A, A C: after each token the best that it has not had
        assertThat(best.tokens()).containsExactly(A, A, B, A, C, A);
    }

    @Test
    void theRepetitionPenaltyLowersLogitsOfGreedySearchAndLogProbabilitiesOfABeam() {
        // logits 2, 1.5, -1; with a penalty of 2 the first is 1 once it was there
        Function<int[], float[]> decoder = tokens -> new float[] {-9, -9, 2, 1.5f, -1};

        assertThat(search(GREEDY.withRepetition(2, 0).withMaxTokens(3), decoder)
                        .get(0)
                        .tokens())
                .containsExactly(A, B, A);
        double total = Math.log(Math.exp(2) + Math.exp(1.5) + Math.exp(-1) + 2 * Math.exp(-9));
        Hypothesis beam = search(GREEDY.withBeamSize(2).withRepetition(2, 0).withMaxTokens(2), decoder)
                .get(0);
        assertThat(beam.tokens()).containsExactly(A, B);
        assertThat(beam.score()).isCloseTo((2 - total + 1.5 - total) / 2, within(1e-5));
        Hypothesis harder = search(GREEDY.withBeamSize(2).withRepetition(2, 0).withMaxTokens(3), decoder)
                .get(0);
        assertThat(harder.score()).isCloseTo((2 - total + 1.5 - total + 2 * (2 - total)) / 3, within(1e-5));
    }

    @Test
    void aBeamThatIsLargerThanWhatThereIsIsFilledAsFarAsItGoes() {
        List<Hypothesis> best = search(GREEDY.withAlternatives(8).withMaxTokens(1), tokens ->
                new float[] {Float.NEGATIVE_INFINITY, 1, 2, 3, Float.NEGATIVE_INFINITY});

        assertThat(best).hasSize(3);
        assertThat(best).extracting(hypothesis -> hypothesis.tokens()[0]).containsExactly(B, A, END);
    }

    @Test
    void severalTokensMayEndAText() {
        GenerationConfig config =
                new GenerationConfig(START, new int[] {END, C}, 50, List.of(), OptionalInt.empty(), GREEDY);

        List<Hypothesis> best =
                search(config, GREEDY.withAlternatives(2), 50, tokens -> probabilities(0, 0.3, 0.05, 0.05, 0.6));

        assertThat(best).extracting(hypothesis -> hypothesis.tokens()[0]).containsExactly(C, END);
    }

    @Test
    void numbersThatAreNoneAreAFailure() {
        for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            BeamSearch search = new BeamSearch(config(List.of(), OptionalInt.empty()), GREEDY, 5);
            search.advance(new float[] {0, 0, wrong, 0, 0}, 0, 5, 5);

            assertThat(search.failed()).isTrue();
            assertThat(search.done()).isTrue();
        }
    }

    @Test
    void aTextOfWhichNothingCanFollowIsAFailure() {
        BeamSearch search = new BeamSearch(
                config(List.of(new int[] {A}, new int[] {START}), OptionalInt.empty()), GREEDY.withBeamSize(2), 5);
        float none = Float.NEGATIVE_INFINITY;
        search.advance(new float[] {1, none, 1, none, none}, 0, 5, 5);

        assertThat(search.failed()).isTrue();
        assertThat(search.best()).isEmpty();
    }

    @Test
    void logProbabilitiesAreThoseOfTheExactExponential() {
        Random random = new Random(9);
        for (double scale : new double[] {0.1, 3, 30, 300}) {
            float[] logits = new float[8001];
            double max = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (float) (random.nextGaussian() * scale);
                max = Math.max(max, logits[i]);
            }
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit - max);
            }

            assertThat(Probabilities.logSumExp(logits, 0, logits.length, new float[8001]))
                    .isCloseTo(max + Math.log(sum), within(1e-5));
        }
    }

    private static List<Hypothesis> search(GenerationOptions options, Function<int[], float[]> decoder) {
        int maxTokens = options.maxTokens() == 0 ? 20 : options.maxTokens();
        return search(config(List.of(), OptionalInt.empty()), options, maxTokens, decoder);
    }

    /** As the loop does it, with the rows at places of their own in the array. */
    private static List<Hypothesis> search(
            GenerationConfig config, GenerationOptions options, int maxTokens, Function<int[], float[]> decoder) {
        BeamSearch search = new BeamSearch(config, options, maxTokens);
        int[][] rows = {{}};
        while (!search.done()) {
            int[][] next = new int[search.rows()][];
            for (int row = 0; row < search.rows(); row++) {
                int[] before = rows[search.parent(row)];
                next[row] = Arrays.copyOf(before, before.length + 1);
                next[row][before.length] = search.token(row);
            }
            rows = next;
            float[] logits = new float[3 + 7 * rows.length];
            for (int row = 0; row < rows.length; row++) {
                System.arraycopy(decoder.apply(rows[row]), 0, logits, 3 + 7 * row, 5);
            }
            search.advance(logits, 3, 7, 5);
        }
        assertThat(search.failed()).isFalse();
        return search.best();
    }

    private static GenerationConfig config(List<int[]> badWords, OptionalInt forcedEnd) {
        return new GenerationConfig(START, new int[] {END}, 50, badWords, forcedEnd, GREEDY);
    }

    private static float[] probabilities(double... values) {
        float[] logits = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            logits[i] = (float) Math.log(values[i]);
        }
        return logits;
    }
}
