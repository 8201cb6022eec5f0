package dev.polymath.textanalytics.grpc;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;
import java.util.Set;

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
    interface Languages {
        /** The languages to tell apart, BCP-47, or {@code all}. Default: 26 of the most used. */
        Optional<Set<String>> detect();

        /** Whether short texts are looked at more closely, for twenty times the memory. */
        @WithDefault("false")
        boolean highAccuracy();

        /**
         * Documents without a language code are refused if they are in another language than the model's with at least this
         * probability; above 1 they never are.
         */
        @WithDefault("0.95")
        double refuseFrom();
    }
}
