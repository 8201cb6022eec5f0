package dev.polymath.benchmarks;

import dev.polymath.benchmarks.Target.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What becomes of the service when more is asked of it than it can do. The client runs on the same machine. */
@Command(
        name = "overload",
        description =
                "Starts ner-service and the gateway, finds what they do in a second, and sends multiples of that as a"
                        + " Poisson process: goodput, times of answers and refusals, memory. Writes a CSV file and a graph.")
final class OverloadCommand implements Callable<Integer> {
    private static final int CONNECTIONS = 8;

    @Option(
            names = "--factors",
            split = ",",
            defaultValue = "0.5,1,2,5,10",
            description = "Multiples of the sustainable rate. Default: ${DEFAULT-VALUE}.")
    double[] factors = {};

    @Option(names = "--seconds", defaultValue = "30", description = "Length of each run. Default: ${DEFAULT-VALUE}.")
    int seconds = 30;

    @Option(names = "--documents", defaultValue = "1", description = "Per call. Default: ${DEFAULT-VALUE}.")
    int documents = 1;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            defaultValue = "benchmarks/target/overload.csv",
            description = "Default: ${DEFAULT-VALUE}.")
    Path csv = Path.of("");

    @Option(
            names = "--svg",
            paramLabel = "FILE",
            defaultValue = "docs/images/overload.svg",
            description = "Default: ${DEFAULT-VALUE}.")
    Path svg = Path.of("");

    @Mixin
    CorpusOptions corpusOptions = new CorpusOptions();

    /**
     * One run.
     *
     * @param factor of the sustainable rate
     * @param offered documents per second
     * @param refused share of the requests that were not answered, 0 to 1
     * @param serviceMegabytes resident memory of the service after the run, and of the gateway
     */
    record Row(
            double factor,
            double offered,
            double goodput,
            double p99AnsweredMillis,
            double p99RefusedMillis,
            double refused,
            long serviceMegabytes,
            long gatewayMegabytes) {}

    @Override
    public Integer call() throws Exception {
        Corpus corpus = corpusOptions.generate();
        List<Target> targets = new ArrayList<>();
        try (ServiceProcess service = ServiceProcess.start("ner-service", Map.of());
                ServiceProcess gateway = ServiceProcess.start(
                        "gateway", Map.of("polymath.gateway.services.ner.address", service.grpcAddress()))) {
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                targets.add(Target.open(Protocol.grpc, gateway.grpcAddress()));
            }
            // In turns over the connections, each of which has a bound for the calls that are open.
            List<List<Request>> each = new ArrayList<>();
            targets.forEach(target -> each.add(target.requests(corpus, documents)));
            for (int i = 0; i < each.get(0).size(); i++) {
                requests.add(each.get(i % CONNECTIONS).get(i));
            }
            LoadGenerator load = new LoadGenerator(requests, Clock.SYSTEM);
            Duration duration = Duration.ofSeconds(seconds);
            double sustainable = load.closedLoop("sustainable", 32, Duration.ofSeconds(seconds / 2L), duration)
                    .documentsPerSecond();
            System.err.printf(Locale.ROOT, "sustainable: %.1f documents/s%n", sustainable);
            List<Row> rows = new ArrayList<>();
            for (double factor : factors) {
                double rate = factor * sustainable;
                LoadResult result = load.openLoop("x " + factor, rate / documents, duration, corpusOptions.seed);
                Row row = new Row(
                        factor,
                        rate,
                        result.documentsPerSecond(),
                        result.p99Millis(),
                        result.failedP99Millis(),
                        (double) result.failed() / Math.max(1, result.failed() + result.answers()),
                        service.residentBytes() >> 20,
                        gateway.residentBytes() >> 20);
                rows.add(row);
                System.err.println(result.toJson());
            }
            write(csv, csv(rows));
            write(svg, OverloadChart.svg(sustainable, rows));
            System.out.print(table(rows));
        } finally {
            targets.forEach(Target::close);
        }
        return 0;
    }

    private static void write(Path file, String content) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Files.writeString(file, content);
    }

    static String csv(List<Row> rows) {
        StringBuilder csv = new StringBuilder(
                "factor,offered_per_s,goodput_per_s,p99_answered_ms,p99_refused_ms,refused_share,service_mb,gateway_mb\n");
        rows.forEach(row -> csv.append(String.format(
                Locale.ROOT,
                "%.1f,%.1f,%.1f,%.1f,%.1f,%.3f,%d,%d%n",
                row.factor(),
                row.offered(),
                row.goodput(),
                row.p99AnsweredMillis(),
                row.p99RefusedMillis(),
                row.refused(),
                row.serviceMegabytes(),
                row.gatewayMegabytes())));
        return csv.toString();
    }

    private static String table(List<Row> rows) {
        StringBuilder table = new StringBuilder(
                "| asked for | documents/s asked for | answered | refused | p99 of answers | p99 of refusals | service, gateway |\n"
                        + "|--:|--:|--:|--:|--:|--:|--:|\n");
        rows.forEach(row -> table.append(String.format(
                Locale.ROOT,
                "| %.1f x | %.0f | %.1f/s | %.0f %% | %.0f ms | %.1f ms | %d, %d MB |%n",
                row.factor(),
                row.offered(),
                row.goodput(),
                100 * row.refused(),
                row.p99AnsweredMillis(),
                row.p99RefusedMillis(),
                row.serviceMegabytes(),
                row.gatewayMegabytes())));
        return table.toString();
    }
}
