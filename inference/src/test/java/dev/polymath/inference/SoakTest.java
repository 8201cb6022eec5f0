package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Watches the memory outside of the Java heap over many calls with texts of all lengths. It takes minutes;
 * {@code -Dpolymath.soak=true} runs it, {@code -Dpolymath.soak.model=<directory>} and
 * {@code -Dpolymath.soak.generator=<directory>} on these models.
 */
class SoakTest {
    private static final int CALLS = 100_000;
    private static final int SAMPLES = 20;

    private final Random random = new Random(5);
    private final Semaphore inFlight = new Semaphore(32);

    @BeforeEach
    void wanted() {
        assumeTrue(Boolean.getBoolean("polymath.soak"), "not run: it takes minutes; -Dpolymath.soak=true runs it");
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "not run: resident memory is read from /proc");
    }

    @Test
    void residentMemoryStaysFlatOver100000Calls(@TempDir Path models) throws Exception {
        String location = System.getProperty("polymath.soak.model");
        Path directory = location == null ? TinyModel.write(models) : Path.of(location);
        try (TokenClassifier classifier = TokenClassifier.load(
                ModelDirectory.open(directory), InferenceOptions.defaults(), InferenceListener.NONE)) {
            expectFlatMemory(
                    CALLS,
                    () -> classifier.classify(
                            "Alice met Bob in Paris ".repeat(1 + random.nextInt(1 + random.nextInt(20))),
                            Call.unbounded()));
        }
    }

    @Test
    void residentMemoryStaysFlatWhileTextsAreGenerated(@TempDir Path models) throws Exception {
        String location = System.getProperty("polymath.soak.generator");
        Path directory = location == null ? TinyGenerator.write(models, TinyGenerator.Family.T5) : Path.of(location);
        int calls = Integer.getInteger("polymath.soak.generations", CALLS / 5);
        try (TextGenerator generator = TextGenerator.load(
                ModelDirectory.open(directory), InferenceOptions.defaults(), InferenceListener.NONE)) {
            GenerationOptions options = generator.defaults();
            expectFlatMemory(calls, () -> {
                Call call = Call.unbounded();
                CompletableFuture<GeneratedText> answer = generator.generate(
                        TinyGenerator.text(random, 1 + random.nextInt(30)),
                        options.withBeamSize(1 + random.nextInt(4)),
                        call);
                if (random.nextInt(10) == 0) {
                    call.cancel();
                }
                return answer;
            });
        }
    }

    private void expectFlatMemory(int calls, Supplier<CompletableFuture<?>> request) throws Exception {
        List<Long> megabytes = new ArrayList<>();
        for (int call = 1; call <= calls; call++) {
            inFlight.acquire();
            var unused = request.get().whenComplete((answer, failure) -> inFlight.release());
            if (call % (calls / SAMPLES) == 0) {
                megabytes.add(nativeMegabytes());
            }
        }
        inFlight.acquire(32);
        System.out.println("resident memory outside of the heap, MB: " + megabytes);

        // The first quarter is warm-up of allocator, JIT and thread stacks. The bound is above the noise of the
        // readings and
        // below what one small array left behind by each call would need.
        long early = mean(megabytes.subList(SAMPLES / 4, SAMPLES / 2));
        long late = mean(megabytes.subList(SAMPLES * 3 / 4, SAMPLES));
        assertThat(late - early).as("growth in MB over %s calls", calls / 2).isLessThan(24);
    }

    private static long nativeMegabytes() throws IOException {
        System.gc();
        long resident = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
        return resident / 1024 - heap / 1024 / 1024;
    }

    private static long mean(List<Long> values) {
        return (long) values.stream().mapToLong(Long::longValue).average().orElseThrow();
    }
}
