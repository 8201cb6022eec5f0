package dev.polymath.textanalytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.Call;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ZeroShotClassifierTest {
    private static final List<ClassLabel> LABELS = List.of(
            new ClassLabel("card_arrival", ""),
            new ClassLabel("theft", "someone stole my car"),
            new ClassLabel("weather", ""));

    private final FakeEmbedder texts = new FakeEmbedder();
    private final FakeEmbedder labels = new FakeEmbedder();
    private final ZeroShotClassifier classifier =
            new ZeroShotClassifier(new CachedEmbedder(labels, 4), new ZeroShotClassifier.Calibration(0.1, 10, -5));

    @Test
    void underscoresOfANameAreSpaces() {
        assertThat(classify("card arrival", false).get(0).label()).isEqualTo("card_arrival");
    }

    @Test
    void descriptionStandsForTheLabel() {
        assertThat(classify("They stole my new car", false).get(0).label()).isEqualTo("theft");
    }

    @Test
    void confidencesOfSingleLabelSumToOneAndDescend() {
        List<TextClass> classes = classify("card weather", false);

        assertThat(classes).hasSize(3).isSortedAccordingTo((a, b) -> Double.compare(b.confidence(), a.confidence()));
        assertThat(classes.stream().mapToDouble(TextClass::confidence).sum()).isCloseTo(1, within(1e-9));
    }

    @Test
    void labelsOfMultiLabelAreJudgedByThemselves() {
        double alone = classifier
                .labels(LABELS.subList(2, 3), Call.unbounded())
                .classify(texts, "weather report", true, 1, 0, Call.unbounded())
                .join()
                .classes()
                .get(0)
                .confidence();

        assertThat(classify("weather report", true).get(0)).isEqualTo(new TextClass("weather", alone));
        assertThat(alone).isCloseTo(1 / (1 + Math.exp(5 - 10 / Math.sqrt(2))), within(1e-4));
    }

    @Test
    void topKAndLeastConfidenceLimitTheClasses() {
        ZeroShotClassifier.Labels prepared = classifier.labels(LABELS, Call.unbounded());

        assertThat(prepared.classify(texts, "weather", false, 2, 0, Call.unbounded())
                        .join()
                        .classes())
                .hasSize(2);
        assertThat(prepared.classify(texts, "weather", false, 3, 0.5, Call.unbounded())
                        .join()
                        .classes())
                .extracting(TextClass::label)
                .containsExactly("weather");
    }

    @Test
    void labelsAreReadOnceForAllTextsAndRemembered() {
        ZeroShotClassifier.Labels prepared = classifier.labels(LABELS, Call.unbounded());
        prepared.classify(texts, "weather", false, 1, 0, Call.unbounded()).join();
        prepared.classify(texts, "theft", false, 1, 0, Call.unbounded()).join();
        long again =
                classifier.labels(LABELS, Call.unbounded()).receipt().join().tokens();

        assertThat(labels.asked).hasSize(1);
        assertThat(texts.asked).containsExactly(List.of("weather"), List.of("theft"));
        assertThat(prepared.receipt().join().tokens()).isEqualTo(6);
        assertThat(again).isZero();
    }

    @Test
    void whatWasNotAskedForTheLongestIsForgotten() {
        classifier.labels(LABELS, Call.unbounded());
        classifier.labels(LABELS.subList(0, 2), Call.unbounded());
        classifier.labels(List.of(new ClassLabel("a", ""), new ClassLabel("b", "")), Call.unbounded());
        classifier.labels(LABELS, Call.unbounded());

        assertThat(labels.asked.get(2)).containsExactly("weather");
    }

    @Test
    void failureIsNotRemembered() {
        Call cancelled = Call.unbounded();
        cancelled.cancel();

        assertThatThrownBy(() -> classifier.labels(LABELS, cancelled).receipt().join())
                .isNotNull();
        assertThat(classifier.labels(LABELS, Call.unbounded()).receipt().join().tokens())
                .isEqualTo(6);
    }

    @Test
    void tenThousandLabelsAreAnswered() {
        List<ClassLabel> many = IntStream.range(0, 10_000)
                .mapToObj(i -> new ClassLabel("label_" + i, ""))
                .toList();
        List<TextClass> classes = classifier
                .labels(many, Call.unbounded())
                .classify(texts, "label 4711", false, Integer.MAX_VALUE, 0, Call.unbounded())
                .join()
                .classes();

        assertThat(classes)
                .hasSize(10_000)
                .first()
                .extracting(TextClass::confidence)
                .isNotEqualTo(0.0);
        assertThat(classes.stream().mapToDouble(TextClass::confidence).sum()).isCloseTo(1, within(1e-9));
    }

    @Test
    void emptyListOfLabelsIsRefused() {
        assertThatThrownBy(() -> classifier.labels(List.of(), Call.unbounded()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels: 0 (expected: >= 1)");
    }

    private List<TextClass> classify(String text, boolean multiLabel) {
        return classifier
                .labels(LABELS, Call.unbounded())
                .classify(texts, text, multiLabel, LABELS.size(), 0, Call.unbounded())
                .join()
                .classes();
    }
}
