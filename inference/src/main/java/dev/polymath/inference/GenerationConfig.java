package dev.polymath.inference;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.polymath.inference.InferenceException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How a model generates: generation_config.json of its directory, or config.json for what that does not say, as older
 * exports have it. Both are Hugging Face's.
 *
 * @param startToken {@code decoder_start_token_id}, or else {@code bos_token_id}, which the decoder reads first
 * @param endTokens {@code eos_token_id}, at least one
 * @param maxTokens {@code max_length} without the start token: most tokens that the model generates
 * @param badWords {@code bad_words_ids}: sequences of tokens that are never completed
 * @param forcedEnd {@code forced_eos_token_id}: the last token of a text that is cut off at its maximum length
 * @param options what a caller gets that asks for nothing else
 */
record GenerationConfig(
        int startToken,
        int[] endTokens,
        int maxTokens,
        List<int[]> badWords,
        OptionalInt forcedEnd,
        GenerationOptions options) {
    private static final int DEFAULT_MAX_LENGTH = 512;

    /**
     * Reads it.
     *
     * @throws InferenceException MODEL_NOT_READY if something needed is missing or is not what it should be
     */
    static GenerationConfig of(ModelDirectory model) {
        JsonObject config = model.config();
        for (Map.Entry<String, JsonElement> entry :
                model.json("generation_config.json").entrySet()) {
            config.add(entry.getKey(), entry.getValue());
        }
        try {
            int[] endTokens = ints(config.get("eos_token_id"));
            OptionalInt begin = token(config, "bos_token_id");
            OptionalInt start = token(config, "decoder_start_token_id");
            start = start.isPresent() ? start : begin;
            require(endTokens.length > 0, model, "eos_token_id: none (expected: a token, or several)");
            require(start.isPresent(), model, "decoder_start_token_id: none (expected: a token)");
            int maxLength = number(config, "max_length", DEFAULT_MAX_LENGTH).intValue();
            if (config.has("max_position_embeddings")) {
                maxLength = Math.min(
                        maxLength, config.get("max_position_embeddings").getAsInt());
            }
            require(maxLength >= 2, model, "max_length: " + maxLength + " (expected: >= 2)");
            List<int[]> badWords = new ArrayList<>();
            if (config.has("bad_words_ids") && !config.get("bad_words_ids").isJsonNull()) {
                config.getAsJsonArray("bad_words_ids").forEach(word -> badWords.add(ints(word)));
            }
            OptionalInt forcedStart = token(config, "forced_bos_token_id");
            GenerationOptions options = new GenerationOptions(
                    number(config, "num_beams", 1).intValue(),
                    1,
                    0,
                    number(config, "length_penalty", 1.0).doubleValue(),
                    number(config, "repetition_penalty", 1.0).doubleValue(),
                    number(config, "no_repeat_ngram_size", 0).intValue(),
                    forcedStart);
            return new GenerationConfig(
                    start.getAsInt(),
                    endTokens,
                    maxLength - 1,
                    List.copyOf(badWords),
                    token(config, "forced_eos_token_id"),
                    options);
        } catch (ClassCastException
                | IllegalStateException
                | IllegalArgumentException
                | UnsupportedOperationException e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY, model + ": generation_config.json: " + e.getMessage(), Map.of(), e);
        }
    }

    /** Without a way to end before the maximum. */
    GenerationConfig withoutEnd() {
        return new GenerationConfig(startToken, new int[0], maxTokens, badWords, OptionalInt.empty(), options);
    }

    boolean isEnd(int token) {
        for (int end : endTokens) {
            if (token == end) {
                return true;
            }
        }
        return false;
    }

    private static int[] ints(@Nullable JsonElement element) {
        if (element == null || element.isJsonNull()) {
            return new int[0];
        }
        if (element.isJsonArray()) {
            return element.getAsJsonArray().asList().stream()
                    .mapToInt(JsonElement::getAsInt)
                    .toArray();
        }
        return new int[] {element.getAsInt()};
    }

    /** A token; of a list, which some exports have in place of one, the first. */
    private static OptionalInt token(JsonObject config, String key) {
        int[] tokens = ints(config.get(key));
        return tokens.length == 0 ? OptionalInt.empty() : OptionalInt.of(tokens[0]);
    }

    private static Number number(JsonObject config, String key, Number fallback) {
        JsonElement element = config.get(key);
        return element == null || element.isJsonNull() ? fallback : element.getAsNumber();
    }

    private static void require(boolean condition, ModelDirectory model, String message) {
        if (!condition) {
            throw new InferenceException(Kind.MODEL_NOT_READY, model + ": generation_config.json: " + message);
        }
    }
}
