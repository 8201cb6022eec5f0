package dev.polymath.training.translation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.training.generation.BytePairEncoder;
import dev.polymath.training.generation.BytePairLearner;
import dev.polymath.training.generation.Vocabulary;
import dev.polymath.training.translation.TranslationBatch.Example;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TranslationDataTest {
    private static final Vocabulary VOCABULARY =
            new Vocabulary(Vocabulary.reserved(List.of("en", "de")), List.of(), List.of("de", "en"));
    private static final Path EXAMPLE = Path.of("examples", "translation", "en-de.tsv");

    private final BytePairEncoder encoder = new BytePairEncoder(VOCABULARY);

    @Test
    void batchesHoldAllExamplesWithinTheirTokensAndTargetsOfLikeLength() {
        Random random = new Random(1);
        List<Example> examples = IntStream.range(0, 500)
                .mapToObj(i -> new Example(new int[2 + random.nextInt(20)], new int[2 + random.nextInt(20)]))
                .toList();

        List<TranslationBatch> batches = TranslationData.batches(examples, 200);

        assertThat(batches.stream().flatMap(batch -> batch.rows().stream()).toList())
                .containsExactlyInAnyOrderElementsOf(examples);
        assertThat(batches)
                .allSatisfy(batch -> assertThat(batch.size()
                                * (batch.sourceWidth() + batch.targets().width()))
                        .isLessThanOrEqualTo(200));
        long words =
                batches.stream().mapToLong(batch -> batch.targets().words()).sum();
        long padded = batches.stream()
                .mapToLong(batch -> (long) batch.size() * batch.targets().width())
                .sum();
        assertThat((double) words / padded).isGreaterThan(0.95);
    }

    @Test
    void aLongExampleIsABatchOfItsOwn() {
        List<TranslationBatch> batches = TranslationData.batches(
                List.of(new Example(new int[3], new int[3]), new Example(new int[90], new int[90])), 100);

        assertThat(batches).hasSize(2);
    }

    @Test
    void theSameEpochIsTheSameAndAnotherIsNot() throws IOException {
        TranslationData data = data(1, 0, 1000);

        assertThat(ids(data.epoch(1, 7))).isEqualTo(ids(data.epoch(1, 7)));
        assertThat(ids(data.epoch(2, 7))).isNotEqualTo(ids(data.epoch(1, 7)));
        assertThat(ids(data.epoch(1, 8))).isNotEqualTo(ids(data.epoch(1, 7)));
    }

    @Test
    void everyPairIsSeenInBothDirectionsAsOftenAsItsFileWeighs() throws IOException {
        assertThat(rows(data(1, 0, 1000))).isEqualTo(2 * 600);
        assertThat(rows(data(2, 0, 1000))).isEqualTo(4 * 600);
        assertThat(rows(data(0.25, 0, 1000))).isBetween(2 * 100L, 2 * 200L);
        assertThat(rows(data(1, 0, 10))).isZero();
    }

    @Test
    void theFirstEpochBeginsWithShortSentences() throws IOException {
        List<TranslationBatch> batches = data(1, 0.3, 1000).epoch(0, 1);
        int first = (int) (0.3 * batches.size());
        int[] widths =
                batches.stream().mapToInt(batch -> batch.targets().width()).toArray();
        int median = Arrays.stream(widths).sorted().toArray()[widths.length / 2];

        assertThat(Arrays.stream(widths, 0, first)).allMatch(width -> width <= median);
        assertThat(Arrays.stream(widths, first, widths.length)).anyMatch(width -> width < median);
        assertThat(batches.stream().mapToInt(TranslationBatch::size).sum()).isEqualTo(1200);
    }

    @Test
    void whatTheDecoderHasReadIsOneBehindWhatItMustSay() {
        TranslationBatch batch = new TranslationBatch(
                List.of(new Example(new int[] {9, 1}, new int[] {5, 6, 1}), new Example(new int[] {1}, new int[] {1})));

        assertThat(batch.sources()).containsExactly(9, 1, 1, 0);
        assertThat(batch.mask()).containsExactly(1, 1, 1, 0);
        assertThat(batch.targets().prefixes()).containsExactly(0, 5, 6, 0, 0, 0);
        assertThat(batch.targets().labels()).containsExactly(5, 6, 1, 1, 0, 0);
        assertThat(batch.targets().weights(2)).containsExactly(2, 2, 2, 2, 0, 0);
        assertThat(batch.targets().words()).isEqualTo(4);
    }

    @Test
    void tokensThatTranslateEachOtherBeginNearAndOthersDoNot() {
        List<SentencePair> pairs = IntStream.range(0, 400)
                .mapToObj(i -> new SentencePair(
                        new LanguagePair("en", "de"),
                        "abcdefgh".substring(i % 8, i % 8 + 1),
                        "stuvwxyz".substring(i % 8, i % 8 + 1)))
                .toList();
        Vocabulary vocabulary = BytePairLearner.learn(
                Map.of("▁", 9L, "abcdefgh", 9L, "stuvwxyz", 9L), List.of("en", "de"), VOCABULARY.size() + 17, 1);

        float[] table = AlignedEmbeddings.of(
                vocabulary, List.of(new TranslationData.Set(pairs, 1)), new BytePairEncoder(vocabulary), 128, 1);

        assertThat(cosine(table, vocabulary, "a", "a")).isBetween(0.999, 1.001);
        assertThat(cosine(table, vocabulary, "a", "s")).isGreaterThan(0.5);
        assertThat(cosine(table, vocabulary, "a", "t")).isLessThan(0.35);
        assertThat(cosine(table, vocabulary, ">>de<<", "s"))
                .isGreaterThan(cosine(table, vocabulary, ">>de<<", "a") + 0.1);
    }

    private static double cosine(float[] table, Vocabulary vocabulary, String a, String b) {
        int from = 128 * vocabulary.tokens().indexOf(a);
        int to = 128 * vocabulary.tokens().indexOf(b);
        double sum = 0;
        for (int i = 0; i < 128; i++) {
            sum += table[from + i] * table[to + i];
        }
        return sum;
    }

    private TranslationData data(double weight, double shortFirst, int maxLength) throws IOException {
        List<SentencePair> pairs = ParallelFile.parse("en-de=" + EXAMPLE).read();
        return new TranslationData(
                List.of(new TranslationData.Set(pairs, weight)), encoder, new PairNoise(), 2000, maxLength, shortFirst);
    }

    private static long rows(TranslationData data) {
        return data.epoch(1, 1).stream().mapToLong(TranslationBatch::size).sum();
    }

    private static List<List<Integer>> ids(List<TranslationBatch> batches) {
        return batches.stream()
                .map(batch ->
                        Arrays.stream(batch.sources()).mapToObj(id -> (int) id).toList())
                .toList();
    }
}
