package dev.polymath.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends requests in turn, from the first to the last and round again, and measures the answers. One measurement at a time.
 */
final class LoadGenerator {
    private final List<Request> requests;
    private final Clock clock;

    LoadGenerator(List<Request> requests, Clock clock) {
        this.requests = List.copyOf(requests);
        this.clock = clock;
    }

    /**
     * Callers that each send the next request when the one before is answered: finds the throughput. Its latencies say
     * little about a server that stalls, since a stalled server is sent nothing.
     *
     * @param lead how long the callers call before it counts
     */
    LoadResult closedLoop(String name, int callers, Duration lead, Duration duration) {
        Bench.require(callers > 0, "callers", callers, "> 0");
        Measurement measurement = new Measurement(clock, lead, duration);
        AtomicInteger next = new AtomicInteger();
        List<CompletableFuture<?>> loops = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            CompletableFuture<Void> loop = new CompletableFuture<>();
            loops.add(loop);
            callUntilOver(measurement, next, loop);
        }
        loops.forEach(CompletableFuture::join);
        return measurement.result(name);
    }

    private void callUntilOver(Measurement measurement, AtomicInteger next, CompletableFuture<Void> loop) {
        while (!measurement.isOver()) {
            CompletableFuture<Void> answer = measurement.send(request(next.getAndIncrement()), clock.nanoTime());
            if (!answer.isDone()) {
                var unused = answer.thenRun(() -> callUntilOver(measurement, next, loop));
                return;
            }
        }
        loop.complete(null);
    }

    /**
     * Requests that arrive when they arrive, as from many independent users: a Poisson process. Latency counts from the
     * moment a request was meant to be sent, so a server (or a client) that falls behind shows it: no coordinated
     * omission (Tene, How NOT to measure latency, 2013).
     *
     * @param rate requests per second, on average
     */
    LoadResult openLoop(String name, double rate, Duration duration, long seed) {
        Bench.require(rate > 0, "rate", rate, "> 0");
        Measurement measurement = new Measurement(clock, Duration.ZERO, duration);
        Random random = new Random(seed);
        List<CompletableFuture<?>> answers = new ArrayList<>();
        double seconds = 0;
        while (true) {
            seconds -= Math.log(1 - random.nextDouble()) / rate;
            if (seconds * 1e9 >= duration.toNanos()) {
                break;
            }
            long intended = measurement.start() + (long) (seconds * 1e9);
            clock.waitUntil(intended);
            answers.add(measurement.send(request(answers.size()), intended));
        }
        answers.forEach(CompletableFuture::join);
        return measurement.result(name);
    }

    private Request request(int number) {
        return requests.get(Math.floorMod(number, requests.size()));
    }
}
