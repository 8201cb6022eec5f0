package dev.polymath.benchmarks;

import com.google.gson.Gson;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What one run measured.
 *
 * @param name what was run
 * @param answers requests that were answered in full; latencies are theirs
 * @param failures requests that were not, by reason
 * @param documentsPerSecond documents answered before the run's time was up, per second of that time
 * @param wordsPerSecond words of those documents; documents differ in length, so this compares runs best
 * @param p50Millis median latency in milliseconds
 * @param p95Millis 95th percentile
 * @param p99Millis 99th percentile
 * @param failedP99Millis 99th percentile of how long it took to hear that a request is not answered; 0 if all were
 * @param clientCpuCores cores that the client itself kept busy, and that the server did not have
 */
record LoadResult(
        String name,
        long answers,
        Map<String, Long> failures,
        double documentsPerSecond,
        double wordsPerSecond,
        double p50Millis,
        double p95Millis,
        double p99Millis,
        double failedP99Millis,
        double clientCpuCores) {

    private static final String HEADER =
            "| run | documents/s | words/s | p50 ms | p95 ms | p99 ms | failed | client cores |\n"
                    + "|---|--:|--:|--:|--:|--:|--:|--:|\n";

    long failed() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The run with the median p50 of some with the same name. */
    static LoadResult median(List<LoadResult> runs) {
        return runs.stream()
                .sorted(Comparator.comparingDouble(LoadResult::p50Millis))
                .toList()
                .get(runs.size() / 2);
    }

    /** A Markdown table. */
    static String table(List<LoadResult> results) {
        return results.stream().map(LoadResult::row).collect(Collectors.joining("", HEADER, ""));
    }

    private String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %.1f | %.0f | %.2f | %.2f | %.2f | %d | %.2f |%n",
                name,
                documentsPerSecond,
                wordsPerSecond,
                p50Millis,
                p95Millis,
                p99Millis,
                failed(),
                clientCpuCores);
    }

    /** One line. */
    String toJson() {
        return new Gson().toJson(this);
    }
}
