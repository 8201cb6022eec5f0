package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.common.v1.ErrorReason;
import org.junit.jupiter.api.Test;

class ViolationsTest {
    private final Violations violations = new Violations();

    @Test
    void withoutViolationsNothingIsThrown() {
        assertThat(violations.isEmpty()).isTrue();
        assertThatCode(violations::throwIfAny).doesNotThrowAnyException();
        assertThatThrownBy(violations::exception).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void oneReasonIsTheReasonOfTheWhole() {
        violations.add(ErrorReason.ERROR_REASON_INPUT_TOO_LONG, "a", "1");
        violations.add(ErrorReason.ERROR_REASON_INPUT_TOO_LONG, "b", "2");

        assertThat(violations.exception().reason()).isEqualTo(ErrorReason.ERROR_REASON_INPUT_TOO_LONG);
    }

    @Test
    void severalReasonsAreInvalidInput() {
        violations.add(ErrorReason.ERROR_REASON_INPUT_TOO_LONG, "a", "1");
        violations.add(ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE, "b", "2");
        violations.add(ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE, "c", "3");

        assertThat(violations.exception().reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_INPUT);
    }

    @Test
    void tenThousandViolationsFitIntoHeaders() {
        for (int i = 0; i < 10_000; i++) {
            violations.add("documents[" + i + "].id", "the same as documents[0].id (expected: unique)");
        }

        InvalidRequestException e = violations.exception();

        assertThat(ErrorStatus.of(e).getSerializedSize()).isLessThan(5_000);
        assertThat(e.violations()).hasSizeGreaterThan(10);
        assertThat(e).hasMessageStartingWith("documents[0].id: ").hasMessageEndingWith("; and 9997 more");
    }

    @Test
    void quotesAreShortAndWithoutControlCharacters() {
        assertThat(Violations.quote("a\u0000b\nc\ud800")).isEqualTo("\"a?b?c?\"");
        assertThat(Violations.quote("x".repeat(1000))).hasSize(66).endsWith("x…\"");
    }
}
