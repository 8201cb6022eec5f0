package dev.polymath.translation.grpc;

import dev.polymath.common.v1.DetectedLanguage;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.service.DocumentLimits;
import dev.polymath.service.LanguagesConfig;
import dev.polymath.service.Violations;
import dev.polymath.text.LanguageDetection;
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
    /** Of a text with fewer letters the language may be a guess among those that are translated. */
    private static final int SHORT = 40;

    /** From this confidence on, a language is no mistake of the detector. */
    private static final double SURE = 0.95;

    /** Share of the most probable language of those that are translated. */
    private static final double BY_FAR = 0.8;

    private final LanguageDetector detector;
    private final DocumentLimits limits;
    private final double warnFrom;

    @Inject
    LanguageChecks(TranslationConfig config) {
        this.detector = LanguagesConfig.detector(config.languages());
        this.limits = new DocumentLimits(config.maxDocuments(), config.maxCharacters());
        this.warnFrom = config.languages().warnFrom();
    }

    /** The language that a text is in, and what is to be said about that. */
    record Source(DetectedLanguage language, List<TranslationWarning> warnings) {}

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
     * The language that a text without a language code is in. If that cannot be told of a short text, it is the one that is by
     * far the most probable of those that are translated: who calls a translation service has mostly one of them in mind.
     *
     * @throws dev.polymath.service.InvalidRequestException UNSUPPORTED_LANGUAGE
     */
    Source source(String words, LanguageDetection detection, Routes routes, String field) {
        List<String> sources = routes.sources();
        dev.polymath.text.DetectedLanguage best =
                detection.undecided() == null ? detection.languages().get(0) : null;
        if (best != null && sources.contains(best.languageCode())) {
            return new Source(message(best, detection), List.of());
        }
        List<dev.polymath.text.DetectedLanguage> candidates = detection.languages().stream()
                .filter(language -> sources.contains(language.languageCode()))
                .toList();
        double sum = candidates.stream()
                .mapToDouble(dev.polymath.text.DetectedLanguage::confidence)
                .sum();
        if (!candidates.isEmpty()
                && words.codePoints().filter(Character::isLetter).count() < SHORT
                && (best == null || best.confidence() < SURE)
                && candidates.get(0).confidence() >= BY_FAR * sum) {
            return new Source(
                    message(candidates.get(0), detection),
                    List.of(warning(
                            TranslationWarning.Kind.KIND_LANGUAGE_UNCERTAIN,
                            "the text is too short to be sure that it is in "
                                    + Violations.quote(candidates.get(0).languageCode())
                                    + "; a language code is believed")));
        }
        String expected = " (expected: one of " + String.join(", ", sources) + "; a language code is believed)";
        throw unsupported(
                field,
                best == null
                        ? "not given, and cannot be detected: " + detection.undecided() + expected
                        : "not given, and the text is in " + Violations.quote(best.languageCode()) + expected);
    }

    private static TranslationWarning warning(TranslationWarning.Kind kind, String description) {
        return TranslationWarning.newBuilder()
                .setKind(kind)
                .setDescription(description)
                .build();
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
        return List.of(warning(
                TranslationWarning.Kind.KIND_LANGUAGE_MISMATCH,
                String.format(
                        Locale.ROOT,
                        "the text seems to be in \"%s\" (%.2f) and was translated from \"%s\", as declared",
                        best.languageCode(),
                        best.confidence(),
                        declared)));
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
