package dev.polymath.service;

import dev.polymath.common.v1.DetectedLanguage;
import dev.polymath.common.v1.LanguageResult;
import dev.polymath.inference.OffsetUnitConverter;
import dev.polymath.text.LanguageDetection;

/** Detected languages on the wire. */
public final class LanguageMessages {
    private LanguageMessages() {}

    /** What was found in a document. */
    public static LanguageResult result(String id, OffsetUnitConverter offsets, LanguageDetection detection) {
        LanguageResult.Builder result =
                LanguageResult.newBuilder().setId(id).setCoverage(CommonMessages.coverage(offsets, 1));
        if (detection.undecided() != null) {
            return result.addLanguages(best(detection))
                    .setUndecidedReason(detection.undecided().toString())
                    .build();
        }
        detection
                .languages()
                .forEach(language -> result.addLanguages(DetectedLanguage.newBuilder()
                        .setLanguageCode(language.languageCode())
                        .setScript(detection.script())
                        .setConfidence(language.confidence())));
        return result.build();
    }

    /** The most probable language, {@code und} if it cannot be decided. */
    public static DetectedLanguage best(LanguageDetection detection) {
        return DetectedLanguage.newBuilder()
                .setLanguageCode(detection.languageCode())
                .setScript(detection.script())
                .setConfidence(
                        detection.undecided() == null
                                ? detection.languages().get(0).confidence()
                                : 0)
                .build();
    }
}
