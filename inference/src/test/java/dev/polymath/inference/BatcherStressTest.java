package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.InferenceException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads, small queue, random cancels, deadlines, failures and a close in the middle of it. */
class BatcherStressTest {
    private static final int THREADS = 16;
    private static final int CALLS = 2_000;

    @Test
    @Timeout(120)
    void everyFutureCompletesExactlyOnceAndEveryPermitReturns() throws Exception {
        LongAdder[] failures =
                Stream.generate(LongAdder::new).limit(Kind.values().length).toArray(LongAdder[]::new);
        LongAdder answered = new LongAdder();
        LongAdder wrong = new LongAdder();
        ConcurrentLinkedQueue<AtomicInteger> completions = new ConcurrentLinkedQueue<>();
        Batcher<Integer, Integer> batcher = new Batcher<>(
                "stress",
                new BatchOptions(200, 16, 0.5, Duration.ofNanos(50_000), 64, 1500),
                item -> 1 + item % 50,
                List.of(new SquareRunner(), new SquareRunner(), new SquareRunner()),
                InferenceListener.NONE);

        Thread closer = new Thread(batcher::close);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> done = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            boolean closes = thread == 0;
            Random random = new Random(thread);
            done.add(threads.submit(() -> {
                for (int n = 0; n < CALLS; n++) {
                    if (closes && n == CALLS * 3 / 4) {
                        closer.start();
                    }
                    List<Integer> items = random.ints(1 + random.nextInt(5), 0, 10_000)
                            .boxed()
                            .toList();
                    Caller caller = random.nextBoolean() ? Caller.UNKNOWN : new Caller("caller" + random.nextInt(5), 2);
                    Call call = random.nextInt(4) == 0
                            ? Call.withDeadline(System.nanoTime() + random.nextInt(2_000_000), caller)
                            : Call.unbounded(caller);
                    List<CompletableFuture<Batcher.Output<Integer>>> futures;
                    try {
                        futures = random.nextBoolean()
                                ? batcher.submit(items, call)
                                : batcher.submitWhenAdmitted(items, call);
                    } catch (InferenceException e) {
                        failures[e.kind().ordinal()].increment();
                        continue;
                    }
                    for (int i = 0; i < items.size(); i++) {
                        int item = items.get(i);
                        AtomicInteger count = new AtomicInteger();
                        completions.add(count);
                        var unused = futures.get(i).whenComplete((output, failure) -> {
                            count.incrementAndGet();
                            if (failure instanceof InferenceException e) {
                                failures[e.kind().ordinal()].increment();
                            } else if (failure == null && output.value() == item * item) {
                                answered.increment();
                            } else {
                                wrong.increment();
                            }
                        });
                    }
                    if (random.nextInt(8) == 0) {
                        call.cancel();
                    }
                }
            }));
        }
        for (Future<?> future : done) {
            future.get();
        }
        closer.join();
        threads.shutdown();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();

        assertThat(completions).isNotEmpty().allMatch(count -> count.get() == 1);
        assertThat(batcher.admittedItems()).isZero();
        assertThat(batcher.admittedTokens()).isZero();
        assertThat(wrong.sum()).isZero();
        assertThat(answered.sum()).isPositive();
        for (Kind kind : List.of(
                Kind.OVERLOADED, Kind.CANCELLED, Kind.DEADLINE_EXCEEDED, Kind.ENGINE_FAILURE, Kind.SHUTTING_DOWN)) {
            assertThat(failures[kind.ordinal()].sum()).as(kind.name()).isPositive();
        }
        assertThat(failures[Kind.INTERNAL.ordinal()].sum()).isZero();
    }

    /** Squares numbers; fails on multiples of 997. */
    private static final class SquareRunner implements BatchRunner<Integer, Integer> {
        @Override
        public String device() {
            return "cpu";
        }

        @Override
        public List<Integer> run(List<Integer> batch) {
            if (batch.stream().anyMatch(item -> item % 997 == 0)) {
                throw new IllegalArgumentException("997");
            }
            return batch.stream().map(item -> item * item).toList();
        }
    }
}
