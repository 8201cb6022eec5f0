package dev.polymath.inference;

import java.time.Duration;

/**
 * How waiting items become batches, and how many may wait.
 *
 * @param maxBatchTokens most tokens of a padded batch (rows x longest row); a single longer item runs alone
 * @param maxBatchSize most items in a batch
 * @param maxPadding share of a batch that may be padding, 0 to 1
 * @param maxDelay longest time that an item waits for companions while another worker keeps its device busy; 0 by default,
 *     because the workers of a CPU share its cores evenly and a GPU has one
 * @param maxQueuedItems most items that may be admitted and unanswered
 * @param maxQueuedTokens most tokens that may be admitted and unanswered; a larger text is admitted when nothing else is
 */
public record BatchOptions(
        int maxBatchTokens,
        int maxBatchSize,
        double maxPadding,
        Duration maxDelay,
        int maxQueuedItems,
        int maxQueuedTokens) {

    public BatchOptions {
        require(maxBatchTokens >= 1, "maxBatchTokens", maxBatchTokens, ">= 1");
        require(maxBatchSize >= 1, "maxBatchSize", maxBatchSize, ">= 1");
        require(maxPadding >= 0 && maxPadding <= 1, "maxPadding", maxPadding, "0 to 1");
        require(!maxDelay.isNegative(), "maxDelay", maxDelay, ">= 0");
        require(maxQueuedItems >= 1, "maxQueuedItems", maxQueuedItems, ">= 1");
        require(maxQueuedTokens >= 1, "maxQueuedTokens", maxQueuedTokens, ">= 1");
    }

    /** What was measured to do well on a CPU: docs/adr/0006-workers-and-threads.md. */
    public static BatchOptions defaults() {
        return new BatchOptions(1024, 32, 0.1, Duration.ZERO, 4096, 131_072);
    }

    /** These options with another number of items. */
    BatchOptions withMaxBatchSize(int items) {
        return new BatchOptions(maxBatchTokens, items, maxPadding, maxDelay, maxQueuedItems, maxQueuedTokens);
    }

    static void require(boolean condition, String name, Object value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
