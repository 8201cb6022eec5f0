package dev.polymath.textanalytics.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.textanalytics.corpus.CorpusAnalyzer.Options;
import dev.polymath.textanalytics.corpus.CorpusReport.DuplicateGroup;
import dev.polymath.textanalytics.corpus.CorpusReport.KeyPhrase;
import dev.polymath.textanalytics.corpus.CorpusReport.Theme;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CorpusAnalyzerTest {
    private static final Options ALL = new Options(true, true, 10, 0.8, 20);
    private static final int DIMENSIONS = 384;

    @Test
    void themesAreFoundCountedAndNamedByTheirWords() {
        SyntheticCorpus corpus = new SyntheticCorpus(1, DIMENSIONS, 1);
        List<SyntheticCorpus.Document> documents = corpus.documents(4, 50);
        IntStream.range(0, 30).forEach(i -> documents.add(corpus.about(1)));
        IntStream.range(0, 7).forEach(i -> documents.add(corpus.stray()));

        CorpusReport report = SyntheticCorpus.analyze(ALL, documents);

        assertThat(report.documents()).isEqualTo(237);
        assertThat(report.themes()).extracting(Theme::documents).containsExactly(80L, 50L, 50L, 50L);
        assertThat(report.unassignedDocuments()).isEqualTo(7);
        for (Theme theme : report.themes()) {
            int topic = documents
                    .get((int) theme.typicalDocuments().get(0).position() - 1)
                    .topic();
            assertThat(SyntheticCorpus.TOPICS.get(topic))
                    .contains(theme.name().split(", "))
                    .containsAll(theme.keyPhrases().subList(0, 5).stream()
                            .map(KeyPhrase::text)
                            .toList());
            assertThat(theme.share()).isEqualTo(theme.documents() / 237.0);
            assertThat(theme.cohesion()).isBetween(0.6, 0.8);
            assertThat(theme.typicalDocuments())
                    .hasSize(5)
                    .allSatisfy(document -> assertThat(
                                    documents.get((int) document.position() - 1).topic())
                            .isEqualTo(topic));
            assertThat(theme.keyPhrases())
                    .extracting(KeyPhrase::score)
                    .isSortedAccordingTo((a, b) -> Double.compare(b, a))
                    .allMatch(score -> score > 0);
        }
    }

    @Test
    void documentsOfAPhraseAreCounted() {
        CorpusAnalyzer analyzer = new CorpusAnalyzer(new Options(false, true, 10, 0.8, 20));
        add(analyzer, "Lost luggage. The lost luggage is lost!");
        add(analyzer, "More lost luggage");
        add(analyzer, "The runway");

        assertThat(analyzer.finish().keyPhrases())
                .extracting(KeyPhrase::text, KeyPhrase::documents)
                .containsExactlyInAnyOrder(tuple("lost luggage", 2L), tuple("runway", 1L));
    }

    @Test
    void outliersAreTheDocumentsInNoThemeTheStrangestFirst() {
        SyntheticCorpus corpus = new SyntheticCorpus(1, DIMENSIONS, 1);
        List<SyntheticCorpus.Document> documents = corpus.documents(2, 100);
        SyntheticCorpus.Document lone = corpus.stray();
        SyntheticCorpus.Document other = corpus.stray();
        float[] near = corpus.stray().vector();
        for (int i = 0; i < near.length; i++) {
            near[i] += 0.2f * other.vector()[i];
        }
        documents.add(other);
        documents.add(lone);
        documents.add(new SyntheticCorpus.Document("Something else", near, -1));

        CorpusReport report = SyntheticCorpus.analyze(ALL, documents);

        assertThat(report.themes()).hasSize(2);
        assertThat(report.outliers())
                .extracting(CorpusReport.Document::position)
                .first()
                .isEqualTo(202L);
        assertThat(report.outliers()).hasSize((int) report.unassignedDocuments());
    }

    @Test
    void nearDuplicatesAreGroupedAndCountFullyInTheirTheme() {
        SyntheticCorpus corpus = new SyntheticCorpus(1, DIMENSIONS, 1);
        List<SyntheticCorpus.Document> documents = corpus.documents(2, 40);
        String circular =
                "The blood test in the waiting room of the hospital is free for all people of the town this week";
        for (int i = 0; i < 200; i++) {
            SyntheticCorpus.Document document = corpus.about(0);
            documents.add(new SyntheticCorpus.Document(circular + " " + i, document.vector(), 0));
        }

        CorpusReport report = SyntheticCorpus.analyze(ALL, documents);

        DuplicateGroup group = report.duplicateGroups().get(0);
        assertThat(group.documentsCount()).isEqualTo(200);
        assertThat(group.documents())
                .extracting(CorpusReport.Document::position)
                .containsExactly(81L, 82L, 83L, 84L, 85L, 86L, 87L, 88L, 89L, 90L);
        assertThat(group.documents().get(0).similarity()).isEqualTo(1);
        assertThat(group.documents().get(1).similarity()).isBetween(0.8, 1.0);
        assertThat(report.duplicateDocuments()).isGreaterThanOrEqualTo(199);
        Theme theme = report.themes().get(0);
        assertThat(theme.documents()).isEqualTo(240);
        assertThat(SyntheticCorpus.TOPICS.get(0)).contains(theme.name().split(", "));
        assertThat(theme.keyPhrases()).extracting(KeyPhrase::text).doesNotContain("blood test");
    }

    @Test
    void twentyThousandEqualDocumentsAreOneGroupAndOneTheme() {
        SyntheticCorpus.Document document = new SyntheticCorpus(1, DIMENSIONS, 1).about(0);

        CorpusReport report = SyntheticCorpus.analyze(
                ALL, IntStream.range(0, 20_000).mapToObj(i -> document).toList());

        assertThat(report.duplicateGroupCount()).isEqualTo(1);
        assertThat(report.duplicateDocuments()).isEqualTo(19_999);
        assertThat(report.duplicateGroups().get(0).documentsCount()).isEqualTo(20_000);
        assertThat(report.themes()).hasSize(1);
        assertThat(report.themes().get(0).documents()).isEqualTo(20_000);
        assertThat(report.themes().get(0).cohesion()).isCloseTo(1, within(1e-3));
        assertThat(report.themes().get(0).typicalDocuments()).hasSize(1);
        assertThat(report.outliers()).isEmpty();
        assertThat(report.unassignedDocuments()).isZero();
    }

    @Test
    void emptyCollectionHasAnEmptyReport() {
        assertThat(new CorpusAnalyzer(ALL).finish())
                .isEqualTo(
                        new CorpusReport(0, List.of(), 0, List.of(), 0, 0, List.of(), Map.of(), Map.of(), List.of()));
    }

    @Test
    void oneDocumentIsNoThemeAndNoOutlier() {
        CorpusReport report = SyntheticCorpus.analyze(
                ALL, List.of(new SyntheticCorpus.Document("The runway is wet", new float[] {1, 2}, 0)));

        assertThat(report.documents()).isEqualTo(1);
        assertThat(report.themes()).isEmpty();
        assertThat(report.unassignedDocuments()).isEqualTo(1);
        assertThat(report.outliers()).isEmpty();
        assertThat(report.keyPhrases()).extracting(KeyPhrase::text).containsExactlyInAnyOrder("runway", "wet");
        assertThat(report.keyPhrases()).allMatch(phrase -> phrase.score() > 0 && phrase.documents() == 1);
    }

    @ParameterizedTest
    @CsvSource({"0.9f, 1, 0", "-0.9f, 0, 2"})
    void twoDocumentsAreAThemeIfTheyAreAlike(float second, int themes, int unassigned) {
        CorpusReport report = SyntheticCorpus.analyze(
                ALL,
                List.of(
                        new SyntheticCorpus.Document("The runway is wet", new float[] {1, 0.1f}, 0),
                        new SyntheticCorpus.Document("Nobody lands there today", new float[] {second, 0.1f}, 0)));

        assertThat(report.themes()).hasSize(themes);
        assertThat(report.unassignedDocuments()).isEqualTo(unassigned);
        assertThat(report.outliers()).hasSize(unassigned);
    }

    @Test
    void collectionOfStraysHasNoTheme() {
        SyntheticCorpus corpus = new SyntheticCorpus(1, DIMENSIONS, 1);

        CorpusReport report = SyntheticCorpus.analyze(
                ALL, IntStream.range(0, 300).mapToObj(i -> corpus.stray()).toList());

        assertThat(report.unassignedDocuments()).isGreaterThan(285);
        assertThat(report.outliers()).hasSize(20);
        assertThat(report.duplicateGroups()).isEmpty();
    }

    @Test
    void languagesAndSentimentsAreCountedOverallAndPerTheme() {
        SyntheticCorpus corpus = new SyntheticCorpus(1, DIMENSIONS, 1);
        CorpusAnalyzer analyzer = new CorpusAnalyzer(ALL);
        for (int i = 0; i < 100; i++) {
            SyntheticCorpus.Document document = corpus.about(i % 2);
            analyzer.add(
                    i + 1,
                    "",
                    document.text(),
                    Optional.of(document.vector()),
                    Optional.of(i % 2 == 0 ? "NEGATIVE" : i < 20 ? "NEUTRAL" : "POSITIVE"),
                    Optional.of(i < 30 ? "und" : "en"));
        }

        CorpusReport report = analyzer.finish();

        assertThat(report.sentiments())
                .containsExactly(entry("NEGATIVE", 50L), entry("NEUTRAL", 10L), entry("POSITIVE", 40L));
        assertThat(report.languages()).containsExactly(entry("en", 70L), entry("und", 30L));
        assertThat(report.themes())
                .extracting(Theme::sentiments)
                .containsExactlyInAnyOrder(Map.of("NEGATIVE", 50L), Map.of("NEUTRAL", 10L, "POSITIVE", 40L));
    }

    @Test
    void stopsWhereverACheckpointThrowsAndCanBeAskedAgain() {
        CorpusAnalyzer analyzer = new CorpusAnalyzer(ALL);
        for (SyntheticCorpus.Document document : new SyntheticCorpus(3, 16, 0.3).documents(3, 40)) {
            analyzer.add(
                    analyzer.size() + 1,
                    "",
                    document.text(),
                    Optional.of(document.vector()),
                    Optional.empty(),
                    Optional.empty());
        }
        CorpusReport report = analyzer.finish();
        AtomicInteger checkpoints = new AtomicInteger();
        analyzer.finish(checkpoints::incrementAndGet);
        assertThat(checkpoints.get()).as("one a document at the least").isGreaterThan(120);

        for (int last = 0; last < checkpoints.get(); last += 7) {
            AtomicInteger left = new AtomicInteger(last);
            assertThatThrownBy(() -> analyzer.finish(() -> {
                        if (left.getAndDecrement() == 0) {
                            throw new IllegalStateException("not wanted any more");
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(analyzer.finish()).isEqualTo(report);
    }

    @Test
    void whatWasNotAskedForIsEmpty() {
        CorpusAnalyzer analyzer = new CorpusAnalyzer(new Options(false, false, 10, 0.8, 20));
        add(analyzer, "The same");
        add(analyzer, "The same");

        CorpusReport report = analyzer.finish();

        assertThat(report.documents()).isEqualTo(2);
        assertThat(report.themes()).isEmpty();
        assertThat(report.duplicateGroups()).isEmpty();
        assertThat(report.outliers()).isEmpty();
        assertThat(report.keyPhrases()).isEmpty();
        assertThat(report.sentiments()).isEmpty();
        assertThat(report.languages()).isEmpty();
    }

    @Test
    void listsAreAsLongAsAskedForAndCountsAreThoseOfAll() {
        SyntheticCorpus corpus = new SyntheticCorpus(1, DIMENSIONS, 1);
        List<SyntheticCorpus.Document> documents = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            SyntheticCorpus.Document document = corpus.stray();
            documents.add(document);
            documents.add(document);
            documents.add(corpus.stray());
        }

        CorpusReport report = SyntheticCorpus.analyze(new Options(true, true, 10, 0.8, 3), documents);

        assertThat(report.duplicateGroups()).hasSize(3);
        assertThat(report.duplicateGroupCount()).isEqualTo(30);
        assertThat(report.outliers()).hasSize(3);
        assertThat(report.keyPhrases()).hasSize(3);
    }

    @Test
    void excerptIsTheBeginningAndNeverHalfACharacter() {
        CorpusAnalyzer analyzer = new CorpusAnalyzer(new Options(true, false, 10, 1, 20));
        String text = "a".repeat(199) + "😀".repeat(10);
        for (int i = 0; i < 2; i++) {
            analyzer.add(
                    i + 7,
                    i == 0 ? "mine" : "",
                    text,
                    Optional.of(new float[] {1}),
                    Optional.empty(),
                    Optional.empty());
        }

        assertThat(analyzer.finish().duplicateGroups().get(0).documents())
                .containsExactly(
                        new CorpusReport.Document("mine", 7, "a".repeat(199), 1),
                        new CorpusReport.Document("8", 8, "a".repeat(199), 1));
    }

    @Test
    void sameDocumentsGiveTheSameReport() {
        List<SyntheticCorpus.Document> documents = new SyntheticCorpus(1, DIMENSIONS, 1).documents(4, 60);

        assertThat(SyntheticCorpus.analyze(ALL, documents)).isEqualTo(SyntheticCorpus.analyze(ALL, documents));
    }

    @Test
    void documentWithABadVectorIsNotTakenIn() {
        CorpusAnalyzer analyzer = new CorpusAnalyzer(ALL);
        analyzer.add(1, "", "The runway", Optional.of(new float[] {1, 2}), Optional.empty(), Optional.empty());

        assertThatThrownBy(() -> analyzer.add(
                        2, "", "A refund", Optional.of(new float[3]), Optional.of("POSITIVE"), Optional.of("en")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vector: 3 dimensions (expected: 2)");
        assertThatThrownBy(() -> add(analyzer, "A refund"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vector: none (expected: one)");

        CorpusReport report = analyzer.finish();
        assertThat(report.documents()).isEqualTo(1);
        assertThat(report.languages()).isEmpty();
        assertThat(report.keyPhrases()).extracting(KeyPhrase::text).containsExactly("runway");
    }

    @Test
    void optionsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new Options(true, true, 0, 0.8, 20)).hasMessage("maxThemes: 0 (expected: >= 1)");
        assertThatThrownBy(() -> new Options(true, true, 10, 0, 20))
                .hasMessage("duplicateSimilarity: 0.0 (expected: > 0 and <= 1)");
        assertThatThrownBy(() -> new Options(true, true, 10, 0.8, -1)).hasMessage("maxItems: -1 (expected: >= 1)");
    }

    private static void add(CorpusAnalyzer analyzer, String text) {
        analyzer.add(analyzer.size() + 1, "", text, Optional.empty(), Optional.empty(), Optional.empty());
    }
}
