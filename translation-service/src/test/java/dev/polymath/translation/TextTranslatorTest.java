package dev.polymath.translation;

import static dev.polymath.translation.FakeTranslationModel.UPPER_CASE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.translation.TranslationModel.Search;
import dev.polymath.translation.format.HtmlFormat;
import dev.polymath.translation.format.PlainTextFormat;
import dev.polymath.translation.format.TextFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextTranslatorTest {
    private static final LanguagePair EN_DE = new LanguagePair("en", "de");
    private static final TextFormat TEXT = new PlainTextFormat();
    private static final TextFormat HTML = new HtmlFormat();

    @Test
    void sentencesAreTranslatedOneByOneAndSpacingSurvives() {
        FakeTranslationModel model = FakeTranslationModel.upperCase();

        String translation = translate(
                        "  Dear Jane,\n\n- One thing.  And another.\r\n- Two\tcells\n\n\nBye. ", TEXT, model)
                .text();

        assertThat(translation).isEqualTo("  DEAR JANE,\n\n- ONE THING.  AND ANOTHER.\r\n- TWO\tCELLS\n\n\nBYE. ");
        assertThat(model.asked()).containsExactly("Dear Jane,", "One thing.", "And another.", "Two", "cells", "Bye.");
    }

    @Test
    void aWrappedSentenceIsReadAsOneAndKeepsItsLines() {
        FakeTranslationModel model = FakeTranslationModel.upperCase();

        String translation = translate("This sentence was wrapped\nby an old mail program\nlong ago.", TEXT, model)
                .text();

        assertThat(model.asked()).containsExactly("This sentence was wrapped by an old mail program long ago.");
        assertThat(translation).isEqualTo("THIS SENTENCE WAS WRAPPED\nBY AN OLD MAIL PROGRAM\nLONG AGO.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.org/a(b)?q=1&r=%20x",
                "www.example.org/x",
                "jane.doe+x@mail.example.org",
                "`git commit -m \"x\"`",
                "{0}",
                "${user.name}",
                "%s",
                "%1$s",
                "{{count}}",
                "%(name)s",
                "👩‍🚀",
                "snake_case_name",
                "camelCase",
                "run()",
                "--verbose",
                "/usr/local/bin",
                "config.yaml",
                "@jane",
                "#todo",
                "<br/>",
                ">>fr<<",
                "</s>",
                "<x3>"
            })
    void whatIsNoLanguageStays(String kept) {
        FakeTranslationModel model = FakeTranslationModel.upperCase();

        String translation =
                translate("Please see " + kept + " for more.", TEXT, model).text();

        assertThat(translation).isEqualTo("PLEASE SEE " + kept + " FOR MORE.");
        assertThat(model.asked()).containsExactly("Please see <x0> for more.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"12345 67.8", "👍🏽 🎉", "…", "https://example.org", "{0}: %s", "-----"})
    void whatHasNoWordsIsNotGivenToTheModel(String text) {
        FakeTranslationModel model = FakeTranslationModel.upperCase();

        assertThat(translate(text, TEXT, model).text()).isEqualTo(text);
        assertThat(model.asked()).isEmpty();
    }

    @Test
    void emojiAtTheEndOfASentenceStaysThereWithoutTheModel() {
        FakeTranslationModel model = FakeTranslationModel.upperCase();

        assertThat(translate("Great work 👍 See you!", TEXT, model).text()).isEqualTo("GREAT WORK 👍 SEE YOU!");
    }

    @Test
    void glossaryTermsAppearAsAskedAndAreCounted() {
        FakeTranslationModel model = FakeTranslationModel.upperCase();
        List<GlossaryTerm> terms = List.of(
                new GlossaryTerm("machine learning", "maschinelles Lernen", true, 0),
                new GlossaryTerm("machine", "Gerät", true, 1),
                new GlossaryTerm("Polymath", "Polymath", false, -1),
                new GlossaryTerm("absent", "x", true, 2));

        TextTranslation translation = translate(
                "Machine learning with Polymath needs no machine. Machines of a polymath use machine\nlearning too.",
                TEXT,
                model,
                terms);

        assertThat(translation.text())
                .isEqualTo("maschinelles Lernen WITH Polymath NEEDS NO Gerät. MACHINES OF A POLYMATH USE"
                        + " maschinelles Lernen\nTOO.");
        assertThat(translation.terms()).containsOnly(Map.entry(0, 2), Map.entry(1, 1));
    }

    @Test
    void aTermInsideAUrlIsNoTerm() {
        TextTranslation translation = translate(
                "See https://example.org/machine for the machine.",
                TEXT,
                FakeTranslationModel.upperCase(),
                List.of(new GlossaryTerm("machine", "Gerät", true, 0)));

        assertThat(translation.text()).isEqualTo("SEE https://example.org/machine FOR THE Gerät.");
    }

    @ParameterizedTest
    @CsvSource({
        "drops it, Please open and wait.",
        "repeats it, Please open <x0> and <x0> wait.",
        "invents one, Please open <x0> and <x7> wait.",
    })
    void aModelThatLosesAPlaceholderIsGivenThePiecesAroundIt(String what, String answer) {
        FakeTranslationModel model =
                FakeTranslationModel.answering(text -> text.contains("<x") ? answer : UPPER_CASE.apply(text));

        String translation = translate("Please open {0} and wait.", TEXT, model).text();

        assertThat(translation).isEqualTo("PLEASE OPEN {0} AND WAIT.");
        assertThat(model.asked()).containsExactly("Please open <x0> and wait.", "Please open", "and wait.");
    }

    @Test
    void theNextBestAnswerIsTakenIfItHasKeptThePlaceholder() {
        FakeTranslationModel model = FakeTranslationModel.answering(text -> "Lost.", UPPER_CASE);

        TextTranslation translation = translate("Please open {0}.", TEXT, model);

        assertThat(translation.text()).isEqualTo("PLEASE OPEN {0}.");
        assertThat(model.asked()).hasSize(1);
    }

    @Test
    void spacesAroundWhatWasKeptAreThoseOfTheSentence() {
        FakeTranslationModel model =
                FakeTranslationModel.answering(text -> UPPER_CASE.apply(text.replace(" <x0>!", "<x0> !")));

        assertThat(translate("Good morning {0}!", TEXT, model).text()).isEqualTo("GOOD MORNING {0}!");
    }

    @Test
    void aModelWithoutPlaceholdersIsGivenThePieces() {
        FakeTranslationModel model = FakeTranslationModel.upperCase().withoutPlaceholders();

        assertThat(translate("Please open {0} and wait.", TEXT, model).text()).isEqualTo("PLEASE OPEN {0} AND WAIT.");
    }

    @Test
    void aSentenceWithMorePlaceholdersThanTheModelHasIsDivided() {
        FakeTranslationModel model = FakeTranslationModel.upperCase();
        String sentence =
                IntStream.range(0, 35).mapToObj(i -> "word {" + i + "}").collect(Collectors.joining(", "));

        assertThat(translate(sentence, TEXT, model).text()).isEqualTo(sentence.replace("word", "WORD"));
        assertThat(model.asked()).hasSizeGreaterThan(3);
    }

    @Test
    void numbersThatTheModelChangesAreTakenOutOfItsHands() {
        FakeTranslationModel model =
                FakeTranslationModel.answering(text -> UPPER_CASE.apply(text.replace("1,250", "1250 0")));

        assertThat(translate("It costs 1,250 dollars in 2024.", TEXT, model).text())
                .isEqualTo("IT COSTS 1,250 DOLLARS IN 2024.");
    }

    @Test
    void theSeparatorsOfANumberMayChange() {
        FakeTranslationModel model =
                FakeTranslationModel.answering(text -> UPPER_CASE.apply(text.replace("1,250.5", "1.250,5")));

        assertThat(translate("It costs 1,250.5 dollars.", TEXT, model).text()).isEqualTo("IT COSTS 1.250,5 DOLLARS.");
        assertThat(model.asked()).hasSize(1);
    }

    @Test
    void aSentenceThatIsTooLongIsDividedAtItsClausesAndNothingIsLost() {
        FakeTranslationModel model = FakeTranslationModel.upperCase().withMaxTokens(40);
        String sentence = "When it rained, which was often, we stayed at home and read the books that we had found";

        TextTranslation translation = translate(sentence, TEXT, model);

        assertThat(translation.text()).isEqualTo(sentence.toUpperCase(Locale.ROOT));
        assertThat(model.asked()).allSatisfy(text -> assertThat(text).hasSizeLessThanOrEqualTo(40));
        assertThat(translation.pieces()).isEqualTo(model.asked().size());
    }

    @Test
    void aTextOf100000CharactersIsTranslatedToItsEnd() {
        FakeTranslationModel model = FakeTranslationModel.upperCase();
        String text = "It rained all day, and {0} people stayed at home.\n".repeat(2000);

        TextTranslation translation = translate(text, TEXT, model);

        assertThat(text.length()).isEqualTo(100_000);
        assertThat(translation.text()).isEqualTo(text.toUpperCase(Locale.ROOT));
        assertThat(translation.pieces()).isEqualTo(2000);
    }

    @Test
    void aWordLongerThanAnyStaysAsItIs() {
        FakeTranslationModel model = FakeTranslationModel.upperCase();
        String word = "abcdefghij".repeat(1000);

        assertThat(translate("The word " + word + " is long.", TEXT, model).text())
                .isEqualTo("THE WORD " + word + " IS LONG.");
    }

    @Test
    void aTextWithoutSpacesIsDividedAtCharacters() {
        FakeTranslationModel model = FakeTranslationModel.upperCase().withMaxTokens(50);
        String text = "漢字".repeat(500);

        assertThat(translate(text, TEXT, model).text()).isEqualTo(text);
        assertThat(model.asked()).hasSizeGreaterThan(10);
    }

    @Test
    void aSentenceThatTheModelDoesNotEndIsDividedAndAtLastKept() {
        FakeTranslationModel model = FakeTranslationModel.answering(text -> "so so so so…");

        TextTranslation translation = translate("Some words, and some more words", TEXT, model);

        assertThat(translation.text()).isEqualTo("Some words, and some more words");
        assertThat(translation.kept()).isEqualTo(25);
    }

    @Test
    void anEmptyAnswerIsNoTranslation() {
        FakeTranslationModel model =
                FakeTranslationModel.answering(text -> text.length() > 6 ? " " : UPPER_CASE.apply(text));

        assertThat(translate("Hello there", TEXT, model).text()).isEqualTo("HELLO THERE");
    }

    @Test
    void aFullStopThatTheModelAddsIsTakenOff() {
        FakeTranslationModel model = FakeTranslationModel.answering(text -> UPPER_CASE.apply(text) + ".");

        assertThat(translate("A heading\n\nA sentence", TEXT, model).text()).isEqualTo("A HEADING\n\nA SENTENCE");
    }

    @Test
    void alternativesAreTheNextBestOfEachSentence() {
        FakeTranslationModel model =
                FakeTranslationModel.answering(UPPER_CASE, text -> "b: " + text, text -> "c: " + text);

        TextTranslation translation = translate("One. Two.", TEXT, model, List.of(), new Search(0, 5));

        assertThat(translation.text()).isEqualTo("ONE. TWO.");
        assertThat(translation.alternatives())
                .extracting(TextTranslation.Alternative::text)
                .containsExactly("b: One. b: Two.", "c: One. c: Two.");
        assertThat(translation.score()).isEqualTo(-0.1);
        assertThat(translation.alternatives())
                .extracting(TextTranslation.Alternative::score)
                .containsExactly(-0.2, -0.30000000000000004);
    }

    @Test
    void tagsMoveWithTheirWords() {
        FakeTranslationModel model =
                FakeTranslationModel.answering(text -> text.equals("The <x0> red <x1> house <x2> here <x3>.")
                        ? "Hier <x2> steht <x3> das <x0> rote <x1> Haus."
                        : text);

        String translation = translate("<p>The <b>red</b> house <i>here</i>.</p>", HTML, model)
                .text();

        assertThat(translation).isEqualTo("<p>Hier <i>steht</i> das <b>rote</b> Haus.</p>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Das <x1> rote <x0> Haus.",
                "Das <x0> rote Haus.",
                "<x0> <x0> Das <x1> Haus.",
                "Das rote <x0> <x1> Haus.",
                "Das rote <x0>, <x1> Haus."
            })
    void tagsThatTheModelMixesUpAreKeptAroundTheirWords(String answer) {
        FakeTranslationModel model =
                FakeTranslationModel.answering(text -> text.contains("<x") ? answer : UPPER_CASE.apply(text));

        assertThat(translate("<p>The <b>red</b> house.</p>", HTML, model).text())
                .isEqualTo("<p>THE <b>RED</b> HOUSE.</p>");
    }

    @Test
    void tagsThatTheModelLosesArePutWhereTheirWordsAre() {
        Map<String, String> dictionary = Map.of(
                "The red house, the blue sea.", "Das blaue Meer, das rote Haus.",
                "red house", "Das rote Haus",
                "house", "Ein Haus",
                "blue", "blaue");
        FakeTranslationModel model = FakeTranslationModel.answering(text -> dictionary.getOrDefault(text, "lost"))
                .withoutPlaceholders();

        assertThat(translate("<p>The <b>red <i>house</i></b>, the <u>blue</u> sea.</p>", HTML, model)
                        .text())
                .isEqualTo("<p>Das <u>blaue</u> Meer, <b>das rote <i>Haus</i></b>.</p>");
    }

    @Test
    void aTermDoesNotLeaveItsTag() {
        FakeTranslationModel model = FakeTranslationModel.answering(
                text -> text.contains("<x") ? "<x1> See <x0> this <x2>." : UPPER_CASE.apply(text));

        assertThat(translate("<p>See <b>the https://example.org</b>.</p>", HTML, model)
                        .text())
                .isEqualTo("<p>SEE <b>THE https://example.org</b>.</p>");
    }

    @Test
    void aTextGoesThroughThePivotSentenceBySentence() {
        FakeTranslationModel in =
                FakeTranslationModel.answering(text -> "en(" + text + ")").withPairs(new LanguagePair("de", "en"));
        FakeTranslationModel out =
                FakeTranslationModel.answering(text -> "fr(" + text + ")").withPairs(new LanguagePair("en", "fr"));
        Route route = new Routes(List.of(in, out), "en")
                .find(new LanguagePair("de", "fr"))
                .orElseThrow();

        TextTranslation translation =
                translate("Ein Satz. Noch einer mit {0}.", TEXT, route, List.of(), new Search(0, 0));

        assertThat(route.pivot()).isEqualTo("en");
        assertThat(translation.text()).isEqualTo("fr(en(Ein Satz.)) fr(en(Noch einer mit {0}.))");
        assertThat(translation.receipts()).hasSize(4);
    }

    @Test
    void partsTogetherAreTheWhole() {
        for (String source : List.of(
                "One. Two.\n\n  Three? ",
                "12 34",
                "",
                "<p title='A b'>One <img alt=\"Two\"> three. Four.</p> <!-- x --> <b>five</b> <p>👍</p>")) {
            RunningTranslation running = new TextTranslator(Runnable::run)
                    .prepare(
                            HTML.read(source),
                            route(FakeTranslationModel.upperCase()),
                            List.of(),
                            new Search(0, 0),
                            Call.unbounded(),
                            true);
            List<CompletableFuture<String>> parts = running.parts();
            running.submit();

            assertThat(parts.stream().map(CompletableFuture::join).collect(Collectors.joining()))
                    .isEqualTo(running.whole().join().text());
        }
    }

    @Test
    void aCancelledCallFailsTheText() {
        Call call = Call.unbounded();
        call.cancel();
        RunningTranslation running = new TextTranslator(Runnable::run)
                .prepare(
                        TEXT.read("One. Two."),
                        route(FakeTranslationModel.upperCase()),
                        List.of(),
                        new Search(0, 0),
                        call,
                        true);
        running.submit();

        assertThatThrownBy(() -> running.whole().join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        InferenceException.class,
                        e -> assertThat(e.kind()).isEqualTo(InferenceException.Kind.CANCELLED));
    }

    /** Random texts of words and of what must survive, with models that lose placeholders at random. */
    @ParameterizedTest
    @ValueSource(ints = {0, 40, 12})
    void nothingIsLostWhateverTheModelDoes(int maxTokens) {
        Random random = new Random(7);
        String[] parts = {
            "word",
            "Another",
            "two words",
            "{0}",
            "${name}",
            "%s",
            "https://example.org/x?y=1",
            "👍",
            "12.5",
            "1,000",
            ". ",
            ", ",
            "! ",
            "\n",
            "\n\n- ",
            "\t",
            "  ",
            " ",
            " ",
            " ",
            "`x y`",
            "(",
            ")",
            "é",
            "漢字",
            "\r\n",
            "<b>",
            "🇩🇪",
            "\uF8FF",
            "\uDB80\uDC00",
            "a@b.org",
            "\"",
            "'",
            ">>de<<",
            "<x1>"
        };
        for (int round = 0; round < 400; round++) {
            StringBuilder source = new StringBuilder();
            for (int i = random.nextInt(30); i >= 0; i--) {
                source.append(parts[random.nextInt(parts.length)]);
            }
            Random moods = new Random(round);
            FakeTranslationModel model = FakeTranslationModel.answering(text -> switch (moods.nextInt(4)) {
                case 0 -> UPPER_CASE.apply(text.replaceFirst("<x[0-9]>", ""));
                case 1 -> UPPER_CASE.apply(text.replaceFirst("(<x[0-9]>)", "$1 $1"));
                default -> UPPER_CASE.apply(text);
            });
            TextTranslation translation =
                    translate(source.toString(), TEXT, maxTokens == 0 ? model : model.withMaxTokens(maxTokens));

            assertThat(squeezed(translation.text()))
                    .as("round %d of %s", round, source)
                    .isEqualToIgnoringCase(squeezed(source.toString()));
        }
    }

    /** Without single spaces and line breaks, which may move. */
    private static String squeezed(String text) {
        return text.replaceAll("[ \\n\\r\\t]", "");
    }

    private static TextTranslation translate(String text, TextFormat format, FakeTranslationModel model) {
        return translate(text, format, model, List.of());
    }

    private static TextTranslation translate(
            String text, TextFormat format, FakeTranslationModel model, List<GlossaryTerm> terms) {
        return translate(text, format, model, terms, new Search(0, 0));
    }

    private static TextTranslation translate(
            String text, TextFormat format, FakeTranslationModel model, List<GlossaryTerm> terms, Search search) {
        return translate(text, format, route(model), terms, search);
    }

    private static TextTranslation translate(
            String text, TextFormat format, Route route, List<GlossaryTerm> terms, Search search) {
        RunningTranslation running = new TextTranslator(Runnable::run)
                .prepare(format.read(text), route, terms, search, Call.unbounded(), true);
        running.submit();
        return running.whole().join();
    }

    private static Route route(TranslationModel model) {
        return new Route(EN_DE, List.of(new Route.Step(model, EN_DE)));
    }
}
