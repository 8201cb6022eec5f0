package dev.polymath.textanalytics.grpc;

import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.service.DocumentLimits;
import dev.polymath.service.Violations;
import dev.polymath.text.LanguageDetection;
import dev.polymath.text.LanguageDetector;
import java.util.List;
import java.util.Optional;

/** What must be true of a document before a feature looks at it. Thread-safe. */
final class DocumentChecks {
    private final DocumentLimits limits;
    private final LanguageDetector detector;
    private final double refuseFrom;

    DocumentChecks(TextAnalyticsConfig config, LanguageDetector detector) {
        this.limits = new DocumentLimits(config.maxDocuments(), config.maxCharacters());
        this.detector = detector;
        this.refuseFrom = config.languages().refuseFrom();
    }

    DocumentLimits limits() {
        return limits;
    }

    /** Adds what is wrong with the text. */
    void text(Document document, String path, Violations violations) {
        limits.checkText(document.getText(), path + ".text", violations);
    }

    /**
     * Adds a violation if the document is in a language that is not read: as it says itself, or else as it is detected with
     * enough certainty.
     *
     * @param languages that are read, BCP-47; empty means all
     */
    void language(String languageCode, String text, List<String> languages, String path, Violations violations) {
        String field = path + ".language_code";
        if (!languageCode.isEmpty() || languages.isEmpty()) {
            Optional<?> unused = DocumentLimits.locale(languageCode, languages, field, violations);
            return;
        }
        LanguageDetection detection = detector.detect(text, 1);
        String detected = detection.languageCode();
        if (detection.undecided() == null
                && detection.languages().get(0).confidence() >= refuseFrom
                && !languages.contains(detected)
                && detector.languages().containsAll(languages)) {
            violations.add(
                    ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE,
                    field,
                    "not given, and the text is in " + Violations.quote(detected) + " (expected: one of "
                            + String.join(", ", languages) + "; a language code is believed)");
        }
    }
}
