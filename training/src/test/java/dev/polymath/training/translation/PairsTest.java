package dev.polymath.training.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.training.BadDataException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading, cleaning and holding out pairs. */
class PairsTest {
    private static final LanguagePair EN_DE = new LanguagePair("en", "de");
    private static final LanguagePair EN_FR = new LanguagePair("en", "fr");

    @TempDir
    private Path folder;

    @Test
    void aFileIsGivenWithItsLanguagesAndItsWeight() {
        ParallelFile file = ParallelFile.parse("en-de=some/a=b.tsv.gz:0.5");

        assertThat(file.languages()).isEqualTo(EN_DE);
        assertThat(file.file().path()).isEqualTo(Path.of("some/a=b.tsv.gz"));
        assertThat(file.weight()).isEqualTo(0.5);
        assertThat(ParallelFile.parse("en-de=a.tsv").weight()).isEqualTo(1);
    }

    @Test
    void whatIsNoFileWithLanguagesIsRefused() {
        assertThatThrownBy(() -> ParallelFile.parse("a.tsv"))
                .hasMessageContaining("'a.tsv' (expected: LANGUAGES=FILE or LANGUAGES=FILE:WEIGHT");
        assertThatThrownBy(() -> ParallelFile.parse("en=a.tsv"))
                .hasMessage("language pair: 'en' (expected: two languages, e.g. en-de)");
        assertThatThrownBy(() -> ParallelFile.parse("en-en=a.tsv")).hasMessageContaining("two languages");
        assertThatThrownBy(() -> ParallelFile.parse("en-de=a.tsv:0")).hasMessage("a.tsv: weight: 0.0 (expected: > 0)");
    }

    @Test
    void pairsAreReadFromPlainAndCompressedTextAndFurtherColumnsIgnored() throws IOException {
        Path file = folder.resolve("pairs.tsv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("Go. \tGeh.\tCC-BY\n\n\"Yes\"\t„Ja“\n".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(ParallelFile.parse("en-de=" + file).read())
                .containsExactly(pair("Go.", "Geh."), pair("\"Yes\"", "„Ja“"));
    }

    @Test
    void aLineWithoutATabIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("pairs.tsv"), "Go.\tGeh.\nStop.\n");

        assertThatThrownBy(() -> ParallelFile.parse("en-de=" + file).read())
                .isInstanceOf(BadDataException.class)
                .hasMessage(file + ":2: no tab (expected: en TAB de)");
    }

    @Test
    void whatIsEmptyLongUnlikeUntranslatedOrSeenBeforeIsDroppedAndCounted() {
        PairCleaning cleaning = new PairCleaning();
        List<SentencePair> pairs = List.of(
                pair("Go.", "Geh."),
                pair("", "Geh."),
                pair("a".repeat(500), "b".repeat(500)),
                pair("Yes.", "Ja, das habe ich ihm gestern auch schon gesagt, und er war nicht froh."),
                pair("This was not translated at all", "this was not translated at all"),
                pair("Go.", "Geh\u00a0."),
                pair("Go.", "Geh ."),
                pair("Tom", "Tom"));

        PairCleaning.Result result = cleaning.clean(pairs, new LanguageCheck());

        assertThat(result.pairs()).containsExactly(pairs.get(0), pairs.get(5), pairs.get(7));
        assertThat(result.dropped())
                .containsEntry("empty", 1)
                .containsEntry("too long", 1)
                .containsEntry("of unlike length", 1)
                .containsEntry("not translated", 1)
                .containsEntry("twice", 1)
                .hasSize(5);
        assertThat(result.describe()).startsWith("3 pairs, dropped: 1 empty, 1 too long");
    }

    @Test
    void whatAnotherFileHadIsATwiceToo() {
        HashSet<String> known = new HashSet<>();
        PairCleaning cleaning = new PairCleaning();
        cleaning.clean(List.of(pair("Go.", "Geh.")), known, new LanguageCheck());

        assertThat(cleaning.clean(List.of(pair("Go.", "Geh.")), known, new LanguageCheck())
                        .pairs())
                .isEmpty();
    }

    @Test
    void aSentenceInAnotherOfTheLanguagesIsFound() throws IOException {
        LanguageCheck check = new LanguageCheck();
        for (String name : List.of("en-de", "en-es")) {
            ParallelFile file = ParallelFile.parse(name + "=" + Path.of("examples", "translation", name + ".tsv"));
            for (SentencePair pair : file.read()) {
                check.add(pair.languages().first(), pair.first());
                check.add(pair.languages().second(), pair.second());
            }
        }

        assertThat(check.isWrong("de", "The woman looks for the child again.")).isTrue();
        assertThat(check.isWrong("de", "Die Frau sucht wieder das Kind.")).isFalse();
        assertThat(check.isWrong("es", "Die Frau sucht wieder das Kind.")).isTrue();
        // too short to be sure
        assertThat(check.isWrong("de", "The woman.")).isFalse();
    }

    @Test
    void heldOutSentencesAreInNoFileWhateverTheirCaseAndPunctuation() {
        List<SentencePair> german = pairs(EN_DE, 50);
        List<SentencePair> french = pairs(EN_FR, 50);
        Map<LanguagePair, List<SentencePair>> candidates = new LinkedHashMap<>();
        candidates.put(EN_DE, german);
        candidates.put(EN_FR, french);

        HeldOutPairs heldOut = HeldOutPairs.choose(candidates, 5, 10);

        assertThat(heldOut.dev().get(EN_DE)).hasSize(5);
        assertThat(heldOut.test().get(EN_DE))
                .hasSize(10)
                .doesNotContainAnyElementsOf(
                        Objects.requireNonNull(heldOut.dev().get(EN_DE)));
        SentencePair held = Objects.requireNonNull(heldOut.test().get(EN_DE)).get(0);
        // the same English sentence is held out of the French file, and so is the same German of another English one
        SentencePair elsewhere = new SentencePair(EN_FR, held.first().toUpperCase(Locale.ROOT) + "!!", "autre");
        SentencePair back = new SentencePair(EN_DE, "something else", held.second() + " ?");
        SentencePair free = new SentencePair(EN_DE, "never seen", "nie gesehen");
        assertThat(heldOut.without(List.of(elsewhere, back, free))).containsExactly(free);
        assertThat(heldOut.without(german)).doesNotContain(held).hasSizeLessThanOrEqualTo(35);
    }

    @Test
    void theSameSentencesAreHeldOutOfMoreDataInAnotherOrder() {
        List<SentencePair> pairs = new ArrayList<>(pairs(EN_DE, 50));
        List<SentencePair> before =
                HeldOutPairs.choose(Map.of(EN_DE, pairs), 5, 0).dev().get(EN_DE);
        Collections.shuffle(pairs, new Random(1));

        assertThat(HeldOutPairs.choose(Map.of(EN_DE, pairs), 5, 0).dev().get(EN_DE))
                .isEqualTo(before);
    }

    @Test
    void moreSentencesThanThereAreCannotBeHeldOut() {
        assertThatThrownBy(() -> HeldOutPairs.choose(Map.of(EN_DE, pairs(EN_DE, 5)), 3, 3))
                .hasMessage("dev and test sentences: 6 (expected: fewer than the 5 of en-de)");
    }

    @Test
    void theSharedLanguageChoosesTheSentences() {
        assertThat(HeldOutPairs.pivot(List.of(EN_DE, EN_FR))).isEqualTo("en");
        assertThat(HeldOutPairs.pivot(List.of(new LanguagePair("de", "en"), new LanguagePair("fr", "en"))))
                .isEqualTo("en");
        assertThat(HeldOutPairs.pivot(List.of(EN_DE))).isEqualTo("en");
    }

    private static List<SentencePair> pairs(LanguagePair languages, int count) {
        List<SentencePair> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pairs.add(new SentencePair(languages, "sentence number " + i, languages.second() + " satz " + i));
        }
        return pairs;
    }

    private static SentencePair pair(String first, String second) {
        return new SentencePair(EN_DE, first, second);
    }
}
