package dev.polymath.benchmarks;

import dev.polymath.textanalytics.corpus.CorpusAnalyzer;
import dev.polymath.textanalytics.corpus.CorpusReport;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the analysis of a collection costs by itself. */
@Command(
        name = "corpus-scaling",
        description =
                "Analyzes made-up collections of growing size with made-up vectors, without any model, and prints a"
                        + " row of CPU time and memory for each.")
final class CorpusScalingCommand implements Callable<Integer> {
    private static final int DIMENSIONS = 384;
    private static final int TOPICS = 12;
    /** How many texts are made at a time; they are not part of the memory that is measured for long. */
    private static final int CHUNK = 500;

    @Option(
            names = "--documents",
            split = ",",
            defaultValue = "1000,10000,100000",
            description = "Sizes of the collections. Default: ${DEFAULT-VALUE}.")
    List<Integer> sizes = List.of();

    @Option(names = "--max-themes", defaultValue = "10", description = "Default: ${DEFAULT-VALUE}.")
    int maxThemes = 10;

    @Option(names = "--seed", defaultValue = "1", description = "Of texts and vectors. Default: ${DEFAULT-VALUE}.")
    long seed = 1;

    @Override
    public Integer call() {
        sizes.forEach(size -> Bench.require(size > 0, "documents", size, "> 0"));
        // For the compiler to warm up.
        measure(2_000);
        System.out.println("| documents | words | add µs/document | report s | total µs/document | kept bytes/document"
                + " | kept MB | heap MB | themes | near-duplicates |");
        System.out.println("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        sizes.forEach(size -> System.out.println(measure(size)));
        return 0;
    }

    private String measure(int size) {
        long before = usedAfterCollection();
        CorpusAnalyzer analyzer = new CorpusAnalyzer(new CorpusAnalyzer.Options(true, true, maxThemes, 0.8, 20));
        SplittableRandom random = new SplittableRandom(seed);
        float[][] centers = new float[TOPICS][];
        for (int i = 0; i < centers.length; i++) {
            centers[i] = noise(random);
        }
        long words = 0;
        long added = 0;
        String text = "";
        for (int begin = 0; begin < size; begin += CHUNK) {
            for (String made :
                    Corpus.generate(Math.min(CHUNK, size - begin), seed + begin).texts()) {
                boolean repeated = !text.isEmpty() && random.nextInt(20) == 0;
                text = repeated ? text + " Again." : made + rareWords(random);
                words += Corpus.words(text);
                float[] vector = noise(random);
                if (random.nextInt(50) > 0) {
                    float[] center = centers[random.nextInt(TOPICS)];
                    for (int i = 0; i < DIMENSIONS; i++) {
                        vector[i] += center[i];
                    }
                }
                long start = cpuNanos();
                analyzer.add(
                        analyzer.size() + 1, "", text, Optional.of(vector), Optional.of("NEUTRAL"), Optional.of("en"));
                added += cpuNanos() - start;
            }
        }
        long start = cpuNanos();
        CorpusReport report = analyzer.finish();
        long finished = cpuNanos() - start;
        long heap = Runtime.getRuntime().totalMemory();
        long kept = usedAfterCollection() - before;
        return "| %d | %d | %.0f | %.2f | %.0f | %d | %.1f | %.1f | %d | %d |"
                .formatted(
                        analyzer.size(),
                        words,
                        added / 1e3 / size,
                        finished / 1e9,
                        (added + finished) / 1e3 / size,
                        kept / size,
                        kept / 1e6,
                        heap / 1e6,
                        report.themes().size(),
                        report.duplicateDocuments());
    }

    /** Words of a large vocabulary, as frequent as words are (Zipf's law). */
    private static String rareWords(SplittableRandom random) {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            long word = (long) Math.pow(200_000, random.nextDouble());
            words.append(' ').append(Long.toString(word * 7_919 + 46_656, 36));
        }
        return words.toString();
    }

    private static float[] noise(SplittableRandom random) {
        float[] noise = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }

    /** Of this thread, so that other work on the machine does not count. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long usedAfterCollection() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
