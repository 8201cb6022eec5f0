package dev.polymath.textanalytics.grpc;

import dev.polymath.service.LanguagesConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Limits of the service, and how it detects languages. */
@ConfigMapping(prefix = "polymath.text-analytics")
public interface TextAnalyticsConfig {
    /** Most documents, or pairs, of a request. */
    @WithDefault("1000")
    int maxDocuments();

    /** Longest text of a document, in UTF-16 code units. */
    @WithDefault("200000")
    int maxCharacters();

    /** Most labels of ClassifyText. */
    @WithDefault("1000")
    int maxLabels();

    /** Longest question, and longest query of a summary, in UTF-16 code units. */
    @WithDefault("1000")
    int maxQuestionCharacters();

    /** Most documents of a corpus; the server keeps about 1.3 kB of each. */
    @WithDefault("1000000")
    int maxCorpusDocuments();

    /** Corpora that are analyzed at the same time; more are OVERLOADED. */
    @WithDefault("4")
    int maxCorpora();

    /** Texts of labels whose vectors are remembered. */
    @WithDefault("10000")
    int cachedLabels();

    /** How languages are detected. */
    Languages languages();

    /** How languages are detected. */
    interface Languages extends LanguagesConfig {
        /**
         * Documents without a language code are refused if they are in another language than the model's with at least this
         * probability; above 1 they never are.
         */
        @WithDefault("0.95")
        double refuseFrom();
    }
}
