package dev.polymath.inference;

import ai.djl.Device;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Tokens per second, and per second of processor time, of a model through the batcher, for several numbers of workers and
 * threads and sizes of batches, as ratios to the first. Settings take turns, so that other work on the machine is spread over
 * all of them. Not part of the
 * tests: docs/adr/0006-workers-and-threads.md has the command.
 */
class WorkersAndThreadsBenchmark {
    private static final int CALLERS = 32;

    @Test
    @EnabledIfSystemProperty(named = "polymath.benchmark.model", matches = ".+")
    void measure() throws Exception {
        ModelDirectory model = ModelDirectory.open(Path.of(System.getProperty("polymath.benchmark.model")));
        int rounds = Integer.getInteger("polymath.benchmark.rounds", 5);
        long nanos = 1_000_000L * Integer.getInteger("polymath.benchmark.millis", 4000);
        Map<String, InferenceOptions> settings = settings();
        Map<String, List<Rate>> results = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Map.Entry<String, InferenceOptions> setting : settings.entrySet()) {
                results.computeIfAbsent(setting.getKey(), key -> new ArrayList<>())
                        .add(rate(model, setting.getValue(), nanos));
            }
        }
        List<Rate> base = results.values().iterator().next();
        results.forEach((name, rates) -> System.out.printf(
                "| %s | %.2f | %.2f | %s |%n",
                name,
                median(rates, base, Rate::tokensPerSecond),
                median(rates, base, Rate::tokensPerCpuSecond),
                rates));
    }

    private record Rate(double tokensPerSecond, double tokensPerCpuSecond) {
        @Override
        public String toString() {
            return String.format("%.0f/%.0f", tokensPerSecond, tokensPerCpuSecond);
        }
    }

    /** Median over the rounds of the ratio to the base in the same round. */
    private static double median(List<Rate> rates, List<Rate> base, ToDoubleFunction<Rate> value) {
        double[] ratios = IntStream.range(0, rates.size())
                .mapToDouble(i -> value.applyAsDouble(rates.get(i)) / value.applyAsDouble(base.get(i)))
                .sorted()
                .toArray();
        return ratios[ratios.length / 2];
    }

    private static Map<String, InferenceOptions> settings() {
        Map<String, InferenceOptions> settings = new LinkedHashMap<>();
        BatchOptions batch = sized(1024, 0.1);
        settings.put("2 workers x 1 thread", options(2, 1, false, batch));
        settings.put("1 worker x 2 threads", options(1, 2, false, batch));
        settings.put("1 worker x 2 threads, spinning", options(1, 2, true, batch));
        settings.put("2 workers x 2 threads", options(2, 2, false, batch));
        settings.put("1 worker x 1 thread", options(1, 1, false, batch));
        for (int tokens : new int[] {1, 512, 2048}) {
            settings.put("2 workers x 1 thread, batches of " + tokens, options(2, 1, false, sized(tokens, 0.1)));
        }
        for (double padding : new double[] {0.05, 0.2, 0.4}) {
            settings.put("2 workers x 1 thread, padding " + padding, options(2, 1, false, sized(1024, padding)));
        }
        settings.keySet().removeIf(name -> !name.matches(System.getProperty("polymath.benchmark.settings", ".*")));
        return settings;
    }

    private static BatchOptions sized(int tokens, double padding) {
        BatchOptions batch = BatchOptions.defaults();
        return new BatchOptions(
                tokens,
                batch.maxBatchSize(),
                padding,
                batch.maxDelay(),
                batch.maxQueuedItems(),
                batch.maxQueuedTokens());
    }

    private static InferenceOptions options(int workers, int threads, boolean spinning, BatchOptions batch) {
        return new InferenceOptions(null, "cpu", null, workers, threads, spinning, batch);
    }

    private static Rate rate(ModelDirectory model, InferenceOptions options, long nanos) throws InterruptedException {
        int labels = model.labels().size();
        Random random = new Random(1);
        Semaphore callers = new Semaphore(CALLERS);
        try (LoadedModel weights = LoadedModel.load(model, options, Device.cpu())) {
            List<SequenceRunner> runners = IntStream.range(0, options.workers())
                    .mapToObj(i -> new SequenceRunner(
                            weights, "cpu", List.of(new ModelOutput(null, ModelOutput.Kind.TOKENS, labels))))
                    .toList();
            try (Batcher<TokenSequence, float[][]> batcher = new Batcher<>(
                    model.name(), options.batch(), TokenSequence::length, runners, InferenceListener.NONE)) {
                drive(batcher, callers, random, nanos / 4);
                awaitAnswers(callers);
                long start = System.nanoTime();
                long cpuStart = cpuNanos();
                long tokens = drive(batcher, callers, random, nanos);
                awaitAnswers(callers);
                return new Rate(tokens * 1e9 / (System.nanoTime() - start), tokens * 1e9 / (cpuNanos() - cpuStart));
            }
        }
    }

    private static void awaitAnswers(Semaphore callers) throws InterruptedException {
        callers.acquire(CALLERS);
        callers.release(CALLERS);
    }

    /** Closed loop: as many items in flight as there are callers. */
    private static long drive(Batcher<TokenSequence, float[][]> batcher, Semaphore callers, Random random, long nanos)
            throws InterruptedException {
        long tokens = 0;
        for (long start = System.nanoTime(); System.nanoTime() - start < nanos; ) {
            callers.acquire();
            TokenSequence sequence = sequence(random);
            CompletableFuture<?> unused = batcher.submit(List.of(sequence), Call.unbounded())
                    .get(0)
                    .whenComplete((output, failure) -> callers.release());
            tokens += sequence.length();
        }
        return tokens;
    }

    /** Lengths as sentences and short paragraphs have them: log-normal around 28 tokens, 5 to 256. */
    private static TokenSequence sequence(Random random) {
        int length = (int) Math.max(5, Math.min(256, Math.exp(3.35 + 0.7 * random.nextGaussian())));
        int[] ids = random.ints(length, 1000, 30_000).toArray();
        return new TokenSequence(ids, new int[length]);
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
