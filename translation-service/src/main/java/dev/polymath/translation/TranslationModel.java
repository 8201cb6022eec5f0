package dev.polymath.translation;

import dev.polymath.inference.Call;
import dev.polymath.inference.Receipt;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A model that translates a sentence. Thread-safe. */
public interface TranslationModel {
    /** Its directions. */
    Set<LanguagePair> pairs();

    /** Words that it copies into the translation, each once; empty if it knows none. */
    List<String> placeholders();

    /** The longest sentence in tokens. */
    int maxTokens();

    /** How many tokens a sentence has, with those that the model adds. */
    int countTokens(String text, LanguagePair pair);

    /** The receipt of a text for which it had nothing to do. */
    Receipt noWork();

    /**
     * Translates a sentence.
     *
     * @param text of at most {@link #maxTokens}
     * @param patient whether to wait for room in the queue on the calling thread; fails with OVERLOADED if not
     */
    CompletableFuture<Output> translate(String text, LanguagePair pair, Search search, Call call, boolean patient);

    /**
     * How a translation is searched for.
     *
     * @param beamSize hypotheses that are kept; 0 for the model's own number
     * @param alternatives hypotheses to answer with beside the best, {@link #ALL} for all that were kept
     */
    record Search(int beamSize, int alternatives) {
        /** All hypotheses that the search has kept. */
        public static final int ALL = Integer.MAX_VALUE;
    }

    /** What was found, the best first; at least one. */
    record Output(List<Hypothesis> hypotheses, Receipt receipt) {}

    /**
     * A translation.
     *
     * @param score mean logarithm of the probability of a token
     * @param tokens generated
     * @param finished whether the model came to an end, and was not stopped at its longest answer
     */
    record Hypothesis(String text, double score, int tokens, boolean finished) {}
}
