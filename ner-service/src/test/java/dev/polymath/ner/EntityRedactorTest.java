package dev.polymath.ner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.ner.Redaction.CharacterMask;
import dev.polymath.ner.Redaction.EntityLabel;
import dev.polymath.ner.Redaction.Removal;
import dev.polymath.ner.Redaction.SaltedHash;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntityRedactorTest {
    private final FakeModel model = new FakeModel()
            .knows("PERSON", "Angela Merkel", 0.9)
            .knows("PERSON", "ANGELA  MERKEL", 0.9)
            .knows("PERSON", "Zoe", 0.9);

    private RedactedText redact(String text, RedactionPolicy policy) {
        RedactedText redacted = new EntityRedactor(policy).redact(text, model.entities("en", text));
        for (RedactedText.RedactedEntity entity : redacted.entities()) {
            assertThat(redacted.text().substring(entity.begin(), entity.end())).isEqualTo(entity.replacement());
            assertThat(text.substring(entity.entity().begin(), entity.entity().end()))
                    .isEqualTo(entity.entity().text());
        }
        return redacted;
    }

    private String all(String text, Redaction redaction) {
        return redact(text, new RedactionPolicy(redaction, Map.of())).text();
    }

    @Test
    void labelsAreNumberedByTypeAndEqualForTheSameNormalForm() {
        String text = "Angela Merkel met Zoe on 3 November 2025; ANGELA  MERKEL left on 2025-11-03, Zoe on 2025-11-04.";

        assertThat(redact(text, RedactionPolicy.LABELS).text())
                .isEqualTo(
                        "[PERSON_1] met [PERSON_2] on [DATE_1]; [PERSON_1] left on [DATE_1], [PERSON_2] on [DATE_2].");
    }

    @Test
    void maskCoversEachGraphemeClusterOnce() {
        FakeModel emoji = new FakeModel().knows("PERSON", "Zoe\u0308 \uD83D\uDC69\u200D\uD83D\uDCBB", 0.9);
        String text = "Hi Zoe\u0308 \uD83D\uDC69\u200D\uD83D\uDCBB!";

        RedactedText redacted = new EntityRedactor(new RedactionPolicy(new CharacterMask("", 0), Map.of()))
                .redact(text, emoji.entities("en", text));

        assertThat(redacted.text()).isEqualTo("Hi *****!");
    }

    @ParameterizedTest
    @CsvSource({"0,####", "1,###1", "4,1111", "9,1111"})
    void maskLeavesTheSuffixReadable(int visible, String expected) {
        Entity entity = new Entity("1111", "PIN", "", 0, 4, 1, "test", "");

        assertThat(new EntityRedactor(new RedactionPolicy(new CharacterMask("#", visible), Map.of()))
                        .redact("1111", List.of(entity))
                        .text())
                .isEqualTo(expected);
    }

    @Test
    void cardKeepsItsLastFourDigits() {
        assertThat(all("Card 4111111111111111.", new CharacterMask("", 4))).isEqualTo("Card ************1111.");
    }

    /** {@code printf 'DE89370400440532013000' | openssl dgst -sha256 -hmac 'pepper-and-salt'}, 16 digits. */
    @Test
    void hashIsTheBeginningOfHmacSha256OfTheNormalForm() {
        assertThat(all("to DE89 3704 0044 0532 0130 00", new SaltedHash("pepper-and-salt")))
                .isEqualTo("to " + IBAN_HASH);
    }

    private static final String IBAN_HASH = "ea042b30d5df0248";

    @Test
    void hashIsTheSameForTheSameEntityInEveryDocumentAndDiffersWithTheSalt() {
        String one = all("Angela Merkel", new SaltedHash("12345678"));

        assertThat(one).matches("[0-9a-f]{16}");
        assertThat(all("So ANGELA  MERKEL", new SaltedHash("12345678"))).isEqualTo("So " + one);
        assertThat(all("Angela Merkel", new SaltedHash("12345679"))).isNotEqualTo(one);
        assertThat(all("Zoe", new SaltedHash("12345678"))).isNotEqualTo(one);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            So Zoe went.      | So went.
            Zoe went.         | ~ went.~
            So Zoe            | ~So ~
            So Zoe, went      | So , went
            So Zoe Zoe went   | So went
            So Zoe, Zoe went  | So , went
            (Zoe)             | ()
            """)
    void removalTakesOneOfTwoSpaces(String text, String expected) {
        assertThat(all(text, new Removal())).isEqualTo(expected);
    }

    @Test
    void policyByTypeComesBeforeTheDefault() {
        RedactionPolicy policy = new RedactionPolicy(
                new Removal(), Map.of("PERSON", new EntityLabel(), "PERCENT", new CharacterMask("x", 1)));

        assertThat(redact("Zoe sent 50% to zoe@example.com today", policy).text())
                .isEqualTo("[PERSON_1] sent xx% to today");
    }

    @Test
    void textWithoutEntitiesStaysAsItIs() {
        assertThat(redact("nothing here", RedactionPolicy.LABELS))
                .isEqualTo(new RedactedText("nothing here", List.of()));
    }

    @Test
    void badPolicyIsInvalidInputThatNamesTheField() {
        assertThatThrownBy(() -> new CharacterMask("ab", 0))
                .hasMessage("character: 2 UTF-16 code units (expected: one grapheme cluster)");
        assertThat(new CharacterMask("\uD83D\uDC69\u200D\uD83D\uDCBB", 0).character())
                .hasSize(5);
        assertThatThrownBy(() -> new CharacterMask("", -1)).hasMessage("visible_suffix: -1 (expected: >= 0)");
        assertThatThrownBy(() -> new SaltedHash("1234567")).hasMessage("salt: 7 characters (expected: >= 8)");
        assertThat(new SaltedHash("very secret").toString()).doesNotContain("secret");
    }
}
