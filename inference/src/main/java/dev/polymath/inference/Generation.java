package dev.polymath.inference;

import dev.polymath.inference.InferenceException.Kind;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a decoder makes of one source.
 *
 * @param hypotheses best first; none after a failure
 * @param failure why there is no answer: CANCELLED or DEADLINE_EXCEEDED if the call was over first, ENGINE_FAILURE if the
 *     decoder's numbers were none; null otherwise
 */
record Generation(
        List<BeamSearch.Hypothesis> hypotheses, @Nullable Kind failure) {
    static Generation failed(Kind kind) {
        return new Generation(List.of(), kind);
    }

    int tokens() {
        return hypotheses.stream()
                .mapToInt(hypothesis -> hypothesis.tokens().length)
                .sum();
    }

    /**
     * The hypotheses.
     *
     * @throws InferenceException the failure
     */
    List<BeamSearch.Hypothesis> orThrow() {
        if (failure == null) {
            return hypotheses;
        }
        throw failure == Kind.ENGINE_FAILURE
                ? new InferenceException(failure, "the output of the model is not a number")
                : Call.exception(failure);
    }

    /**
     * The texts, but for their receipt.
     *
     * @param sourceTokens that the encoder read
     * @throws InferenceException the failure
     */
    Function<Receipt, GeneratedText> decode(TextTokenizer tokenizer, int sourceTokens) {
        List<GeneratedText.Hypothesis> texts = orThrow().stream()
                .map(hypothesis -> new GeneratedText.Hypothesis(
                        tokenizer.decode(hypothesis.tokens()),
                        hypothesis.score(),
                        hypothesis.tokens(),
                        hypothesis.finished()))
                .toList();
        return receipt -> new GeneratedText(texts, sourceTokens, tokens(), receipt);
    }
}
