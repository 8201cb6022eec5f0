package dev.polymath.ner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.ner.ExtractedRecord.FieldMatch;
import dev.polymath.ner.ExtractedRecord.Verdict;
import dev.polymath.ner.RecordSchema.Scope;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordExtractorTest {
    private static final RecordSchema ADDRESS = new RecordSchema(
            List.of(
                    new RecordField("name", List.of("PERSON", "ORGANIZATION"), true, false),
                    new RecordField("street", List.of("STREET_ADDRESS"), false, false),
                    new RecordField("code", List.of("POSTAL_CODE"), true, false),
                    new RecordField("place", List.of("LOCATION"), true, false),
                    new RecordField("contact", List.of("PHONE_NUMBER", "EMAIL"), false, true)),
            Scope.PARAGRAPH);

    private final FakeModel model = new FakeModel()
            .knows("PERSON", "Jane Doe", 0.9)
            .knows("PERSON", "Erika Mustermann", 0.9)
            .knows("PERSON", "John Smith", 0.9)
            .knows("ORGANIZATION", "Acme Ltd", 0.9)
            .knows("LOCATION", "London", 0.9)
            .knows("LOCATION", "Berlin", 0.9);

    private List<ExtractedRecord> extract(RecordSchema schema, Map<String, String> reference, String text) {
        EntityRecognizer recognizer =
                new EntityRecognizer(model, List.of("PERSON", "ORGANIZATION", "LOCATION"), Recognizer.standard());
        return new RecordExtractor(schema, reference, recognizer)
                .extract(text, Locale.UK, model.entities("en-GB", text));
    }

    private static Map<String, String> texts(ExtractedRecord record) {
        return record.fields().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        field -> field.getValue().stream().map(Entity::text).collect(Collectors.joining(" + "))));
    }

    private static RecordSchema schema(Scope scope, RecordField... fields) {
        return new RecordSchema(List.of(fields), scope);
    }

    private static RecordField field(String name, String... types) {
        return new RecordField(name, List.of(types), false, false);
    }

    @Test
    void addressesInLettersAreOneRecordPerParagraph() {
        String text = "Acme Ltd\nJane Doe\n12 Baker Street\nLondon NW1 6XE\n020 7946 0958, jane@example.com\n"
                + "\n \t\nDear all,\nnothing here.\n\n"
                + "Erika Mustermann\r\nHauptstraße 5\r\n10115 Berlin, Germany\r\n\r\n";

        List<ExtractedRecord> records = extract(ADDRESS, Map.of(), text);

        assertThat(records).hasSize(2);
        assertThat(texts(records.get(0)))
                .isEqualTo(Map.of(
                        "name", "Jane Doe",
                        "street", "12 Baker Street",
                        "code", "NW1 6XE",
                        "place", "London",
                        "contact", "020 7946 0958 + jane@example.com"));
        assertThat(text.substring(records.get(0).begin(), records.get(0).end()))
                .startsWith("Acme Ltd\n")
                .endsWith("jane@example.com");
        assertThat(texts(records.get(1)))
                .isEqualTo(Map.of(
                        "name", "Erika Mustermann",
                        "street", "Hauptstraße 5",
                        "code", "10115",
                        "place", "Berlin"));
        assertThat(records).allSatisfy(record -> assertThat(record.missing()).isEmpty());
        assertThat(records.get(0).fields().keySet()).containsExactly("name", "street", "code", "place", "contact");
    }

    @Test
    void requiredFieldsWithoutAValueAreMissingInTheOrderOfTheSchema() {
        assertThat(extract(ADDRESS, Map.of(), "Write to jane@example.com."))
                .singleElement()
                .satisfies(record -> assertThat(record.missing()).containsExactly("name", "code", "place"));
    }

    @Test
    void lineScopeGivesOneRecordPerLine() {
        String text = "Jane Doe, London\r\n\r\nno one\nJohn Smith\u2028Erika Mustermann, Berlin";

        List<ExtractedRecord> records =
                extract(schema(Scope.LINE, field("who", "PERSON"), field("where", "LOCATION")), Map.of(), text);

        assertThat(records)
                .extracting(RecordExtractorTest::texts)
                .containsExactly(
                        Map.of("who", "Jane Doe", "where", "London"),
                        Map.of("who", "John Smith"),
                        Map.of("who", "Erika Mustermann", "where", "Berlin"));
        assertThat(records)
                .extracting(record -> text.substring(record.begin(), record.end()))
                .containsExactly("Jane Doe, London", "John Smith", "Erika Mustermann, Berlin");
    }

    @Test
    void documentScopeGivesOneRecordOverTheWholeText() {
        String text = "Jane Doe\n\nLondon";

        assertThat(extract(schema(Scope.DOCUMENT, field("who", "PERSON"), field("where", "LOCATION")), Map.of(), text))
                .singleElement()
                .satisfies(record -> {
                    assertThat(texts(record)).isEqualTo(Map.of("who", "Jane Doe", "where", "London"));
                    assertThat(record.begin()).isZero();
                    assertThat(record.end()).isEqualTo(text.length());
                });
    }

    @Test
    void partsInWhichNoFieldIsFilledGiveNoRecord() {
        assertThat(extract(schema(Scope.DOCUMENT, field("when", "DATE")), Map.of("when", "2025-11-03"), "Jane Doe"))
                .isEmpty();
    }

    @Test
    void entityFillsTheFirstFieldThatTakesItsType() {
        RecordSchema schema = schema(Scope.DOCUMENT, field("from", "PERSON"), field("to", "PERSON", "LOCATION"));

        assertThat(extract(schema, Map.of(), "Jane Doe to John Smith in London, Berlin"))
                .singleElement()
                .extracting(RecordExtractorTest::texts)
                .isEqualTo(Map.of("from", "Jane Doe", "to", "London"));
    }

    @Test
    void preferredTypeComesFirstAndMultipleKeepsTheOrderOfTheText() {
        String text = "Acme Ltd, Jane Doe, John Smith";
        List<String> types = List.of("PERSON", "ORGANIZATION");

        assertThat(extract(schema(Scope.DOCUMENT, new RecordField("who", types, false, false)), Map.of(), text))
                .singleElement()
                .extracting(RecordExtractorTest::texts)
                .isEqualTo(Map.of("who", "Jane Doe"));
        assertThat(extract(schema(Scope.DOCUMENT, new RecordField("who", types, false, true)), Map.of(), text))
                .singleElement()
                .extracting(RecordExtractorTest::texts)
                .isEqualTo(Map.of("who", "Acme Ltd + Jane Doe + John Smith"));
    }

    @Test
    void identityIsCheckedAgainstKnownValues() {
        RecordSchema schema = schema(
                Scope.DOCUMENT,
                field("name", "PERSON"),
                field("born", "DATE"),
                field("iban", "IBAN"),
                field("phone", "PHONE_NUMBER"),
                field("email", "EMAIL"));
        String text = "I am Jane Doe, born 12 March 1985, account DE89 3704 0044 0532 0130 00, call +44 20 7946 0958.";

        List<ExtractedRecord> records = extract(
                schema,
                Map.of(
                        "email", "jane@example.com",
                        "phone", "020 7946 0958",
                        "iban", "de89370400440532013000",
                        "born", "1985-03-13",
                        "name", "DOE, Jane"),
                text);

        assertThat(records).singleElement().satisfies(record -> {
            assertThat(record.matches())
                    .extracting(FieldMatch::field, FieldMatch::verdict)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("name", Verdict.MATCH),
                            org.assertj.core.groups.Tuple.tuple("born", Verdict.MISMATCH),
                            org.assertj.core.groups.Tuple.tuple("iban", Verdict.MATCH),
                            org.assertj.core.groups.Tuple.tuple("phone", Verdict.MATCH),
                            org.assertj.core.groups.Tuple.tuple("email", Verdict.MISSING));
            assertThat(record.matches()).extracting(FieldMatch::similarity).satisfies(similarities -> {
                assertThat(similarities.get(0)).isEqualTo(1);
                assertThat(similarities.get(1)).isGreaterThan(0.8).isLessThan(1);
                assertThat(similarities.get(4)).isZero();
            });
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            DATE    | due 11/03/2025        | 11 March 2025        | MATCH
            DATE    | due 11/03/2025        | 2025-03-11           | MATCH
            DATE    | due 11/03/2025        | 3 November 2025      | MISMATCH
            DATE    | due 11/03/2025        | someday              | MISMATCH
            PERCENT | by 12.5%              | 12.5 per cent        | MATCH
            PERCENT | by 12.5%              | 0.125                | MATCH
            MONEY   | pay £5                | GBP 5.00             | MATCH
            MONEY   | pay £5                | £50                  | MISMATCH
            POSTAL_CODE | in London NW1 6XE | nw16xe               | MATCH
            PERSON  | by Jane Doe           | jane doe             | MATCH
            PERSON  | by Jane Doe           | Jayne Doe            | MATCH
            PERSON  | by Jane Doe           | John Doe             | MISMATCH
            """)
    void typedReferenceIsNormalizedBeforeItIsCompared(String type, String text, String reference, Verdict verdict) {
        assertThat(extract(schema(Scope.DOCUMENT, field("x", type)), Map.of("x", reference), text))
                .singleElement()
                .satisfies(
                        record -> assertThat(record.matches()).singleElement().returns(verdict, FieldMatch::verdict));
    }

    @Test
    void closestOfSeveralValuesCounts() {
        RecordSchema schema = schema(Scope.DOCUMENT, new RecordField("who", List.of("PERSON"), false, true));

        assertThat(extract(schema, Map.of("who", "John Smith"), "Jane Doe and John Smith"))
                .singleElement()
                .satisfies(record ->
                        assertThat(record.matches()).containsExactly(new FieldMatch("who", Verdict.MATCH, 1)));
    }

    @Test
    void manyBlankLinesAreReadInLinearTime() {
        String text = "Jane Doe" + "\n ".repeat(500_000) + "\nJohn Smith";

        assertThat(extract(schema(Scope.PARAGRAPH, field("who", "PERSON")), Map.of(), text))
                .extracting(RecordExtractorTest::texts)
                .containsExactly(Map.of("who", "Jane Doe"), Map.of("who", "John Smith"));
    }

    @Test
    void badSchemaIsInvalidInputThatNamesTheField() {
        RecordField name = field("name", "PERSON");

        assertThatThrownBy(() -> new RecordSchema(List.of(), Scope.LINE))
                .hasMessage("fields: 0 fields (expected: 1 to 100)");
        assertThatThrownBy(() -> new RecordSchema(
                        IntStream.range(0, 101)
                                .mapToObj(i -> field("f" + i, "PERSON"))
                                .toList(),
                        Scope.LINE))
                .hasMessage("fields: 101 fields (expected: 1 to 100)");
        assertThatThrownBy(() -> new RecordSchema(List.of(name, name), Scope.LINE))
                .hasMessage("fields[1].name: name (expected: a name that no other field has)");
        assertThatThrownBy(() -> field(" ", "PERSON")).hasMessageStartingWith("name: 1 characters");
        assertThatThrownBy(() -> field("name")).hasMessage("types: empty (expected: at least one entity type)");
        assertThatThrownBy(() -> field("name", "PERSON", "person")).hasMessageStartingWith("types[1]: 6 characters");
        assertThatThrownBy(() -> extract(schema(Scope.LINE, name), Map.of("nmae", "Jo"), ""))
                .hasMessage("reference: a value for a field that the schema does not have (expected: name)");
        assertThatThrownBy(() -> extract(schema(Scope.LINE, name), Map.of("name", "x".repeat(1001)), ""))
                .hasMessage("reference[name]: 1001 characters (expected: 1 to 1000, not blank)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Angela Merkel     | angela merkel      | 1
            Angela Merkel     | MERKEL, Angela     | 1
            José Ángel Núñez  | Jose Angel Nunez   | 1
            Łukasz Sørensen   | Lukasz Sorensen    | 1
            Straße            | STRASSE            | 1
            O'Neill           | ONeill             | 1
            Anne-Marie        | Anne Marie         | 1
            U.S.A.            | usa                | 1
            MARTHA            | MARHTA             | 0.9611
            DWAYNE            | DUANE              | 0.84
            John Smith        | John A. Smith      | 0.9474
            John              | John Smith         | 0.6154
            abc               | xyz                | 0
            !!                | abc                | 0
            """)
    void similarityIsJaroWinklerOverTheBestOrderOfWords(String left, String right, double expected) {
        assertThat(WordSimilarity.of(left, right)).isCloseTo(expected, within(5e-5));
        assertThat(WordSimilarity.of(right, left)).isCloseTo(expected, within(5e-5));
    }

    @Test
    void bestOrderIsNotTheGreedyOne() {
        // abcd-abcx is the best single pair but for abcd-abcd; pairing it would leave wxyz-abcd
        double crossed = WordSimilarity.of("abcde abcdf", "abcdf abcde");

        assertThat(crossed).isEqualTo(1);
        assertThat(WordSimilarity.of("a b c d e f g h i j k l", "l k j i h g f e d c b a"))
                .isEqualTo(1);
    }
}
