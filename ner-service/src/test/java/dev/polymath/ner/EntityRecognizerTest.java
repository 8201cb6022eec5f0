package dev.polymath.ner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class EntityRecognizerTest {
    private static final String TEXT = "Angela Merkel visited SAP in Walldorf on 3 November 2025 and paid €12,50.";

    private static final String TOO_COSTLY = "a".repeat(20_000);
    private static final RecognitionOptions QUADRATIC =
            new RecognitionOptions(Set.of(), 0, List.of(new EntityPattern("X", "(?s)a.*b|a", 0)));

    private final FakeModel model = new FakeModel()
            .knows("PERSON", "Angela Merkel", 0.99)
            .knows("ORGANIZATION", "SAP", 0.6)
            .knows("LOCATION", "Walldorf", 0.9);
    private final EntityRecognizer recognizer =
            new EntityRecognizer(model, List.of("PERSON", "ORGANIZATION", "LOCATION", "SHIP"), Recognizer.standard());

    private List<Entity> recognize(String text, RecognitionOptions options) {
        return recognizer
                .recognize(text, Locale.ENGLISH, options, Call.unbounded())
                .join()
                .entities();
    }

    @Test
    void entitiesOfModelAndRecognizersComeInTheOrderOfTheText() {
        List<Entity> entities = recognize(TEXT, RecognitionOptions.ALL);

        assertThat(entities)
                .extracting(Entity::type)
                .containsExactly("PERSON", "ORGANIZATION", "LOCATION", "DATE", "MONEY");
        assertThat(entities)
                .allSatisfy(entity ->
                        assertThat(TEXT.substring(entity.begin(), entity.end())).isEqualTo(entity.text()));
        assertThat(entities.get(0).recognizer()).isEqualTo("model");
        assertThat(entities.get(0).confidence()).isEqualTo(0.99f);
        assertThat(entities.get(3).recognizer()).isEqualTo("date");
    }

    @Test
    void onlyWantedTypesAreReturned() {
        assertThat(recognize(TEXT, new RecognitionOptions(Set.of("DATE", "PERSON"), 0, List.of())))
                .extracting(Entity::type)
                .containsExactly("PERSON", "DATE");
    }

    @Test
    void anEntityOfAnUnwantedTypeStillWinsOverAnOverlap() {
        EntityPattern pattern = new EntityPattern("NAME", "Angela", 1);

        assertThat(recognize(TEXT, new RecognitionOptions(Set.of("NAME"), 0, List.of(pattern))))
                .isEmpty();
    }

    @Test
    void leastConfidenceIsInclusive() {
        assertThat(recognize(TEXT, new RecognitionOptions(Set.of(), 0.95, List.of())))
                .extracting(Entity::type)
                .containsExactly("PERSON", "DATE", "MONEY");
    }

    @Test
    void patternsOfTheRequestFindNewTypes() {
        EntityPattern pattern = new EntityPattern("ORDER", "order (?P<value>[A-Z]-\\d+)", 0);

        List<Entity> entities = recognize("Your order B-17", new RecognitionOptions(Set.of(), 0, List.of(pattern)));

        assertThat(entities).containsExactly(new Entity("B-17", "ORDER", "", 11, 15, 0.9, "pattern", ""));
    }

    @Test
    void typesOfModelComeFirstAndUnknownOnesAreListedToo() {
        List<EntityType> types = recognizer.entityTypes();

        assertThat(types).extracting(EntityType::type).startsWith("PERSON", "ORGANIZATION", "LOCATION", "SHIP", "DATE");
        assertThat(types.get(0)).returns("model", EntityType::recognizer).returns(0.0, EntityType::confidence);
        assertThat(types).extracting(EntityType::description).noneMatch(String::isEmpty);
    }

    @Test
    void failureOfTheModelIsTheFailureOfTheRecognition() {
        InferenceException overloaded = new InferenceException(Kind.OVERLOADED, "full");
        EntityRecognizer failing = new EntityRecognizer(
                (text, call) -> CompletableFuture.failedFuture(overloaded), List.of("PERSON"), Recognizer.standard());

        assertThatThrownBy(() -> failing.recognize(TEXT, Locale.ENGLISH, RecognitionOptions.ALL, Call.unbounded())
                        .join())
                .isInstanceOf(CompletionException.class)
                .hasCause(overloaded);
    }

    @Test
    void nothingMoreIsDoneForATextThatTheModelRefuses() {
        InferenceException overloaded = new InferenceException(Kind.OVERLOADED, "full");
        EntityRecognizer failing = new EntityRecognizer(
                (text, call) -> CompletableFuture.failedFuture(overloaded), List.of("PERSON"), Recognizer.standard());

        assertThatThrownBy(() -> failing.recognize(TOO_COSTLY, Locale.ENGLISH, QUADRATIC, Call.unbounded())
                        .join())
                .hasCause(overloaded);
    }

    @Test
    void patternThatIsTooCostlyForTheTextFailsTheRecognition() {
        assertThatThrownBy(() -> recognize(TOO_COSTLY, QUADRATIC))
                .hasRootCauseInstanceOf(InferenceException.class)
                .hasMessageContaining("patterns[0].regex: its matches need more than 50 passes over the text");
    }

    @Test
    void cancelledCallStopsThePatterns() {
        Call call = Call.unbounded();
        call.cancel();
        RecognitionOptions options = new RecognitionOptions(Set.of(), 0, List.of(new EntityPattern("X", "b", 0)));

        assertThatThrownBy(() -> recognizer
                        .recognize("a".repeat(100_000), Locale.ENGLISH, options, call)
                        .join())
                .hasCauseInstanceOf(InferenceException.class)
                .hasMessageContaining("cancelled");
    }

    @Test
    void optionsOutOfRangeAreInvalidInput() {
        assertThatThrownBy(() -> new RecognitionOptions(Set.of(), 1.5, List.of()))
                .hasMessage("min_confidence: 1.5 (expected: >= 0 and <= 1)");
        assertThatThrownBy(() -> new RecognitionOptions(Set.of(), Double.NaN, List.of()))
                .hasMessage("min_confidence: NaN (expected: >= 0 and <= 1)");
        assertThatThrownBy(() -> new RecognitionOptions(
                        Set.of(), 0, java.util.Collections.nCopies(101, new EntityPattern("X", "x", 0))))
                .hasMessage("patterns: 101 patterns (expected: <= 100)");
    }

    @Test
    void textWithoutAnythingHasNoEntities() {
        assertThat(recognize("", RecognitionOptions.ALL)).isEmpty();
        assertThat(recognize(" \n\t ", RecognitionOptions.ALL)).isEmpty();
        assertThat(recognize("\uD800 lone \uDC00", RecognitionOptions.ALL)).isEmpty();
    }

    @Test
    void newsParagraphGivesWhatAReaderWouldMark() {
        List<Entity> entities = new FakeModel()
                .entities(
                        "en",
                        "On Tuesday, Nov. 4, 2025, at 9:30 a.m., shares rose 12.5 percent to $48.20 after the firm said it"
                                + " would spend five million euros on a 120 km line; details at www.example.com or +1 650-253-0000.");

        assertThat(entities)
                .extracting(entity -> entity.type() + " " + entity.value())
                .containsExactly(
                        "DATE 2025-11-04",
                        "TIME 09:30",
                        "PERCENT 0.125",
                        "MONEY 48.20 USD",
                        "MONEY 5000000.00 EUR",
                        "QUANTITY 120 km",
                        "URL www.example.com",
                        "PHONE_NUMBER +16502530000");
    }
}
