package dev.polymath.inference;

import dev.polymath.inference.BatchQueue.Entry;
import dev.polymath.inference.InferenceException.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits items, lets them wait, and runs them in batches, one thread per {@link BatchRunner}.
 *
 * <ul>
 *   <li>Admission is bounded in items and in tokens, from admission to answer. A submission is admitted whole or not at
 *       all; one that is larger than the bound is admitted when nothing else is.
 *   <li>A known caller may hold no more of the bounds than it leaves free (dynamic thresholds, Choudhury and Hahne 1998), but
 *       for a first submission: so one alone has at most half, and who comes anew finds room.
 *   <li>A submission before which there is more work than its call has time for is refused at once, instead of after that time.
 *   <li>A batch is the item that is due first and those most like it in length, within the token budget; between callers the
 *       turn goes by what each had already, see {@link BatchQueue}.
 *   <li>An idle device takes what is there at once. While another worker keeps the device busy, an item waits at most
 *       {@link BatchOptions#maxDelay()} for companions.
 *   <li>What is cancelled or past its deadline is dropped before it reaches the engine.
 *   <li>A batch that makes the engine fail is halved until the item that does it is alone.
 *   <li>A batch that memory does not suffice for is halved too, and no later one is larger than such a half; see
 *       {@link BatchLimit}. An item alone is tried once more, when nothing else runs on its device.
 * </ul>
 *
 * One lock guards the queue and the counters. Runners run and futures complete outside of it. Thread-safe.
 *
 * @param <I> an item, for example a token sequence
 * @param <O> the answer to an item
 */
public final class Batcher<I, O> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Batcher.class);

    /** Cancelled calls that wait for admission, and fake clocks, are looked at this often. */
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /**
     * The answer to one item.
     *
     * @param value what the runner returned
     * @param device where
     * @param batchSize items in the engine batch it was part of
     * @param queue how long it waited
     * @param infer how long the engine took for its batch
     */
    public record Output<O>(O value, String device, int batchSize, Duration queue, Duration infer) {}

    private final String name;
    private final BatchOptions options;
    private final ToIntFunction<I> length;
    private final ToIntFunction<I> rows;
    private final InferenceListener listener;
    private final LongSupplier ticker;
    private final List<Thread> workers = new ArrayList<>();

    /** By device: shared by its batches, and held alone by an item that needs all of its memory. */
    private final Map<String, ReadWriteLock> memory = new HashMap<>();

    private final ReentrantLock lock = new ReentrantLock();
    /** Something came into the queue, or the batcher closes. */
    private final Condition work = lock.newCondition();
    /** Something was answered, or the batcher closes. */
    private final Condition room = lock.newCondition();

    // Guarded by lock.
    private final BatchQueue<I, O> queue;

    private final BatchLimit limit;
    private final Admission admission;
    /** Submissions that wait for room, by caller. */
    private final Map<String, Deque<Object>> waiting = new HashMap<>();

    private final Map<String, Integer> running = new HashMap<>();
    private long submissions;
    private boolean closed;
    private boolean abandoned;

    /**
     * Starts one thread per runner.
     *
     * @param name of the model, for thread names and the listener
     * @param length tokens of an item, at least 1
     * @param runners at least one; this batcher closes them
     */
    public Batcher(
            String name,
            BatchOptions options,
            ToIntFunction<I> length,
            List<? extends BatchRunner<I, O>> runners,
            InferenceListener listener) {
        this(name, options, length, item -> 1, runners, listener);
    }

    /**
     * As the other, for items that each need several rows of a batch, such as the hypotheses of a beam search.
     *
     * @param rows rows of an item, at least 1; for batches and for admission it counts as so many times its tokens
     */
    public Batcher(
            String name,
            BatchOptions options,
            ToIntFunction<I> length,
            ToIntFunction<I> rows,
            List<? extends BatchRunner<I, O>> runners,
            InferenceListener listener) {
        this(name, options, length, rows, runners, listener, System::nanoTime);
    }

    Batcher(
            String name,
            BatchOptions options,
            ToIntFunction<I> length,
            ToIntFunction<I> rows,
            List<? extends BatchRunner<I, O>> runners,
            InferenceListener listener,
            LongSupplier ticker) {
        BatchOptions.require(!runners.isEmpty(), "runners", runners.size(), ">= 1");
        this.name = name;
        this.options = options;
        this.length = length;
        this.rows = rows;
        this.listener = listener;
        this.ticker = ticker;
        this.queue = new BatchQueue<>(options);
        this.limit = new BatchLimit(options.maxBatchTokens());
        this.admission = new Admission(name, options);
        tell(l -> l.batchLimitChanged(name, options.maxBatchTokens()));
        for (BatchRunner<I, O> runner : runners) {
            memory.computeIfAbsent(runner.device(), device -> new ReentrantReadWriteLock());
            Thread worker =
                    new Thread(() -> work(runner), "polymath-" + name + "-" + runner.device() + "-" + workers.size());
            worker.setDaemon(true);
            workers.add(worker);
        }
        workers.forEach(Thread::start);
    }

    /**
     * Submits items that belong together; fails fast.
     *
     * @return a future per item, in the same order; they complete on a worker thread, so what depends on them must be
     *     asynchronous or trivial
     * @throws InferenceException OVERLOADED with a hint when to retry, SHUTTING_DOWN, DEADLINE_EXCEEDED or CANCELLED
     */
    public List<CompletableFuture<Output<O>>> submit(List<I> items, Call call) {
        return admit(items, call, false);
    }

    /**
     * As {@link #submit}, but waits on the calling thread, first come first served, until there is room or the call is
     * over.
     */
    public List<CompletableFuture<Output<O>>> submitWhenAdmitted(List<I> items, Call call) {
        return admit(items, call, true);
    }

    /**
     * Fails as {@link #submit} would with items of one token, so that nobody makes items in vain.
     *
     * @param items how many
     * @throws InferenceException as {@link #submit}
     */
    public void requireRoom(int items, Call call) {
        reserve(items, items, call, false, () -> null);
    }

    /** Items that are admitted and not answered. */
    public int admittedItems() {
        lock.lock();
        try {
            return admission.items();
        } finally {
            lock.unlock();
        }
    }

    /** Tokens that are admitted and not answered. */
    public long admittedTokens() {
        lock.lock();
        try {
            return admission.tokens();
        } finally {
            lock.unlock();
        }
    }

    /** Submissions that wait for room. */
    int waiting() {
        lock.lock();
        try {
            return waiting.values().stream().mapToInt(Deque::size).sum();
        } finally {
            lock.unlock();
        }
    }

    /** Whether submissions are accepted. */
    public boolean isOpen() {
        lock.lock();
        try {
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Refuses what comes from now on, answers what was admitted, then closes the runners. If the calling thread is
     * interrupted meanwhile, what still waits fails with SHUTTING_DOWN. Must not be called on a worker thread.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            work.signalAll();
            room.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Thread worker : workers) {
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    abandonQueue();
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void abandonQueue() {
        lock.lock();
        try {
            abandoned = true;
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private List<CompletableFuture<Output<O>>> admit(List<I> items, Call call, boolean wait) {
        if (items.isEmpty()) {
            return List.of();
        }
        long tokens = items.stream().mapToLong(this::tokens).sum();
        return reserve(items.size(), tokens, call, wait, () -> enqueue(items, call, tokens));
    }

    /** Does what holds the lock when there is room. */
    private <T> T reserve(int items, long tokens, Call call, boolean wait, Supplier<T> then) {
        dropOver(items, tokens, call.caller());
        lock.lock();
        try {
            awaitRoom(items, tokens, call, wait);
            return then.get();
        } catch (InferenceException e) {
            tell(l -> l.requestRejected(name, e.kind()));
            throw e;
        } finally {
            lock.unlock();
        }
    }

    private long tokens(I item) {
        return (long) length.applyAsInt(item) * rows.applyAsInt(item);
    }

    /** What nobody wants any more must not keep others out. */
    private void dropOver(int items, long tokens, Caller caller) {
        List<Entry<I, O>> over;
        lock.lock();
        try {
            over = admission.hasRoom(items, tokens, caller) ? List.of() : removeOver();
        } finally {
            lock.unlock();
        }
        over.forEach(this::completeOver);
    }

    private void awaitRoom(int items, long tokens, Call call, boolean wait) {
        Object ticket = new Object();
        Deque<Object> line = waiting.computeIfAbsent(call.caller().name(), name -> new ArrayDeque<>());
        if (wait) {
            line.add(ticket);
        }
        try {
            while (true) {
                if (closed) {
                    throw shuttingDown();
                }
                Kind over = call.over(ticker.getAsLong());
                if (over != null) {
                    throw Call.exception(over);
                }
                boolean hasRoom = admission.hasRoom(items, tokens, call.caller());
                if (!wait) {
                    InferenceException refusal = hasRoom
                            ? admission.tooLate(call.caller(), call.left(ticker.getAsLong()))
                            : admission.overloaded(items, tokens, call.caller());
                    if (refusal != null) {
                        throw refusal;
                    }
                    return;
                }
                if (hasRoom && line.peek() == ticket) {
                    return;
                }
                try {
                    room.awaitNanos(POLL_NANOS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InferenceException(Kind.CANCELLED, "the thread that waited was interrupted", Map.of(), e);
                }
            }
        } finally {
            if (wait) {
                line.remove(ticket);
                // whoever is first in line now may have room already
                room.signalAll();
            }
            if (line.isEmpty()) {
                waiting.remove(call.caller().name(), line);
            }
        }
    }

    private InferenceException shuttingDown() {
        return InferenceException.retryable(
                Kind.SHUTTING_DOWN, name + ": the model is being closed", Duration.ofSeconds(1));
    }

    private List<CompletableFuture<Output<O>>> enqueue(List<I> items, Call call, long tokens) {
        long now = ticker.getAsLong();
        long before = 0;
        List<CompletableFuture<Output<O>>> futures = new ArrayList<>(items.size());
        for (I item : items) {
            CompletableFuture<Output<O>> future = new CompletableFuture<>();
            long due = now + (long) admission.nanos(before);
            queue.add(new Entry<>(
                    item, length.applyAsInt(item), rows.applyAsInt(item), call, now, due, submissions++, future));
            futures.add(future);
            before += tokens(item);
        }
        admission.admit(call.caller(), items.size(), tokens);
        tell(l -> l.queueChanged(name, queue.size(), queue.tokens()));
        work.signalAll();
        return futures;
    }

    private void work(BatchRunner<I, O> runner) {
        try (runner) {
            for (List<Entry<I, O>> batch = take(runner.device()); batch != null; batch = take(runner.device())) {
                List<Runnable> answers = new ArrayList<>(batch.size());
                Set<Entry<I, O>> early = Collections.newSetFromMap(new IdentityHashMap<>());
                try {
                    run(runner, batch, answers, early);
                } finally {
                    release(runner.device(), without(early, batch));
                    answers.forEach(Runnable::run);
                }
            }
        }
    }

    /** Waits for the next batch; null when closed and drained. */
    private @Nullable List<Entry<I, O>> take(String device) {
        while (true) {
            List<Entry<I, O>> over;
            List<Entry<I, O>> batch = null;
            lock.lock();
            try {
                over = removeOver();
                if (over.isEmpty()) {
                    if (queue.isEmpty() && closed) {
                        return null;
                    }
                    batch = poll(device);
                }
            } finally {
                lock.unlock();
            }
            over.forEach(this::completeOver);
            if (batch != null) {
                return batch;
            }
        }
    }

    /** The next batch, or null after some waiting. */
    private @Nullable List<Entry<I, O>> poll(String device) {
        if (queue.isEmpty()) {
            work.awaitUninterruptibly();
            return null;
        }
        long now = ticker.getAsLong();
        if (limit.grow(now)) {
            limitChanged();
        }
        BatchQueue.Batch<I, O> next = queue.next();
        if (running.getOrDefault(device, 0) > 0 && !next.full() && !closed) {
            long left = next.queuedAt() + options.maxDelay().toNanos() - now;
            if (left > 0) {
                try {
                    work.awaitNanos(Math.min(left, POLL_NANOS));
                } catch (InterruptedException e) {
                    // Nobody but an engine could interrupt a worker, and it has no reason to stop.
                }
                return null;
            }
        }
        queue.take(next);
        running.merge(device, 1, Integer::sum);
        tell(l -> l.queueChanged(name, queue.size(), queue.tokens()));
        next.entries().forEach(entry -> tell(l -> l.itemDequeued(name, Duration.ofNanos(now - entry.queuedAt()))));
        return next.entries();
    }

    private void run(
            BatchRunner<I, O> runner, List<Entry<I, O>> batch, List<Runnable> answers, Set<Entry<I, O>> early) {
        long start = ticker.getAsLong();
        List<O> values;
        try {
            values = values(runner, batch, start, early);
            if (values.size() != batch.size()) {
                throw new IllegalStateException(values.size() + " outputs (expected: " + batch.size() + ")");
            }
        } catch (Throwable e) { // whatever it is, the worker lives on and every future completes
            isolate(runner, without(early, batch), answers, early, e);
            return;
        }
        long end = ticker.getAsLong();
        measure(batch, end - start);
        for (int i = 0; i < batch.size(); i++) {
            Entry<I, O> entry = batch.get(i);
            if (!early.contains(entry)) {
                Output<O> output = output(runner, batch.size(), entry, values.get(i), start, end);
                answers.add(() -> entry.future().complete(output));
            }
        }
    }

    private List<O> values(BatchRunner<I, O> runner, List<Entry<I, O>> batch, long start, Set<Entry<I, O>> early) {
        List<I> items = batch.stream().map(Entry::item).toList();
        BatchRunner.Early<O> answers = (index, value) -> answerEarly(runner, batch, index, value, start, early);
        ReadWriteLock device = Objects.requireNonNull(memory.get(runner.device()));
        device.readLock().lock();
        try {
            return runner.run(items, answers);
        } catch (Throwable e) {
            if (!BatchLimit.outOfMemory(e)) {
                throw e;
            }
            shrink(runner, batch, e);
            if (batch.size() > 1) {
                throw e;
            }
        } finally {
            device.readLock().unlock();
        }
        device.writeLock().lock();
        try {
            return runner.run(items, answers);
        } finally {
            device.writeLock().unlock();
        }
    }

    private void shrink(BatchRunner<I, O> runner, List<Entry<I, O>> batch, Throwable failure) {
        long tokens = paddedTokens(batch);
        lock.lock();
        try {
            if (limit.shrink(tokens, ticker.getAsLong())) {
                LOG.warn(
                        "{}: the memory of {} does not suffice for a batch of {} tokens; batches have at most {} for now ({})",
                        name,
                        runner.device(),
                        tokens,
                        limit.tokens(),
                        String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
                limitChanged();
            }
        } finally {
            lock.unlock();
        }
    }

    private void limitChanged() {
        queue.limit(limit.tokens());
        tell(l -> l.batchLimitChanged(name, limit.tokens()));
    }

    private static <I, O> long paddedTokens(List<Entry<I, O>> batch) {
        long longest = batch.stream().mapToLong(Entry::length).max().orElse(1);
        return longest * batch.stream().mapToLong(Entry::rows).sum();
    }

    private void answerEarly(
            BatchRunner<I, O> runner, List<Entry<I, O>> batch, int index, O value, long start, Set<Entry<I, O>> early) {
        Entry<I, O> entry = batch.get(index);
        if (early.add(entry)) {
            lock.lock();
            try {
                returnPermits(List.of(entry));
            } finally {
                lock.unlock();
            }
            entry.future().complete(output(runner, batch.size(), entry, value, start, ticker.getAsLong()));
        }
    }

    private static <I, O> Output<O> output(
            BatchRunner<I, O> runner, int batchSize, Entry<I, O> entry, O value, long start, long end) {
        return new Output<>(
                value,
                runner.device(),
                batchSize,
                Duration.ofNanos(start - entry.queuedAt()),
                Duration.ofNanos(end - start));
    }

    private static <I, O> List<Entry<I, O>> without(Set<Entry<I, O>> answered, List<Entry<I, O>> batch) {
        return batch.stream().filter(entry -> !answered.contains(entry)).toList();
    }

    private void isolate(
            BatchRunner<I, O> runner,
            List<Entry<I, O>> batch,
            List<Runnable> answers,
            Set<Entry<I, O>> early,
            Throwable failure) {
        if (batch.isEmpty()) {
            LOG.warn("{}: the engine failed after the last answer", name, failure);
            return;
        }
        if (batch.size() == 1) {
            InferenceException exception = BatchLimit.outOfMemory(failure)
                    ? new InferenceException(
                            Kind.ENGINE_FAILURE,
                            name + ": the memory of " + runner.device() + " does not suffice for this input of "
                                    + paddedTokens(batch) + " tokens",
                            Map.of(InferenceException.OUT_OF_MEMORY, runner.device()),
                            failure)
                    : new InferenceException(
                            Kind.ENGINE_FAILURE, name + ": the engine failed on this input", Map.of(), failure);
            answers.add(() -> batch.get(0).future().completeExceptionally(exception));
            return;
        }
        int half = batch.size() / 2;
        run(runner, batch.subList(0, half), answers, early);
        run(runner, batch.subList(half, batch.size()), answers, early);
    }

    private void measure(List<Entry<I, O>> batch, long nanos) {
        long tokens = batch.stream().mapToLong(Entry::tokens).sum();
        double padding = 1 - (double) tokens / paddedTokens(batch);
        tell(l -> l.batchCompleted(name, batch.size(), padding, Duration.ofNanos(nanos)));
        lock.lock();
        try {
            double sample = (double) nanos / Math.max(1, tokens) / workers.size();
            admission.measured(sample);
        } finally {
            lock.unlock();
        }
    }

    private void release(String device, List<Entry<I, O>> batch) {
        lock.lock();
        try {
            running.merge(device, -1, Integer::sum);
            returnPermits(batch);
        } finally {
            lock.unlock();
        }
    }

    private List<Entry<I, O>> removeOver() {
        List<Entry<I, O>> over = abandoned ? queue.removeAll() : queue.removeOver(ticker.getAsLong());
        if (!over.isEmpty()) {
            returnPermits(over);
            tell(l -> l.queueChanged(name, queue.size(), queue.tokens()));
        }
        return over;
    }

    private void returnPermits(List<Entry<I, O>> entries) {
        entries.forEach(entry -> admission.answered(entry.caller(), entry.tokens()));
        room.signalAll();
    }

    private void completeOver(Entry<I, O> entry) {
        Kind over = entry.call().over(ticker.getAsLong());
        entry.future().completeExceptionally(over == null ? shuttingDown() : Call.exception(over));
    }

    void tell(Consumer<InferenceListener> event) {
        tell(name, listener, event);
    }

    /** A listener that fails must not cost an answer. */
    static void tell(String name, InferenceListener listener, Consumer<InferenceListener> event) {
        try {
            event.accept(listener);
        } catch (RuntimeException e) {
            LOG.warn("{}: the listener failed", name, e);
        }
    }
}
