package dev.polymath.translation.grpc;

import dev.polymath.service.LanguagesConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Limits of the service, and how it detects languages. */
@ConfigMapping(prefix = "polymath.translation")
public interface TranslationConfig {
    /** Most documents of a request. */
    @WithDefault("1000")
    int maxDocuments();

    /** Longest text of a document or file, in UTF-16 code units. */
    @WithDefault("200000")
    int maxCharacters();

    /** Most target languages of a request. */
    @WithDefault("20")
    int maxTargets();

    /** Most glossary entries, and most terms that are not translated, of a request. */
    @WithDefault("1000")
    int maxTerms();

    /** Most alternatives. */
    @WithDefault("9")
    int maxAlternatives();

    /** Largest beam. */
    @WithDefault("10")
    int maxBeamSize();

    /** The language through which a text goes where no model translates directly, BCP-47. */
    @WithDefault("en")
    String pivotLanguage();

    /** Threads for what follows on an answer of a model: the second step through the pivot, a sentence in pieces. */
    @WithDefault("8")
    int laterThreads();

    /** How languages are detected. */
    Languages languages();

    /** How languages are detected. */
    interface Languages extends LanguagesConfig {
        /**
         * There is a warning if a text seems to be in another language than its language code says with at least this
         * probability; above 1 there never is.
         */
        @WithDefault("0.95")
        double warnFrom();
    }
}
