package dev.polymath.training.translation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.training.generation.Vocabulary;
import dev.polymath.training.translation.PairNoise.Sides;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PairNoiseTest {
    private static final Sides NAMES = new Sides("Tom met Mary in 1999.", "Tom hat Mary 1999 getroffen.");
    private static final Pattern PLACEHOLDER = Pattern.compile("<x\\d>");

    @Test
    void onlyNamesAndNumbersThatOccurOnceOnBothSidesAreCommon() {
        assertThat(PairNoise.common(NAMES)).containsExactly("Tom", "Mary", "1999");
        assertThat(PairNoise.common(new Sides("Tom is Tom in Paris.", "Tom ist in Paris.")))
                .containsExactly("Paris");
        assertThat(PairNoise.common(new Sides("the hand", "die hand"))).isEmpty();
    }

    @Test
    void commonWordsBecomeTheSamePlaceholdersOnBothSides() {
        PairNoise noise = noise(1, 0);
        Random random = new Random(1);
        Set<String> used = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            Sides sides = noise.apply(NAMES, random);
            assertThat(placeholders(sides.source()))
                    .hasSize(3)
                    .doesNotHaveDuplicates()
                    .isSorted();
            assertThat(placeholders(sides.target())).containsExactlyInAnyOrderElementsOf(placeholders(sides.source()));
            assertThat(sides.source()).doesNotContain("Tom", "Mary", "1999");
            used.addAll(placeholders(sides.source()));
        }
        assertThat(used).hasSize(Vocabulary.PLACEHOLDERS);
        assertThat(noise.apply(new Sides("no name", "kein Name"), random)).isEqualTo(new Sides("no name", "kein Name"));
    }

    @Test
    void aWordOrTheSentenceIsPutBetweenTwo() {
        PairNoise noise = noise(0, 1);
        Random random = new Random(1);
        int whole = 0;
        for (int i = 0; i < 200; i++) {
            Sides sides = noise.apply(NAMES, random);
            assertThat(placeholders(sides.source())).hasSize(2).isEqualTo(placeholders(sides.target()));
            assertThat(sides.source()
                            .replaceAll(" ?<x\\d> ?", " ")
                            .replaceAll(" +", " ")
                            .strip())
                    .isIn(NAMES.source(), "Tom met Mary in 1999 .");
            whole += sides.source().startsWith("<") && sides.source().endsWith(">") ? 1 : 0;
        }
        assertThat(whole).isBetween(20, 100);
    }

    @Test
    void theSourceIsTypedInLowerCaseAndBothLoseTheirEnd() {
        PairNoise noise = noise(0, 0);
        noise.lower = 1;
        noise.dropFinal = 1;

        assertThat(noise.apply(NAMES, new Random(1)))
                .isEqualTo(new Sides("tom met mary in 1999", "Tom hat Mary 1999 getroffen"));
        // an end that only one side has stays
        assertThat(noise.apply(new Sides("Go", "Geh!"), new Random(1))).isEqualTo(new Sides("go", "Geh!"));
    }

    @Test
    void nothingChangesWithoutNoise() {
        assertThat(noise(0, 0).apply(NAMES, new Random(1))).isEqualTo(NAMES);
    }

    private static PairNoise noise(double placeholders, double wrap) {
        PairNoise noise = new PairNoise();
        noise.placeholderShare = placeholders;
        noise.wrapShare = wrap;
        noise.lower = 0;
        noise.dropFinal = 0;
        return noise;
    }

    private static List<String> placeholders(String text) {
        Matcher matcher = PLACEHOLDER.matcher(text);
        return Stream.generate(() -> matcher.find() ? matcher.group() : "")
                .takeWhile(found -> !found.isEmpty())
                .toList();
    }
}
