package dev.polymath.translation.grpc;

import dev.polymath.common.v1.DetectedLanguage;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.service.DocumentLimits;
import dev.polymath.service.LanguagesConfig;
import dev.polymath.service.Violations;
import dev.polymath.text.LanguageDetection;
import dev.polymath.text.LanguageDetection.Reason;
import dev.polymath.text.LanguageDetector;
import dev.polymath.translation.Routes;
import dev.polymath.translation.grpc.TranslationOptions.Target;
import dev.polymath.translation.v1.TranslationWarning;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Locale;

/** What language a document is in, and whether that will do. Thread-safe. */
@ApplicationScoped
class LanguageChecks {
    private final LanguageDetector detector;
    private final DocumentLimits limits;
    private final double warnFrom;

    @Inject
    LanguageChecks(TranslationConfig config) {
        this.detector = LanguagesConfig.detector(config.languages());
        this.limits = new DocumentLimits(config.maxDocuments(), config.maxCharacters());
        this.warnFrom = config.languages().warnFrom();
    }

    DocumentLimits limits() {
        return limits;
    }

    LanguageDetector detector() {
        return detector;
    }

    /** All languages that a text may be in. */
    LanguageDetection detect(String words) {
        return detector.detect(words, Integer.MAX_VALUE);
    }

    /**
     * The language that a text without a language code is in. If several are about as probable, it is the one that is more
     * probable than all others that are translated.
     *
     * @throws dev.polymath.service.InvalidRequestException UNSUPPORTED_LANGUAGE
     */
    DetectedLanguage source(LanguageDetection detection, Routes routes, String field) {
        List<String> sources = routes.sources();
        if (detection.undecided() == null) {
            dev.polymath.text.DetectedLanguage best = detection.languages().get(0);
            if (sources.contains(best.languageCode())) {
                return message(best, detection);
            }
            throw unsupported(
                    field,
                    "not given, and the text is in " + Violations.quote(best.languageCode()) + " (expected: one of "
                            + String.join(", ", sources) + "; a language code is believed)");
        }
        if (detection.undecided() == Reason.TOO_SHORT || detection.undecided() == Reason.TOO_CLOSE) {
            List<dev.polymath.text.DetectedLanguage> candidates = detection.languages().stream()
                    .filter(language -> sources.contains(language.languageCode()))
                    .toList();
            double sum = candidates.stream()
                    .mapToDouble(dev.polymath.text.DetectedLanguage::confidence)
                    .sum();
            if (!candidates.isEmpty() && candidates.get(0).confidence() > sum / 2) {
                return message(candidates.get(0), detection);
            }
        }
        throw unsupported(
                field,
                "not given, and cannot be detected: " + detection.undecided() + " (expected: one of "
                        + String.join(", ", sources) + ")");
    }

    private static DetectedLanguage message(dev.polymath.text.DetectedLanguage language, LanguageDetection detection) {
        return DetectedLanguage.newBuilder()
                .setLanguageCode(language.languageCode())
                .setScript(detection.script())
                .setConfidence(language.confidence())
                .build();
    }

    /** @throws dev.polymath.service.InvalidRequestException UNSUPPORTED_LANGUAGE if nothing is translated from it */
    void requireSource(String language, String code, Routes routes, String field) {
        if (!routes.sources().contains(language)) {
            throw unsupported(
                    field, Violations.quote(code) + " (expected: one of " + String.join(", ", routes.sources()) + ")");
        }
    }

    /** Says that a text seems to be in another language than it was declared to be. */
    List<TranslationWarning> warnings(String declared, LanguageDetection detection) {
        if (detection.undecided() != null || !detector.languages().contains(declared)) {
            return List.of();
        }
        dev.polymath.text.DetectedLanguage best = detection.languages().get(0);
        if (best.languageCode().equals(declared) || best.confidence() < warnFrom) {
            return List.of();
        }
        return List.of(TranslationWarning.newBuilder()
                .setKind(TranslationWarning.Kind.KIND_LANGUAGE_MISMATCH)
                .setDescription(String.format(
                        Locale.ROOT,
                        "the text seems to be in \"%s\" (%.2f) and was translated from \"%s\", as declared",
                        best.languageCode(),
                        best.confidence(),
                        declared))
                .build());
    }

    /** Adds why a language is not translated into another. */
    void noRoute(String source, Target target, Routes routes, Violations violations) {
        String targets = String.join(", ", routes.targets(source));
        if (source.equals(target.language())) {
            violations.add(
                    target.field(),
                    Violations.quote(target.code()) + ", which the text is in already (expected: one of " + targets
                            + ")");
        } else {
            violations.add(
                    ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE,
                    target.field(),
                    Violations.quote(target.code()) + " from " + Violations.quote(source) + " (expected: one of "
                            + targets + ")");
        }
    }

    private static RuntimeException unsupported(String field, String description) {
        Violations violations = new Violations();
        violations.add(ErrorReason.ERROR_REASON_UNSUPPORTED_LANGUAGE, field, description);
        return violations.exception();
    }
}
