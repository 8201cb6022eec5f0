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
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watches the memory outside of the Java heap over many calls with texts of all lengths. */
class SoakTest {
    private static final int CALLS = 100_000;
    private static final int SAMPLES = 20;

    @Test
    void residentMemoryStaysFlatOver100000Calls(@TempDir Path models) throws Exception {
        assumeTrue(
                Boolean.getBoolean("polymath.soak"),
                "not run: it takes minutes; -Dpolymath.soak=true runs it, -Dpolymath.soak.model=<directory> on that model");
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "not run: resident memory is read from /proc");
        String location = System.getProperty("polymath.soak.model");
        Path directory = location == null ? TinyModel.write(models) : Path.of(location);
        Random random = new Random(5);
        Semaphore inFlight = new Semaphore(32);
        List<Long> megabytes = new ArrayList<>();
        try (TokenClassifier classifier = TokenClassifier.load(
                ModelDirectory.open(directory), InferenceOptions.defaults(), InferenceListener.NONE)) {
            for (int call = 1; call <= CALLS; call++) {
                String text = "Alice met Bob in Paris ".repeat(1 + random.nextInt(1 + random.nextInt(20)));
                inFlight.acquire();
                var unused = classifier
                        .classify(text, Call.unbounded())
                        .whenComplete((answer, failure) -> inFlight.release());
                if (call % (CALLS / SAMPLES) == 0) {
                    megabytes.add(nativeMegabytes());
                }
            }
            inFlight.acquire(32);
        }
        System.out.println("resident memory outside of the heap, MB: " + megabytes);

        // The first quarter is warm-up of allocator, JIT and thread stacks. The bound is above the noise of the
        // readings and
        // below what one small array left behind by each call would need.
        long early = mean(megabytes.subList(SAMPLES / 4, SAMPLES / 2));
        long late = mean(megabytes.subList(SAMPLES * 3 / 4, SAMPLES));
        assertThat(late - early).as("growth in MB over %s calls", CALLS / 2).isLessThan(24);
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
