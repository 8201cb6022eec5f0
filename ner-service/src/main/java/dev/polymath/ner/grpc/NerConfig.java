package dev.polymath.ner.grpc;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Limits of the service, and types of entities that are added to it. */
@ConfigMapping(prefix = "polymath.ner")
public interface NerConfig {
    /** Most documents of a request. */
    @WithDefault("1000")
    int maxDocuments();

    /** Longest text of a document, in UTF-16 code units. 200,000 are about ten seconds of work for two CPU cores. */
    @WithDefault("200000")
    int maxCharacters();

    /** Types of entities that are found by a pattern, by type: {@code polymath.ner.patterns.PRODUCT_ID.regex}. */
    Map<String, Pattern> patterns();

    /** A type of entity that is found by a pattern. */
    interface Pattern {
        /** Regular expression in RE2 syntax; its group {@code value}, or else the match, is the entity. */
        String regex();

        /** Confidence of a match, above 0 to 1. Default: 0.9. */
        OptionalDouble confidence();

        /** What the type is, for ListEntityTypes. */
        Optional<String> description();

        /** A text with one in it, for ListEntityTypes. */
        Optional<String> example();
    }
}
