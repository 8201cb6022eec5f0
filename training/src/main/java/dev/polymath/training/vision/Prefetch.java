package dev.polymath.training.vision;

import java.util.AbstractList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;

/**
 * Worker threads that prepare batches while the thread that trains is busy with the one before. The batches of a list are made when
 * they are asked for or a few places earlier, so that a list of any length holds no more than those; a batch that is asked for twice
 * is made twice. Close it to end the threads. Thread-safe, but a list is read by one thread.
 */
public final class Prefetch implements AutoCloseable {
    private final ExecutorService workers;
    private final int ahead;

    /**
     * A batch that may not be made yet.
     *
     * @param <T> what it holds
     */
    public static final class Batch<T> {
        private final Sequence<T> sequence;
        private final int index;
        private final int size;

        private Batch(Sequence<T> sequence, int index, int size) {
            this.sequence = sequence;
            this.index = index;
            this.size = size;
        }

        /** Its place in the list. */
        public int index() {
            return index;
        }

        /** Pictures in it. */
        public int size() {
            return size;
        }

        /** Waits until it is made. What went wrong with it is thrown here. */
        public T get() {
            return sequence.take(index);
        }
    }

    /** @param workers number of threads, >= 1; each has one batch in work and one that waits to be taken */
    public Prefetch(int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("workers: " + workers + " (expected: >= 1)");
        }
        this.ahead = 2 * workers;
        this.workers = Executors.newFixedThreadPool(workers, task -> {
            Thread thread = new Thread(task, "prefetch");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * A list of batches to come.
     *
     * @param count length of the list
     * @param size of the batch with an index
     * @param make the batch with an index, on a worker thread; the same for the same index
     */
    public <T> List<Batch<T>> batches(int count, IntUnaryOperator size, IntFunction<T> make) {
        Sequence<T> sequence = new Sequence<>(count, make);
        return new AbstractList<>() {
            @Override
            public Batch<T> get(int index) {
                return new Batch<>(sequence, index, size.applyAsInt(index));
            }

            @Override
            public int size() {
                return count;
            }
        };
    }

    /** What is not made yet is not made any more. */
    @Override
    public void close() {
        workers.shutdownNow();
    }

    private final class Sequence<T> {
        private final int count;
        private final IntFunction<T> make;
        private final Map<Integer, Future<T>> pending = new HashMap<>();

        Sequence(int count, IntFunction<T> make) {
            this.count = count;
            this.make = make;
        }

        T take(int index) {
            for (int i = index; i <= Math.min(count - 1, index + ahead); i++) {
                int next = i;
                pending.computeIfAbsent(i, key -> workers.submit(() -> make.apply(next)));
            }
            Future<T> future = pending.remove(index);
            if (future == null) {
                throw new IndexOutOfBoundsException(index);
            }
            try {
                return future.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException("batch " + index + ": " + e.getCause(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while a batch was made");
            }
        }
    }
}
