package dev.polymath.inference;

import java.util.OptionalInt;

/**
 * How a text is generated. Beam search, scores and penalties are those of Hugging Face's {@code generate} (with its default
 * {@code early_stopping=False}), under the same names.
 *
 * @param beamSize hypotheses that are followed at once, 1 to 64; 1 is greedy search
 * @param alternatives hypotheses wanted, 1 to {@code beamSize}; there may be fewer
 * @param maxTokens most tokens of a hypothesis, the end-of-text token included; 0 for three times those of the source and 16
 *     more, which no sane translation needs. The model's own maximum always holds
 * @param lengthPenalty a hypothesis' score is the sum of its log-probabilities divided by its length to this power: 0 for
 *     none, 1 for their mean; more favours longer texts
 * @param repetitionPenalty by which the scores of tokens that are there already are lowered (Keskar et al. 2019, "CTRL"); 1
 *     for none
 * @param noRepeatNgramSize no sequence of so many tokens occurs twice in a hypothesis; 0 for no such limit
 * @param firstToken the token that every hypothesis begins with, such as the language of a multilingual model's answer
 */
public record GenerationOptions(
        int beamSize,
        int alternatives,
        int maxTokens,
        double lengthPenalty,
        double repetitionPenalty,
        int noRepeatNgramSize,
        OptionalInt firstToken) {
    /** Most hypotheses that may be followed at once. */
    public static final int MAX_BEAM_SIZE = 64;

    public GenerationOptions {
        BatchOptions.require(beamSize >= 1 && beamSize <= MAX_BEAM_SIZE, "beamSize", beamSize, "1 to " + MAX_BEAM_SIZE);
        BatchOptions.require(
                alternatives >= 1 && alternatives <= beamSize,
                "alternatives",
                alternatives,
                "1 to " + beamSize + ", the beamSize");
        BatchOptions.require(maxTokens >= 0, "maxTokens", maxTokens, ">= 0");
        BatchOptions.require(Double.isFinite(lengthPenalty), "lengthPenalty", lengthPenalty, "a number");
        BatchOptions.require(
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "repetitionPenalty",
                repetitionPenalty,
                "a number > 0");
        BatchOptions.require(noRepeatNgramSize >= 0, "noRepeatNgramSize", noRepeatNgramSize, ">= 0");
        BatchOptions.require(firstToken.orElse(0) >= 0, "firstToken", firstToken, ">= 0");
    }

    /**
     * What generation_config.json of a model says; greedy search without penalties where it says nothing.
     *
     * @throws InferenceException MODEL_NOT_READY if the file is not understood
     */
    public static GenerationOptions defaults(ModelDirectory model) {
        return GenerationConfig.of(model).options();
    }

    /** These options with another beam, and no more alternatives than it has. */
    public GenerationOptions withBeamSize(int newBeamSize) {
        return new GenerationOptions(
                newBeamSize,
                Math.min(alternatives, newBeamSize),
                maxTokens,
                lengthPenalty,
                repetitionPenalty,
                noRepeatNgramSize,
                firstToken);
    }

    /** These options with another number of hypotheses wanted, and a beam of at least as many. */
    public GenerationOptions withAlternatives(int newAlternatives) {
        return new GenerationOptions(
                Math.max(beamSize, newAlternatives),
                newAlternatives,
                maxTokens,
                lengthPenalty,
                repetitionPenalty,
                noRepeatNgramSize,
                firstToken);
    }

    /** These options with another maximum length. */
    public GenerationOptions withMaxTokens(int newMaxTokens) {
        return new GenerationOptions(
                beamSize, alternatives, newMaxTokens, lengthPenalty, repetitionPenalty, noRepeatNgramSize, firstToken);
    }

    /** These options with another length penalty. */
    public GenerationOptions withLengthPenalty(double newLengthPenalty) {
        return new GenerationOptions(
                beamSize, alternatives, maxTokens, newLengthPenalty, repetitionPenalty, noRepeatNgramSize, firstToken);
    }

    /** These options with other guards against repetition. */
    public GenerationOptions withRepetition(double newRepetitionPenalty, int newNoRepeatNgramSize) {
        return new GenerationOptions(
                beamSize,
                alternatives,
                maxTokens,
                lengthPenalty,
                newRepetitionPenalty,
                newNoRepeatNgramSize,
                firstToken);
    }

    /** These options with another first token. */
    public GenerationOptions withFirstToken(int token) {
        return new GenerationOptions(
                beamSize,
                alternatives,
                maxTokens,
                lengthPenalty,
                repetitionPenalty,
                noRepeatNgramSize,
                OptionalInt.of(token));
    }
}
