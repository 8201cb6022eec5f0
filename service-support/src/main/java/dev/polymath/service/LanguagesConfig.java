package dev.polymath.service;

import dev.polymath.text.LanguageDetector;
import io.smallrye.config.WithDefault;
import java.util.Optional;
import java.util.Set;

/** How a service detects languages; a part of its own configuration. */
public interface LanguagesConfig {
    /** The languages to tell apart, BCP-47, or {@code all}. Default: 26 of the most used. */
    Optional<Set<String>> detect();

    /** Whether short texts are looked at more closely, for twenty times the memory. */
    @WithDefault("false")
    boolean highAccuracy();

    /** A detector as it is configured. */
    static LanguageDetector detector(LanguagesConfig config) {
        Set<String> languages = config.detect().orElse(LanguageDetector.DEFAULT_LANGUAGES);
        return LanguageDetector.of(
                languages.equals(Set.of("all")) ? LanguageDetector.supportedLanguages() : languages,
                config.highAccuracy(),
                true);
    }
}
