package dev.polymath.inference;

import java.time.Duration;
import java.util.Collection;

/**
 * What it took to answer: which model, where, and how long each step lasted.
 *
 * @param model name of the model
 * @param version version of the model
 * @param sha256 of the model directory's SHA256SUMS, 64 lower-case hexadecimal digits
 * @param device {@code cpu}, {@code gpu0}, ...
 * @param batchSize size of the largest engine batch that any of the work was part of; 0 when nothing was run
 * @param tokens tokens that the model read, special tokens included, padding not
 * @param generatedTokens tokens of the answers that the model generated, those of discarded beams not counted; 0 for a model
 *     that generates nothing
 * @param tokenize time from an input to what the engine reads of it (a text to tokens, an image to numbers), summed
 * @param queue longest time that a piece of the work waited for the engine
 * @param infer longest time that the engine took for a batch with a piece of the work in it
 * @param decode time from the model's numbers to the result, summed
 */
public record Receipt(
        String model,
        String version,
        String sha256,
        String device,
        int batchSize,
        long tokens,
        long generatedTokens,
        Duration tokenize,
        Duration queue,
        Duration infer,
        Duration decode) {

    /** The receipt of a model that has done nothing yet. */
    public static Receipt none(ModelDirectory model, String device) {
        return none(model.name(), model.version(), model.sha256(), device);
    }

    private static Receipt none(String model, String version, String sha256, String device) {
        return new Receipt(
                model, version, sha256, device, 0, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    }

    /** The same model, and nothing done. */
    public Receipt withoutWork() {
        return none(model, version, sha256, device);
    }

    /** This receipt with more time spent on tokenizing. */
    public Receipt plusTokenize(Duration more) {
        return new Receipt(
                model,
                version,
                sha256,
                device,
                batchSize,
                tokens,
                generatedTokens,
                tokenize.plus(more),
                queue,
                infer,
                decode);
    }

    /** This receipt with more time spent on decoding. */
    public Receipt plusDecode(Duration more) {
        return new Receipt(
                model,
                version,
                sha256,
                device,
                batchSize,
                tokens,
                generatedTokens,
                tokenize,
                queue,
                infer,
                decode.plus(more));
    }

    /**
     * One receipt for several pieces of work of the same model: sums of tokens, generated tokens, tokenize and
     * decode, maxima of the others.
     *
     * @throws IllegalArgumentException if there is no receipt to merge
     */
    public static Receipt merge(Collection<Receipt> receipts) {
        return receipts.stream()
                .reduce(Receipt::merge)
                .orElseThrow(() -> new IllegalArgumentException("receipts: 0 (expected: >= 1)"));
    }

    private static Receipt merge(Receipt a, Receipt b) {
        return new Receipt(
                a.model,
                a.version,
                a.sha256,
                a.device,
                Math.max(a.batchSize, b.batchSize),
                a.tokens + b.tokens,
                a.generatedTokens + b.generatedTokens,
                a.tokenize.plus(b.tokenize),
                longer(a.queue, b.queue),
                longer(a.infer, b.infer),
                a.decode.plus(b.decode));
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
