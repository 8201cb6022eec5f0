package dev.polymath.inference;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Most tokens of a batch: what is configured, until memory does not suffice for a batch. Then half of what that batch had, and a
 * quarter more after each minute without another such batch. Not thread-safe; {@link Batcher} guards it.
 */
final class BatchLimit {
    /** After what time without a failure the limit grows. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    /** As ONNX Runtime, CUDA with its libraries, PyTorch and C++ say it; Java has an error of its own. */
    private static final Pattern OUT_OF_MEMORY = Pattern.compile(
            "out of memory|failed to allocate memory|bad_alloc|bad allocation|can't allocate memory|not enough memory"
                    + "|_alloc_failed|is smaller than requested bytes");

    private final int most;
    private int tokens;
    private long changed;

    BatchLimit(int most) {
        this.most = most;
        this.tokens = most;
    }

    /** Most tokens of a batch for now, at least 1. */
    int tokens() {
        return tokens;
    }

    /** Takes down that memory did not suffice for a batch; returns whether the limit is another one now. */
    boolean shrink(long batchTokens, long now) {
        changed = now;
        int before = tokens;
        tokens = (int) Math.max(1, Math.min(tokens, batchTokens / 2));
        return tokens != before;
    }

    /** Grows if it is time to; returns whether the limit is another one now. */
    boolean grow(long now) {
        if (tokens == most || now - changed < PATIENCE.toNanos()) {
            return false;
        }
        changed = now;
        tokens = (int) Math.min(most, tokens + Math.max(1L, tokens / 4));
        return true;
    }

    /** Whether a failure of an engine says that there was too little memory. */
    static boolean outOfMemory(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            String message = cause.getMessage();
            if (cause instanceof OutOfMemoryError
                    || (message != null
                            && OUT_OF_MEMORY
                                    .matcher(message.toLowerCase(Locale.ROOT))
                                    .find())) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
