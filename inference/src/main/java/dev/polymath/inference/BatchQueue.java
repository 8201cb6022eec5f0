package dev.polymath.inference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The items that wait, and the rule by which they become batches: the caller who had least of the engine so far is first, with
 * the item of its own that is due first; then, again and again, the caller who had least, with the item of its own that is most
 * like the first in length. So callers share the engine in proportion to their weights while they have items waiting, whatever
 * the others send (start-time fair queueing, Goyal, Vin and Cheng 1996, with tokens for the length of packets; who comes anew
 * begins where the others are and has saved nothing). Nobody starves: due times never change, and a caller's first item is in the
 * next batch that the caller begins. Not thread-safe; {@link Batcher} guards it.
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

        String caller() {
            return call.caller().name();
        }

        /** What it costs its caller. */
        double cost() {
            return tokens() / call.caller().weight();
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

    /** What waits of one caller. */
    private static final class Flow<I, O> {
        final TreeSet<Entry<I, O>> byDue = new TreeSet<>(BatchQueue::compareDue);
        final NavigableMap<Integer, TreeSet<Entry<I, O>>> byLength = new TreeMap<>();

        /** Tokens by weight that the caller has had, or has not asked for while others had them. */
        double served;

        /** As {@link #served}, with what is in the batch that is being made. */
        double spoken;

        Flow(double served) {
            this.served = served;
        }
    }

    private final BatchOptions options;
    private final Map<String, Flow<I, O>> flows = new LinkedHashMap<>();

    /** Most tokens of a padded batch for now. */
    private int maxBatchTokens;

    /** What the caller who was first last had been served by then. */
    private double virtualTime;

    private int size;
    private long tokens;

    BatchQueue(BatchOptions options) {
        this.options = options;
        this.maxBatchTokens = options.maxBatchTokens();
    }

    /** From now on, most tokens of a padded batch. */
    void limit(int tokens) {
        maxBatchTokens = tokens;
    }

    int size() {
        return size;
    }

    long tokens() {
        return tokens;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(Entry<I, O> entry) {
        Flow<I, O> flow = flows.computeIfAbsent(entry.caller(), caller -> new Flow<>(virtualTime));
        if (flow.byDue.isEmpty()) {
            flow.served = Math.max(flow.served, virtualTime);
        }
        flow.byDue.add(entry);
        flow.byLength
                .computeIfAbsent(entry.length(), length -> new TreeSet<>(BatchQueue::compareDue))
                .add(entry);
        size++;
        tokens += entry.tokens();
    }

    private void remove(Entry<I, O> entry) {
        Flow<I, O> flow = flows.get(entry.caller());
        if (flow == null || !flow.byDue.remove(entry)) {
            throw new IllegalStateException("entry " + entry.number() + " is not in the queue");
        }
        flow.byLength.computeIfPresent(entry.length(), (length, entries) -> {
            entries.remove(entry);
            return entries.isEmpty() ? null : entries;
        });
        size--;
        tokens -= entry.tokens();
    }

    /** Removes a batch that {@link #next} gave, which the engine runs. */
    void take(Batch<I, O> batch) {
        virtualTime = Math.max(virtualTime, flow(batch.entries().get(0)).served);
        for (Entry<I, O> entry : batch.entries()) {
            flow(entry).served += entry.cost();
            remove(entry);
        }
        // Who waits for nothing and is not ahead of the others is as good as new.
        flows.values().removeIf(flow -> flow.byDue.isEmpty() && (size == 0 || flow.served <= virtualTime));
    }

    private Flow<I, O> flow(Entry<I, O> entry) {
        return Objects.requireNonNull(flows.get(entry.caller()));
    }

    /** Removes and returns the entries that nobody wants any more. */
    List<Entry<I, O>> removeOver(long now) {
        return removeIf(
                entry -> entry.call().over(now) != null || entry.future().isDone());
    }

    /** Removes and returns all entries. */
    List<Entry<I, O>> removeAll() {
        return removeIf(entry -> true);
    }

    private List<Entry<I, O>> removeIf(Predicate<Entry<I, O>> condition) {
        List<Entry<I, O>> removed = flows.values().stream()
                .flatMap(flow -> flow.byDue.stream())
                .filter(condition)
                .toList();
        removed.forEach(this::remove);
        return removed;
    }

    /** The next batch, which stays in the queue. The queue must not be empty. */
    Batch<I, O> next() {
        List<Flow<I, O>> waiting = new ArrayList<>();
        for (Flow<I, O> flow : flows.values()) {
            if (!flow.byDue.isEmpty()) {
                flow.spoken = flow.served;
                waiting.add(flow);
            }
        }
        Flow<I, O> begins = Collections.min(waiting, BatchQueue::compareSpoken);
        Entry<I, O> first = begins.byDue.first();
        begins.spoken += first.cost();
        Growing<I, O> batch = new Growing<>(options, maxBatchTokens, first);
        Map<Flow<I, O>, Candidates<I, O>> candidates = new IdentityHashMap<>();
        waiting.forEach(flow -> candidates.put(flow, new Candidates<>(flow, first)));
        boolean grows = true;
        while (grows) {
            if (waiting.size() > 1) {
                waiting.sort(BatchQueue::compareSpoken);
            }
            grows = false;
            for (Flow<I, O> flow : waiting) {
                Entry<I, O> entry = Objects.requireNonNull(candidates.get(flow)).take(batch);
                if (entry != null) {
                    batch.add(entry);
                    flow.spoken += entry.cost();
                    grows = true;
                    break;
                }
            }
        }
        return new Batch<>(batch.entries, !batch.fits(batch.rows + first.rows(), batch.longest), first.queuedAt());
    }

    /** Who had less is first; who had as much, in the order in which their items are due. */
    private static <I, O> int compareSpoken(Flow<I, O> a, Flow<I, O> b) {
        int spoken = Double.compare(a.spoken, b.spoken);
        return spoken != 0 ? spoken : compareDue(a.byDue.first(), b.byDue.first());
    }

    /** A batch that is being made. */
    private static final class Growing<I, O> {
        final List<Entry<I, O>> entries = new ArrayList<>();
        final BatchOptions options;
        final int maxBatchTokens;
        int longest;
        long rows;
        long sum;

        Growing(BatchOptions options, int maxBatchTokens, Entry<I, O> first) {
            this.options = options;
            this.maxBatchTokens = maxBatchTokens;
            add(first);
        }

        void add(Entry<I, O> entry) {
            entries.add(entry);
            longest = Math.max(longest, entry.length());
            rows += entry.rows();
            sum += entry.tokens();
        }

        /** Whether it may have one item more, with which it has so many rows. */
        boolean fits(long rows, int longest) {
            return entries.size() < options.maxBatchSize() && rows * longest <= maxBatchTokens;
        }

        /** Whether the candidate would make it neither too large nor too much of it padding. */
        boolean takes(Entry<I, O> candidate) {
            int padded = Math.max(longest, candidate.length());
            long together = rows + candidate.rows();
            double tokens = (double) together * padded;
            return (tokens - sum - candidate.tokens()) / tokens <= options.maxPadding() && fits(together, padded);
        }
    }

    /** A caller's items, walked away from the first one's length in both directions. */
    private static final class Candidates<I, O> {
        private final Cursor<I, O> shorter;
        private final Cursor<I, O> longer;

        Candidates(Flow<I, O> flow, Entry<I, O> first) {
            shorter = new Cursor<>(flow.byLength.headMap(first.length(), true).descendingMap(), first);
            longer = new Cursor<>(flow.byLength.tailMap(first.length(), false), first);
        }

        /** The entry that adds least padding to the batch; null if none may be added. */
        @Nullable
        Entry<I, O> take(Growing<I, O> batch) {
            Entry<I, O> low = shorter.peek != null && batch.takes(shorter.peek) ? shorter.peek : null;
            Entry<I, O> high = longer.peek != null && batch.takes(longer.peek) ? longer.peek : null;
            if (low != null
                    && (high == null || batch.longest - low.length() <= (high.length() - batch.longest) * batch.rows)) {
                shorter.advance();
                return low;
            }
            if (high != null) {
                longer.advance();
            }
            return high;
        }
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
