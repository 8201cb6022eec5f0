package dev.polymath.inference;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The items that wait, and the rule by which they become batches: the item that is due first, and those most like it in
 * length. Nobody starves, because due times never change and the first is always in the next batch. Not thread-safe;
 * {@link Batcher} guards it.
 */
final class BatchQueue<I, O> {
    /**
     * An item that waits.
     *
     * @param length its tokens, which rows of a batch are padded to
     * @param rows how many rows of a batch it needs
     * @param queuedAt when it came, a time of the ticker
     * @param due when its turn is: the later, the more of its own submission is before it, so that a long document does
     *     not hold up the short ones that come after it
     */
    record Entry<I, O>(
            I item,
            int length,
            int rows,
            Call call,
            long queuedAt,
            long due,
            long number,
            CompletableFuture<Batcher.Output<O>> future) {
        /** What it costs. */
        long tokens() {
            return (long) length * rows;
        }
    }

    /**
     * What to run next.
     *
     * @param entries at least one
     * @param full whether more waiting could not make it larger
     * @param queuedAt when the item that is due first came
     */
    record Batch<I, O>(List<Entry<I, O>> entries, boolean full, long queuedAt) {}

    private final BatchOptions options;
    private final TreeSet<Entry<I, O>> byDue = new TreeSet<>(BatchQueue::compareDue);
    private final NavigableMap<Integer, TreeSet<Entry<I, O>>> byLength = new TreeMap<>();
    private long tokens;

    BatchQueue(BatchOptions options) {
        this.options = options;
    }

    int size() {
        return byDue.size();
    }

    long tokens() {
        return tokens;
    }

    boolean isEmpty() {
        return byDue.isEmpty();
    }

    void add(Entry<I, O> entry) {
        byDue.add(entry);
        byLength.computeIfAbsent(entry.length(), length -> new TreeSet<>(BatchQueue::compareDue))
                .add(entry);
        tokens += entry.tokens();
    }

    void remove(Entry<I, O> entry) {
        if (!byDue.remove(entry)) {
            throw new IllegalStateException("entry " + entry.number() + " is not in the queue");
        }
        byLength.computeIfPresent(entry.length(), (length, entries) -> {
            entries.remove(entry);
            return entries.isEmpty() ? null : entries;
        });
        tokens -= entry.tokens();
    }

    /** Removes and returns the entries that nobody wants any more. */
    List<Entry<I, O>> removeOver(long now) {
        List<Entry<I, O>> over = new ArrayList<>();
        for (Entry<I, O> entry : byDue) {
            if (entry.call().over(now) != null || entry.future().isDone()) {
                over.add(entry);
            }
        }
        over.forEach(this::remove);
        return over;
    }

    /** Removes and returns all entries. */
    List<Entry<I, O>> removeAll() {
        List<Entry<I, O>> all = List.copyOf(byDue);
        all.forEach(this::remove);
        return all;
    }

    /** The next batch, which stays in the queue. The queue must not be empty. */
    Batch<I, O> next() {
        Entry<I, O> first = byDue.first();
        List<Entry<I, O>> entries = new ArrayList<>();
        entries.add(first);
        int longest = first.length();
        long rows = first.rows();
        long sum = first.tokens();

        // Walk away from the first one's length in both directions, each time to the entry that adds least padding.
        Cursor<I, O> shorter = new Cursor<>(byLength.headMap(longest, true).descendingMap(), first);
        Cursor<I, O> longer = new Cursor<>(byLength.tailMap(longest, false), first);
        while (true) {
            int size = entries.size();
            Entry<I, O> low = ifLikeEnough(shorter.peek, size, rows, longest, sum);
            Entry<I, O> high = ifLikeEnough(longer.peek, size, rows, longest, sum);
            if (low != null && (high == null || longest - low.length() <= (high.length() - longest) * rows)) {
                entries.add(low);
                rows += low.rows();
                sum += low.tokens();
                shorter.advance();
            } else if (high != null) {
                entries.add(high);
                rows += high.rows();
                sum += high.tokens();
                longest = high.length();
                longer.advance();
            } else {
                return new Batch<>(entries, !fits(size, rows + first.rows(), longest), first.queuedAt());
            }
        }
    }

    /** Whether a batch of {@code size} items may have one more, with which it has so many rows. */
    private boolean fits(int size, long rows, int longest) {
        return size < options.maxBatchSize() && rows * longest <= options.maxBatchTokens();
    }

    /** The candidate, or null if there is none or it would make the batch too large or too much of it padding. */
    private @Nullable Entry<I, O> ifLikeEnough(
            @Nullable Entry<I, O> candidate, int size, long rows, int longest, long sum) {
        if (candidate == null) {
            return null;
        }
        int padded = Math.max(longest, candidate.length());
        long together = rows + candidate.rows();
        double tokens = (double) together * padded;
        boolean likeEnough = (tokens - sum - candidate.tokens()) / tokens <= options.maxPadding();
        return likeEnough && fits(size, together, padded) ? candidate : null;
    }

    private static <I, O> int compareDue(Entry<I, O> a, Entry<I, O> b) {
        // Times of nanoTime may only be compared by their difference.
        int due = Long.signum(a.due() - b.due());
        return due != 0 ? due : Long.compare(a.number(), b.number());
    }

    /** Goes through entries, length by length, each length in the order of due times. */
    private static final class Cursor<I, O> {
        private final Iterator<Entry<I, O>> entries;
        private final Entry<I, O> except;
        private @Nullable Entry<I, O> peek;

        Cursor(Map<Integer, TreeSet<Entry<I, O>>> lengths, Entry<I, O> except) {
            this.entries = lengths.values().stream().flatMap(TreeSet::stream).iterator();
            this.except = except;
            advance();
        }

        void advance() {
            do {
                peek = entries.hasNext() ? entries.next() : null;
            } while (peek == except);
        }
    }
}
