package dev.polymath.inference;

import dev.polymath.inference.InferenceException.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whom a {@link Batcher} lets in: its bounds, what each caller holds of them from admission to answer, and how fast the engine
 * was. Not thread-safe; the batcher guards it.
 */
final class Admission {
    /** What a caller has in here. */
    private static final class Held {
        int items;
        long tokens;

        void add(int moreItems, long moreTokens) {
            items += moreItems;
            tokens += moreTokens;
        }
    }

    private final String name;
    private final BatchOptions options;
    /** By caller; only who holds something. */
    private final Map<String, Held> held = new HashMap<>();

    private int items;
    private long tokens;
    private double nanosPerToken = 100_000;
    /** Whether that is more than a guess. */
    private boolean measured;

    /** @param name of the model, for messages */
    Admission(String name, BatchOptions options) {
        this.name = name;
        this.options = options;
    }

    /** Items that are admitted and not answered. */
    int items() {
        return items;
    }

    /** Tokens that are admitted and not answered. */
    long tokens() {
        return tokens;
    }

    /** How long the engine takes for so many tokens, in nanoseconds. */
    double nanos(double tokens) {
        return tokens * nanosPerToken;
    }

    /** Takes down how long the engine took for each token of a batch. */
    void measured(double nanosPerTokenOfBatch) {
        nanosPerToken += (measured ? 0.1 : 1) * (nanosPerTokenOfBatch - nanosPerToken);
        measured = true;
    }

    void admit(Caller caller, int newItems, long newTokens) {
        items += newItems;
        tokens += newTokens;
        held.computeIfAbsent(caller.name(), name -> new Held()).add(newItems, newTokens);
    }

    /** Takes back what {@link #admit} gave to one item. */
    void answered(String caller, long itemTokens) {
        items--;
        tokens -= itemTokens;
        held.computeIfPresent(caller, (name, own) -> {
            own.add(-1, -itemTokens);
            return own.items == 0 ? null : own;
        });
    }

    boolean hasRoom(int newItems, long newTokens, Caller caller) {
        if (items == 0) {
            return true;
        }
        int freeItems = options.maxQueuedItems() - items - newItems;
        long freeTokens = options.maxQueuedTokens() - tokens - newTokens;
        Held own = held.get(caller.name());
        return freeItems >= 0
                && freeTokens >= 0
                && (caller.equals(Caller.UNKNOWN)
                        || own == null
                        || (own.items + newItems <= freeItems && own.tokens + newTokens <= freeTokens));
    }

    /**
     * Refuses what comes too late behind the work that is there. It must be done in half of the time that is left, because what
     * is known of the engine's speed is an average of the past.
     *
     * @param left nanoseconds until the call's deadline
     * @return why not, or null
     */
    @Nullable
    InferenceException tooLate(Caller caller, long left) {
        Held own = held.get(caller.name());
        if (!measured || own == null) {
            return null;
        }
        // the engine is shared evenly, so of what others have no more comes first than of the caller's own
        double ahead = Math.min(tokens, (double) own.tokens * held.size());
        double wait = nanos(ahead);
        if (wait <= left / 2.0) {
            return null;
        }
        return InferenceException.retryable(
                Kind.OVERLOADED,
                name + ": " + (long) ahead + " tokens come first, for about " + (long) (wait / 1e6)
                        + " ms (expected: <= half of the " + left / 1_000_000 + " ms that the call has left)",
                retryAfter((wait - left / 2.0) / nanosPerToken));
    }

    /** What to say when there is no room. */
    InferenceException overloaded(int newItems, long newTokens, Caller caller) {
        Held own = held.get(caller.name());
        if (own != null && hasRoom(newItems, newTokens, Caller.UNKNOWN)) {
            return InferenceException.retryable(
                    Kind.OVERLOADED,
                    name + ": " + own.items + " items with " + own.tokens
                            + " tokens of the caller are waiting (expected: <= "
                            + "what is left free for others, " + (options.maxQueuedItems() - items - newItems)
                            + " items and " + (options.maxQueuedTokens() - tokens - newTokens)
                            + " tokens, with the " + newItems + " and " + newTokens + " of this request)",
                    retryAfter(newTokens));
        }
        double excess = Math.max(
                tokens + newTokens - options.maxQueuedTokens(),
                (double) tokens * (items + newItems - options.maxQueuedItems()) / items);
        return InferenceException.retryable(
                Kind.OVERLOADED,
                name + ": " + items + " items with " + tokens + " tokens are waiting (expected: <= "
                        + options.maxQueuedItems() + " items and <= " + options.maxQueuedTokens()
                        + " tokens with the " + newItems + " and " + newTokens + " of this request)",
                retryAfter(excess));
    }

    private Duration retryAfter(double tokens) {
        long millis = (long) (nanos(tokens) / 1e6);
        return Duration.ofMillis(Math.max(50, Math.min(millis, 30_000)));
    }
}
