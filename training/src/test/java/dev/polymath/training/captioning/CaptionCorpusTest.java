package dev.polymath.training.captioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CaptionCorpusTest {

    @Test
    void theSplitsOfTheDataAreKept() {
        List<CaptionedImage> images = List.of(image("a", "train"), image("b", "test"), image("c", "val"));

        CaptionCorpus corpus = CaptionCorpus.of(images, 5, 5);

        assertThat(corpus.train()).containsExactly(images.get(0));
        assertThat(corpus.test()).containsExactly(images.get(1));
        assertThat(corpus.val()).containsExactly(images.get(2));
        assertThat(corpus.languages()).containsExactly("en", "de");
        assertThat(corpus.report()).contains("test: 1 images, 1 captions (en), 1 captions (de)");
    }

    @Test
    void whereASplitIsMissingNeighboursAreHeldOutTogetherWhateverTheOrder() {
        List<CaptionedImage> images = new ArrayList<>(IntStream.range(0, 1000)
                .mapToObj(i -> image("%04d".formatted(i), "train"))
                .toList());

        CaptionCorpus corpus = CaptionCorpus.of(images, 50, 100);
        Collections.shuffle(images, new Random(1));
        CaptionCorpus shuffled = CaptionCorpus.of(images, 50, 100);

        assertThat(corpus.val()).hasSize(60).containsExactlyElementsOf(shuffled.val());
        assertThat(corpus.test()).hasSize(100).containsExactlyElementsOf(shuffled.test());
        assertThat(corpus.train()).hasSize(840);
        Set<CaptionedImage> all = new HashSet<>(corpus.train());
        all.addAll(corpus.val());
        all.addAll(corpus.test());
        assertThat(all).hasSize(1000);
        Set<Integer> runs = new HashSet<>();
        corpus.test().forEach(image -> runs.add(Integer.parseInt(image.file()) / 20));
        assertThat(runs).as("runs of 20").hasSize(5);
    }

    @Test
    void tooFewImagesAreTold() {
        assertThatThrownBy(() -> CaptionCorpus.of(List.of(image("a", "train"), image("b", "train")), 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("images for training: 2 (expected: more than the 2 that are held out)");
    }

    @Test
    void captionsAreSpeltAsMostPeopleSpellThem() {
        CaptionSpelling spelling = CaptionSpelling.of(List.of(new CaptionedImage(
                "a",
                "train",
                Map.of(
                        "de",
                        List.of(
                                "Ein Hund und ein Ball.",
                                "Der Hund läuft",
                                "Ein brauner Hund mit Ball",
                                "Ein mädchen läuft",
                                "ein mädchen mit HUND")))));

        assertThat(spelling.apply("ein hund  läuft zum ball", "de")).isEqualTo("Ein Hund läuft zum Ball.");
        assertThat(spelling.apply("hunde spielen .", "de"))
                .as("what is not known stays as it is")
                .isEqualTo("Hunde spielen.");
        assertThat(spelling.apply("Über dem Ball!", "de")).isEqualTo("Über dem Ball.");
        assertThat(spelling.apply("a hund", "en")).isEqualTo("A hund.");
        assertThat(spelling.apply(" .,", "de")).isEmpty();
    }

    private static CaptionedImage image(String file, String split) {
        Map<String, List<String>> captions = new LinkedHashMap<>();
        captions.put("en", List.of("A dog."));
        captions.put("de", List.of("Ein Hund."));
        return new CaptionedImage(file, split, captions);
    }
}
