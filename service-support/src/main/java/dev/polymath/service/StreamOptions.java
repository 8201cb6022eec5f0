package dev.polymath.service;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The options of a stream whose messages are the options, if there are any, and then documents. Not thread-safe: the
 * messages of a stream come one after the other.
 *
 * @param <O> the options on the wire: a request without documents
 * @param <C> the options, checked
 */
public final class StreamOptions<O, C> {
    private final O defaults;
    private final Function<O, C> check;
    private final String field;
    private @Nullable O wire;
    private @Nullable C checked;

    /**
     * Options that are not there yet.
     *
     * @param defaults for a stream without options
     * @param check throws if something is wrong with the options
     */
    public StreamOptions(O defaults, Function<O, C> check) {
        this(defaults, check, "documents");
    }

    /**
     * As {@link #StreamOptions(Object, Function)}, of a stream of something else than documents.
     *
     * @param field of the options that has them
     */
    public StreamOptions(O defaults, Function<O, C> check, String field) {
        this.defaults = defaults;
        this.check = check;
        this.field = field;
    }

    /**
     * Takes a message with options.
     *
     * @param documents how many documents are in the options, where they do not belong
     * @return null: the message has no answer
     * @throws InvalidRequestException if it is not the first message, has documents, or is refused by the check
     */
    public <R> CompletionStage<R> set(O options, int documents) {
        Violations violations = new Violations();
        if (checked != null) {
            violations.add("options", "after the first message (expected: only as the first message)");
        }
        if (documents > 0) {
            violations.add("options." + field, documents + " " + field + " (expected: 0)");
        }
        violations.throwIfAny();
        checked = check.apply(options);
        wire = options;
        return CompletableFuture.completedFuture(null);
    }

    /**
     * The options for a document. They are checked again when the slots of the models that they were checked with have other versions:
     * so a stream goes over to a new version of a model with its next message. One whose options the new version refuses stays with
     * the old one.
     *
     * @throws InvalidRequestException if there are none and the defaults are refused by the check
     */
    public C get() {
        C current = checked;
        O options = wire;
        ModelUses uses = ModelUses.current();
        if (current == null) {
            current = check.apply(defaults);
            wire = defaults;
        } else if (options != null && uses != null && uses.outdated()) {
            current = uses.renew(() -> check.apply(options), current);
        }
        checked = current;
        return current;
    }

    /** What is wrong with a message that is neither. */
    public static InvalidRequestException neither() {
        return neither("document");
    }

    /**
     * What is wrong with a message that is neither.
     *
     * @param item what it could be beside options
     */
    public static InvalidRequestException neither(String item) {
        Violations violations = new Violations();
        violations.add("item", "not set (expected: options or " + item + ")");
        return violations.exception();
    }
}
