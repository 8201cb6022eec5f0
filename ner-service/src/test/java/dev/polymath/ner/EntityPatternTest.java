package dev.polymath.ner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.throwable;

import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntityPatternTest {
    private static List<Match> find(String regex, String text) {
        return new PatternRecognizer(new EntityPattern("X", regex, 0)).find(text, Locale.ENGLISH);
    }

    @ParameterizedTest
    @CsvSource({"[A-Z]{2}-\\d{4},see AB-1234 there,AB-1234", "id=(?P<value>\\w+),id=x7;,x7", "é+,caféé!,éé"})
    void matchOrTheGroupNamedValueIsTheEntity(String regex, String text, String entity) {
        assertThat(find(regex, text)).singleElement().satisfies(match -> {
            assertThat(text.substring(match.begin(), match.end())).isEqualTo(entity);
            assertThat(match.validated()).isFalse();
        });
    }

    @Test
    void positionsBehindCharactersOutsideTheBasicPlaneAreUtf16() {
        assertThat(find("b+", "\uD83D\uDE00\uD835\uDD38 bb")).containsExactly(new Match(5, 7, "", "", false));
    }

    @Test
    void emptyMatchesAndUnusedGroupsAreNoEntities() {
        assertThat(find("a*", "bbb")).isEmpty();
        assertThat(find("a(?P<value>b)?", "a ab")).containsExactly(new Match(3, 4, "", "", false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lower", "1X", "A-B", "Ä", "_A"})
    void typeOfAnotherFormIsInvalidInput(String type) {
        assertThatThrownBy(() -> new EntityPattern(type, "x", 0))
                .asInstanceOf(throwable(InferenceException.class))
                .hasMessageStartingWith("type: ")
                .returns(Kind.INVALID_INPUT, InferenceException::kind)
                .returns("type", e -> e.metadata().get("field"));
    }

    @Test
    void typeOf63CharactersIsTheLongest() {
        assertThat(new EntityPattern("X".repeat(63), "x", 0).type()).hasSize(63);
        assertThatThrownBy(() -> new EntityPattern("X".repeat(64), "x", 0))
                .hasMessageStartingWith("type: 64 characters");
    }

    @ParameterizedTest
    @CsvSource({
        "a(b,regex: missing closing ) at character 1 (expected: a regular expression in RE2 syntax)",
        "ab[z-a],regex: invalid character class range at character 4 (expected: a regular expression in RE2 syntax)",
        "a**,regex: invalid nested repetition operator at character 2 (expected: a regular expression in RE2 syntax)",
        "(a)\\1,regex: invalid escape sequence at character 4 (expected: a regular expression in RE2 syntax)",
        "x(?=y),regex: invalid or unsupported Perl syntax at character 2 (expected: a regular expression in RE2 syntax)"
    })
    void syntaxErrorSaysWhatAndWhere(String regex, String message) {
        assertThatThrownBy(() -> new EntityPattern("X", regex, 0)).hasMessage(message);
    }

    @Test
    void regexIsAtMost1000CharactersAndMayNotGrowInCompilation() {
        assertThat(new EntityPattern("X", "x".repeat(1000), 0).regex()).hasSize(1000);
        assertThatThrownBy(() -> new EntityPattern("X", "x".repeat(1001), 0))
                .hasMessage("regex: 1001 characters (expected: 1 to 1000)");
        assertThatThrownBy(() -> new EntityPattern("X", "", 0)).hasMessage("regex: 0 characters (expected: 1 to 1000)");
        assertThatThrownBy(() -> new EntityPattern("X", "\\pL{1000}".repeat(50), 0))
                .hasMessageContaining("instructions");
    }

    @Test
    void confidenceOfZeroMeansTheDefault() {
        assertThat(new EntityPattern("X", "x", 0).confidence()).isEqualTo(0.9);
        assertThat(new EntityPattern("X", "x", 0.25).confidence()).isEqualTo(0.25);
        assertThatThrownBy(() -> new EntityPattern("X", "x", 1.01))
                .hasMessageStartingWith("confidence: 1.01 (expected: ");
        assertThatThrownBy(() -> new EntityPattern("X", "x", -0.1)).hasMessageStartingWith("confidence: -0.1");
        assertThatThrownBy(() -> new EntityPattern("X", "x", Double.NaN)).hasMessageStartingWith("confidence: NaN");
    }
}
