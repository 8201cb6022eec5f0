package dev.polymath.training.captioning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.training.captioning.CaptionBatch.Caption;
import dev.polymath.training.captioning.CaptionBatch.View;
import dev.polymath.training.generation.BytePairEncoder;
import dev.polymath.training.generation.Targets;
import dev.polymath.training.generation.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CaptionDataTest {
    private static final Vocabulary VOCABULARY =
            new Vocabulary(Vocabulary.reserved(List.of("de", "en")), List.of(), List.of("de", "en"));

    @Test
    void captionsOfLikeLengthShareBatchesAndImages() {
        CaptionData data = data(true);

        List<CaptionBatch> batches = data.epoch(3, 1);

        assertThat(batches).isEqualTo(data.epoch(3, 1)).isNotEqualTo(data.epoch(4, 1));
        assertThat(batches)
                .hasSizeGreaterThan(2)
                .allSatisfy(batch -> assertThat(
                                batch.targets().size() * batch.targets().width())
                        .isLessThanOrEqualTo(120));
        List<Caption> captions =
                batches.stream().flatMap(batch -> batch.captions().stream()).toList();
        assertThat(captions).hasSize(40);
        assertThat(captions).extracting(Caption::mirrored).contains(true, false);
        assertThat(captions.stream().map(Caption::view).distinct())
                .as("an image is seen one way in an epoch")
                .hasSize(20);
        assertThat(data(false).epoch(3, 1))
                .allSatisfy(batch -> assertThat(batch.captions())
                        .extracting(Caption::mirrored)
                        .containsOnly(false));
    }

    @Test
    void aBatchKnowsTheImageOfEachCaptionAndGivesTheLanguage() {
        CaptionBatch batch = new CaptionBatch(List.of(
                new Caption("a", false, new int[] {3, 20, 1}),
                new Caption("b", false, new int[] {4, 21, 22, 1}),
                new Caption("a", true, new int[] {3, 1}),
                new Caption("a", false, new int[] {4, 1})));

        assertThat(batch.views()).containsExactly(new View("a", false), new View("b", false), new View("a", true));
        assertThat(batch.viewOfCaption()).containsExactly(0, 1, 2, 0);
        Targets targets = batch.targets();
        assertThat(targets.words()).isEqualTo(2 + 3 + 1 + 1);
        assertThat(targets.prefixes()).startsWith(0, 3, 20, 0, 0, 4, 21, 22, 0, 3);
        assertThat(targets.labels()).startsWith(3, 20, 1, 0, 4, 21, 22, 1);
        assertThat(targets.weights(0.5f)).startsWith(0, 0.5f, 0.5f, 0, 0, 0.5f, 0.5f, 0.5f, 0, 0.5f, 0, 0);
    }

    @Test
    void captionsThatAreTooLongAreLeftOut() {
        BytePairEncoder encoder = new BytePairEncoder(VOCABULARY);
        List<CaptionedImage> images = images();
        CaptionData data = new CaptionData(images, CaptionSpelling.of(images), encoder, 120, 8, false);

        // without merges a letter is three bytes or one: "Ab." is no more than 8 ids
        assertThat(data.inOrder().stream()
                        .mapToInt(batch -> batch.captions().size())
                        .sum())
                .isLessThan(40);
    }

    private static CaptionData data(boolean mirror) {
        List<CaptionedImage> images = images();
        return new CaptionData(images, CaptionSpelling.of(images), new BytePairEncoder(VOCABULARY), 120, 1000, mirror);
    }

    private static List<CaptionedImage> images() {
        return new ArrayList<>(IntStream.range(0, 20)
                .mapToObj(i -> new CaptionedImage(
                        "image" + i,
                        "train",
                        Map.of("en", List.of("a".repeat(1 + i % 7)), "de", List.of("b".repeat(1 + i % 5)))))
                .toList());
    }
}
