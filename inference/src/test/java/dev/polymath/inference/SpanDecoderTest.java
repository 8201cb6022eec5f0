package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.SpanDecoder.Answers;
import dev.polymath.inference.SpanDecoder.Span;
import dev.polymath.inference.TokenizedText.Window;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpanDecoderTest {
    /** Tokens of the head, {@code [CLS]} among them. */
    private static final int HEAD = 3;

    @Test
    void probabilitiesOfAllSpansAndOfNoAnswerSumToOne() {
        QuestionContext context = context(new int[] {0, 1, 2, 3, 4, 5}, new Window(0, 6));
        Random random = new Random(5);
        float[] starts = random(random, 10);
        float[] ends = random(random, 10);

        Answers answers = new SpanDecoder(3, 1.5).decode(context, List.of(starts), List.of(ends), 100);

        double none = Math.exp((starts[0] + ends[0]) / 1.5);
        double sum = none;
        double best = 0;
        for (int first = 0; first < 6; first++) {
            for (int last = first; last < Math.min(6, first + 3); last++) {
                double weight = Math.exp((starts[HEAD + first] + ends[HEAD + last]) / 1.5);
                sum += weight;
                best = Math.max(best, weight);
            }
        }
        assertThat(answers.noAnswer()).isCloseTo(none / sum, within(1e-9));
        assertThat(answers.spans().get(0).probability()).isCloseTo(best / sum, within(1e-9));
    }

    @Test
    void spanEndsNotBeforeItBeginsAndIsNotLongerThanAllowed() {
        QuestionContext context = context(new int[] {0, 1, 2, 3}, new Window(0, 4));
        float[] starts = {0, 9, 9, 1, 0, 0, 8, 9};
        float[] ends = {0, 9, 9, 8, 0, 0, 1, 9};

        // 3..0 would be best, and 0..3 too long; the question and the special tokens are no answers
        assertThat(best(new SpanDecoder(2, 1), context, starts, ends)).isEqualTo("0..0");

        starts = new float[] {0, 0, 0, 5, 0, 0, 0, 0};
        ends = new float[] {0, 0, 0, 0, 0, 4, 5, 0};
        assertThat(best(new SpanDecoder(4, 1), context, starts, ends)).isEqualTo("0..3");
        assertThat(best(new SpanDecoder(3, 1), context, starts, ends)).isEqualTo("0..2");
    }

    @Test
    void spanIsOfWholeWords() {
        QuestionContext context = context(new int[] {0, 0, 1, 1}, new Window(0, 4));
        float[] starts = {0, 0, 0, 1, 9, 0, 0, 0};
        float[] ends = {0, 0, 0, 0, 0, 9, 1, 0};

        assertThat(best(new SpanDecoder(4, 1), context, starts, ends)).isEqualTo("0..3");
    }

    @Test
    void answersDoNotOverlapAndComeBestFirst() {
        QuestionContext context = context(new int[] {0, 1, 2, 3, 4}, new Window(0, 5));
        float[] starts = {0, 0, 0, 5, 4, 0, 3, 0, 0};
        float[] ends = {0, 0, 0, 0, 5, 4, 0, 3, 0};

        List<Span> spans = new SpanDecoder(5, 1)
                .decode(context, List.of(starts), List.of(ends), 2)
                .spans();

        assertThat(spans).extracting(Span::first).containsExactly(0, 3);
        assertThat(spans).extracting(Span::last).containsExactly(1, 4);
        assertThat(spans.get(0).probability()).isGreaterThan(spans.get(1).probability());
    }

    @Test
    void windowThatIsSureOfNoAnswerDoesNotTakeFromTheAnswerOfAnother() {
        QuestionContext context = context(new int[] {0, 1, 2, 3, 4, 5}, new Window(0, 4), new Window(2, 6));
        // both logits are higher everywhere in the first window, where "no answer" is higher yet
        float[] starts = {20, 0, 0, 9, 9, 9, 9, 0};
        float[] ends = starts.clone();
        float[] secondStarts = {0, 0, 0, 0, 0, 6, 0, 0};

        Answers answers = new SpanDecoder(3, 1)
                .decode(context, List.of(starts, secondStarts), List.of(ends, secondStarts.clone()), 1);

        assertThat(answers.spans().get(0).first()).isEqualTo(4);
        assertThat(answers.noAnswer()).isLessThan(0.01);
    }

    @Test
    void spanThatTwoWindowsHoldCountsOnce() {
        QuestionContext twice = context(new int[] {0, 1}, new Window(0, 2), new Window(0, 2));
        QuestionContext once = context(new int[] {0, 1}, new Window(0, 2));
        float[] logits = {1, 0, 0, 2, 0.5f, 0};

        Answers one = new SpanDecoder(2, 1).decode(once, List.of(logits), List.of(logits), 1);
        Answers two = new SpanDecoder(2, 1).decode(twice, List.of(logits, logits), List.of(logits, logits), 1);

        assertThat(two).isEqualTo(one);
    }

    @Test
    void textWithoutTokensHasNoAnswerForSure() {
        QuestionContext context = context(new int[0], new Window(0, 0));

        Answers answers =
                new SpanDecoder(30, 1).decode(context, List.of(new float[HEAD + 1]), List.of(new float[HEAD + 1]), 3);

        assertThat(answers).isEqualTo(new Answers(List.of(), 1));
    }

    @Test
    void largeLogitsDoNotOverflow() {
        QuestionContext context = context(new int[] {0}, new Window(0, 1));
        float[] logits = {-3e4f, 0, 0, 3e4f, 0};

        Answers answers = new SpanDecoder(30, 0.05).decode(context, List.of(logits), List.of(logits), 1);

        assertThat(answers.spans()).containsExactly(new Span(0, 0, 1));
        assertThat(answers.noAnswer()).isZero();
    }

    @Test
    void outputThatIsNotANumberIsAFailureOfTheEngine() {
        QuestionContext context = context(new int[] {0}, new Window(0, 1));
        float[] logits = {0, 0, 0, Float.NaN, 0};

        assertThatThrownBy(() -> new SpanDecoder(30, 1).decode(context, List.of(logits), List.of(logits), 1))
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("not a number");
    }

    private static String best(SpanDecoder decoder, QuestionContext context, float[] starts, float[] ends) {
        Span span = decoder.decode(context, List.of(starts), List.of(ends), 1)
                .spans()
                .get(0);
        return span.first() + ".." + span.last();
    }

    private static float[] random(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** A text whose tokens belong to these words. */
    private static QuestionContext context(int[] words, Window... windows) {
        int[] indices = IntStream.range(0, words.length).toArray();
        TokenizedText text = new TokenizedText(
                indices,
                new int[words.length],
                Arrays.stream(indices).map(i -> 2 * i).toArray(),
                Arrays.stream(indices).map(i -> 2 * i + 1).toArray(),
                words,
                List.of(windows),
                new int[0],
                new int[0]);
        return new QuestionContext(text, List.of(windows), new int[HEAD], new int[1], 0, 1);
    }
}
