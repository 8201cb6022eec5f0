package dev.polymath.textanalytics.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NearDuplicatesTest {
    private final SplittableRandom random = new SplittableRandom(3);

    @Test
    void estimateIsTheJaccardSimilarityOfCharacterFiveGrams() {
        for (int changed = 0; changed <= 40; changed += 5) {
            String text = text(40);
            String other = changed(text, changed);

            assertThat(MinHash.similarity(MinHash.signature(text), MinHash.signature(other)))
                    .isCloseTo(jaccard(text, other), within(0.1));
        }
    }

    @Test
    void caseAndWhiteSpaceDoNotCount() {
        assertThat(MinHash.signature("  The Parcel\n\tcame   late. "))
                .isEqualTo(MinHash.signature("the parcel came late."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "four"})
    void textShorterThanAShingleIsLikeItselfAlone(String text) {
        assertThat(NearDuplicates.find(signatures(List.of(text, "other", text, text + "!")), 1, () -> {})
                        .first())
                .containsExactly(0, 1, 0, 3);
    }

    @ParameterizedTest
    @CsvSource({"0.5, 0.1", "0.7, 0.1", "0.8, 0.1", "0.9, 0.07"})
    void pairsAboveTheThresholdAreFoundAndPairsBelowAreNot(double threshold, double margin) {
        int above = 0;
        int found = 0;
        int wrong = 0;
        for (int i = 0; i < 400; i++) {
            String text = text(60);
            String other = changed(text, (int) (30 * random.nextDouble() * random.nextDouble()));
            double similarity = jaccard(text, other);
            boolean alike = NearDuplicates.find(signatures(List.of(text, other)), threshold, () -> {})
                            .first()[1]
                    == 0;
            if (similarity > threshold + margin) {
                above++;
                found += alike ? 1 : 0;
            }
            wrong += alike && similarity < threshold - margin ? 1 : 0;
        }

        assertThat(above).isGreaterThan(5);
        assertThat(found).isEqualTo(above);
        assertThat(wrong).isZero();
    }

    @Test
    void atThresholdOneOnlyEqualTextsAreAlike() {
        String text = text(200);

        assertThat(NearDuplicates.find(
                                signatures(List.of(text, changed(text, 10), text.toUpperCase(Locale.ROOT))),
                                1,
                                () -> {})
                        .first())
                .containsExactly(0, 1, 0);
    }

    @Test
    void groupIsNamedByItsFirstTextWhateverTheOrder() {
        List<String> texts = new ArrayList<>();
        for (int group = 0; group < 50; group++) {
            String text = text(80);
            texts.addAll(List.of(text, changed(text, 1), changed(text, 1)));
        }
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, texts.size()).boxed().toList());
        Collections.shuffle(order, new Random(5));

        int[] first = NearDuplicates.find(
                        signatures(order.stream().map(texts::get).toList()), 0.8, () -> {})
                .first();

        for (int i = 0; i < first.length; i++) {
            int group = order.get(i) / 3;
            int expected = IntStream.range(0, order.size())
                    .filter(j -> order.get(j) / 3 == group)
                    .findFirst()
                    .orElseThrow();
            assertThat(first[i]).isEqualTo(expected);
        }
    }

    @Test
    void textsInTheSameBucketsAreNotAllComparedWithEachOther() {
        byte[] same = MinHash.signature(text(40));

        assertThat(NearDuplicates.find(Collections.nCopies(20_000, same), 0.8, () -> {})
                        .comparisons())
                .isEqualTo(19_999);
    }

    @Test
    void textsThatShareABandWithoutBeingAlikeAreComparedWithFewOthers() {
        List<byte[]> signatures = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            byte[] signature = new byte[MinHash.LENGTH];
            random.nextBytes(signature);
            Arrays.fill(signature, 0, 8, (byte) 0);
            signatures.add(signature);
        }

        NearDuplicates duplicates = NearDuplicates.find(signatures, 0.8, () -> {});

        assertThat(duplicates.comparisons()).isBetween(5_000L, 16 * 5_000L);
        assertThat(duplicates.first()).containsExactly(IntStream.range(0, 5_000).toArray());
    }

    private static List<byte[]> signatures(List<String> texts) {
        return texts.stream().map(MinHash::signature).toList();
    }

    private String text(int words) {
        return String.join(" ", IntStream.range(0, words).mapToObj(i -> word()).toList());
    }

    private String word() {
        return Long.toString(random.nextLong(1_000_000, 1_000_000_000), 36);
    }

    private String changed(String text, int words) {
        String[] all = text.split(" ");
        for (int i = 0; i < words; i++) {
            all[random.nextInt(all.length)] = word();
        }
        return String.join(" ", all);
    }

    private static double jaccard(String left, String right) {
        Set<String> both = new HashSet<>(shingles(left));
        both.retainAll(shingles(right));
        Set<String> any = new HashSet<>(shingles(left));
        any.addAll(shingles(right));
        return (double) both.size() / any.size();
    }

    private static Set<String> shingles(String text) {
        Set<String> shingles = new HashSet<>();
        for (int i = 0; i + 5 <= text.length(); i++) {
            shingles.add(text.substring(i, i + 5));
        }
        return shingles;
    }
}
