package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest.FieldViolation;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ErrorReason;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class DocumentLimitsTest {
    private final DocumentLimits limits = new DocumentLimits(3, 10);
    private final Violations violations = new Violations();

    @Test
    void aRequestHasAtLeastOneDocumentAndAtMostTheLimit() {
        limits.check(List.of(), violations);
        assertThat(only()).isEqualTo("documents: 0 documents (expected: 1 to 3)");

        Violations tooMany = new Violations();
        limits.check(Collections.nCopies(4, Document.getDefaultInstance()), tooMany);
        assertThat(tooMany.exception().reason()).isEqualTo(ErrorReason.ERROR_REASON_INPUT_TOO_LONG);
    }

    @Test
    void idsAreUniqueOrEmpty() {
        limits.check("pairs", List.of("a", "", ""), id -> id, violations);
        assertThat(violations.isEmpty()).isTrue();

        limits.check("pairs", List.of("a", "b", "a"), id -> id, violations);
        assertThat(only()).isEqualTo("pairs[2].id: the same as pairs[0].id (expected: unique, or empty)");
    }

    @Test
    void aTextHasAnythingButWhiteSpaceAndAtMostTheLimit() {
        limits.checkText("0123456789", "text", violations);
        assertThat(violations.isEmpty()).isTrue();

        limits.checkText("01234567890", "text", violations);
        assertThat(violations.exception().reason()).isEqualTo(ErrorReason.ERROR_REASON_INPUT_TOO_LONG);
        assertThat(only()).isEqualTo("text: 11 characters (expected: <= 10)");

        Violations blank = new Violations();
        limits.checkText(" \n", "text", blank);
        assertThat(blank.exception().getMessage()).startsWith("text: only white space");
    }

    @Test
    void aLanguageIsOneThatTheModelReads() {
        assertThat(DocumentLimits.locale("", List.of("en"), "code", violations)).isEmpty();
        assertThat(DocumentLimits.locale("en-GB", List.of("en"), "code", violations))
                .contains(Locale.UK);
        assertThat(DocumentLimits.locale("tlh", List.of(), "code", violations)).isPresent();
        assertThat(violations.isEmpty()).isTrue();

        assertThat(DocumentLimits.locale("de", List.of("en", "fr"), "code", violations))
                .isPresent();
        assertThat(violations.exception().reason()).isEqualTo(ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE);
        assertThat(only()).isEqualTo("code: \"de\" (expected: one of en, fr)");
    }

    @Test
    void aLanguageThatIsNoTagIsAViolation() {
        assertThat(DocumentLimits.locale("en_US!", List.of("en"), "code", violations))
                .isEmpty();
        assertThat(only()).isEqualTo("code: \"en_US!\" (expected: a BCP-47 tag, for example en-GB)");
    }

    private String only() {
        List<FieldViolation> listed = violations.exception().violations();
        assertThat(listed).hasSize(1);
        return listed.get(0).getField() + ": " + listed.get(0).getDescription();
    }
}
