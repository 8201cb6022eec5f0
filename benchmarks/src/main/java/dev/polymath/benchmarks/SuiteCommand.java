package dev.polymath.benchmarks;

import ai.onnxruntime.OrtException;
import dev.polymath.benchmarks.Target.Protocol;
import dev.polymath.inference.ModelDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** All that the README reports, from the services as they are built. The client runs on the same machine as they do. */
@Command(
        name = "suite",
        description = "Starts the services, measures them against the engine's floor, through the gateway, and without"
                + " batching; about ten minutes. Progress goes to standard error, Markdown to standard output.")
final class SuiteCommand implements Callable<Integer> {
    private static final String NER = "ner-service";

    enum Part {
        floor,
        gateway,
        batching
    }

    @Option(
            names = "--parts",
            split = ",",
            defaultValue = "floor,gateway,batching",
            description = "Of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    Set<Part> parts = EnumSet.allOf(Part.class);

    @Option(
            names = "--model",
            paramLabel = "DIRECTORY",
            defaultValue = "models/ner-en/1",
            description = "The model of the service, for the floor. Default: ${DEFAULT-VALUE}.")
    Path model = Path.of("");

    @Option(
            names = "--unbatched",
            paramLabel = "KEY=VALUE",
            defaultValue = "polymath.models.ner.max-batch-size=1",
            description = "Configuration that switches batching off. Default: ${DEFAULT-VALUE}.")
    Map<String, String> unbatched = Map.of();

    @Option(names = "--seconds", defaultValue = "10", description = "Length of each run. Default: ${DEFAULT-VALUE}.")
    int seconds = 10;

    @Mixin
    CorpusOptions corpusOptions = new CorpusOptions();

    private final List<LoadResult> results = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        Corpus corpus = corpusOptions.generate();
        if (parts.contains(Part.floor)) {
            floor(corpus);
        }
        if (parts.contains(Part.gateway)) {
            gateway(corpus);
        }
        if (parts.contains(Part.batching)) {
            batching(corpus);
        }
        results.forEach(result -> System.out.println(result.toJson()));
        return results.stream().allMatch(result -> result.failed() == 0) ? 0 : 1;
    }

    private void floor(Corpus corpus) throws OrtException, IOException, InterruptedException {
        ModelDirectory directory = ModelDirectory.open(model);
        // Before and after, since other work on the machine comes and goes.
        Floor before = Floor.measure(directory, corpus, 0, Duration.ofSeconds(2L * seconds));
        progress("floor: " + before);
        List<LoadResult> closed = new ArrayList<>();
        List<LoadResult> open = new ArrayList<>();
        try (ServiceProcess service = ServiceProcess.start(NER, Map.of());
                Target target = Target.open(Protocol.grpc, service.grpcAddress())) {
            LoadGenerator load = warm(target, corpus);
            for (int callers : new int[] {1, 8, 32, 128}) {
                closed.add(closedLoop(load, callers + " callers", callers));
            }
            double most = closed.stream()
                    .mapToDouble(LoadResult::documentsPerSecond)
                    .max()
                    .orElseThrow();
            for (double share : new double[] {0.5, 0.8}) {
                double rate = share * most;
                String name = String.format(Locale.ROOT, "open loop, %.0f/s (%.0f %% of the most)", rate, 100 * share);
                open.add(record(load.openLoop(name, rate, Duration.ofSeconds(2L * seconds), corpusOptions.seed)));
            }
        }
        Floor after = Floor.measure(directory, corpus, 0, Duration.ofSeconds(2L * seconds));
        progress("floor: " + after);
        double floor = (before.wordsPerSecond() + after.wordsPerSecond()) / 2;

        heading("The service over gRPC, and its floor");
        System.out.printf(
                Locale.ROOT,
                "Floor: %.0f words/s before, %.0f after (%.1f documents/s, %.0f tokens/s, batches of %d tokens).%n%n",
                before.wordsPerSecond(),
                after.wordsPerSecond(),
                before.documentsPerSecond(),
                before.tokensPerSecond(),
                before.batchTokens());
        List<LoadResult> rows = new ArrayList<>(closed);
        rows.addAll(open);
        System.out.println(LoadResult.table(rows));
        for (LoadResult result : closed) {
            System.out.printf(Locale.ROOT, "- %s: %.2f of the floor%n", result.name(), result.wordsPerSecond() / floor);
        }
    }

    private void gateway(Corpus corpus) throws IOException, InterruptedException {
        Map<String, List<LoadResult>> runs = new LinkedHashMap<>();
        double addedByGrpc;
        double addedByHttp;
        try (ServiceProcess service = ServiceProcess.start(NER, Map.of());
                ServiceProcess gateway = ServiceProcess.start(
                        "gateway", Map.of("polymath.gateway.services.ner.address", service.grpcAddress()));
                Target direct = Target.open(Protocol.grpc, service.grpcAddress());
                Target grpc = Target.open(Protocol.grpc, gateway.grpcAddress());
                Target http = Target.open(Protocol.http, gateway.httpAddress())) {
            Map<String, LoadGenerator> ways = new LinkedHashMap<>();
            ways.put("direct, gRPC", warm(direct, corpus));
            ways.put("gateway, gRPC", warm(grpc, corpus));
            ways.put("gateway, HTTP", warm(http, corpus));
            for (int callers : new int[] {1, 32}) {
                // In turns, so that a slow minute of the machine hits all ways.
                for (int round = 0; round < 3; round++) {
                    for (Map.Entry<String, LoadGenerator> way : ways.entrySet()) {
                        String name = way.getKey() + ", " + callers + (callers == 1 ? " caller" : " callers");
                        runs.computeIfAbsent(name, key -> new ArrayList<>())
                                .add(closedLoop(way.getValue(), name, callers));
                    }
                }
            }
            addedByGrpc = addedMillis(direct.requests(corpus, 1), grpc.requests(corpus, 1));
            addedByHttp = addedMillis(direct.requests(corpus, 1), http.requests(corpus, 1));
        }
        heading("Through the gateway");
        List<LoadResult> medians =
                runs.values().stream().map(LoadResult::median).toList();
        System.out.println("Median of three runs each, in turns.\n");
        System.out.println(LoadResult.table(medians));
        for (int i = 0; i < medians.size(); i++) {
            LoadResult direct = medians.get(i / 3 * 3);
            LoadResult result = medians.get(i);
            if (result != direct) {
                System.out.printf(
                        Locale.ROOT,
                        "- %s: %+.2f ms at p50, %+.2f ms at p99, %+.1f %% throughput%n",
                        result.name(),
                        result.p50Millis() - direct.p50Millis(),
                        result.p99Millis() - direct.p99Millis(),
                        100 * (result.wordsPerSecond() / direct.wordsPerSecond() - 1));
            }
        }
        System.out.printf(
                Locale.ROOT,
                "- one caller, the same text directly and through the gateway, median difference of %d texts: gRPC"
                        + " %+.2f ms, HTTP %+.2f ms%n",
                corpus.texts().size(),
                addedByGrpc,
                addedByHttp);
    }

    /**
     * What a way adds for one caller: the median over all texts of the difference between two calls with the same text, one
     * after the other, which is free of the spread between long and short texts.
     */
    private static double addedMillis(List<Request> direct, List<Request> other) {
        double[] added = new double[direct.size()];
        for (int i = 0; i < added.length; i++) {
            // The first of two calls may find colder caches, so both ways are the first as often.
            boolean directFirst = i % 2 == 0;
            double first = millis(directFirst ? direct.get(i) : other.get(i));
            double second = millis(directFirst ? other.get(i) : direct.get(i));
            added[i] = directFirst ? second - first : first - second;
        }
        Arrays.sort(added);
        return added[added.length / 2];
    }

    private static double millis(Request request) {
        long begin = System.nanoTime();
        request.call().get().join();
        return (System.nanoTime() - begin) / 1e6;
    }

    private void batching(Corpus corpus) throws IOException, InterruptedException {
        List<LoadResult> without = ladder("without batching", unbatched, corpus);
        List<LoadResult> with = ladder("with batching", Map.of(), corpus);
        heading("Without and with batching");
        List<LoadResult> rows = new ArrayList<>(without);
        rows.addAll(with);
        System.out.println(LoadResult.table(rows));
        System.out.println("At the same 95th percentile:\n");
        for (LoadResult result : without) {
            double same = wordsPerSecondAt(result.p95Millis(), with);
            System.out.printf(
                    Locale.ROOT,
                    "- %.0f ms: %.0f words/s without, %.0f with (x %.2f)%n",
                    result.p95Millis(),
                    result.wordsPerSecond(),
                    same,
                    same / result.wordsPerSecond());
        }
    }

    private List<LoadResult> ladder(String name, Map<String, String> properties, Corpus corpus)
            throws IOException, InterruptedException {
        List<LoadResult> ladder = new ArrayList<>();
        try (ServiceProcess service = ServiceProcess.start(NER, properties);
                Target target = Target.open(Protocol.grpc, service.grpcAddress())) {
            LoadGenerator load = warm(target, corpus);
            for (int callers : new int[] {1, 2, 4, 8, 16, 32}) {
                ladder.add(closedLoop(load, name + ", " + callers + (callers == 1 ? " caller" : " callers"), callers));
            }
        }
        return ladder;
    }

    /**
     * Throughput at a latency, by linear interpolation between the two runs around it; that of the nearest run when there are
     * none around it.
     *
     * @param ladder runs with more and more callers
     */
    static double wordsPerSecondAt(double p95Millis, List<LoadResult> ladder) {
        for (int i = 0; i < ladder.size(); i++) {
            LoadResult above = ladder.get(i);
            if (above.p95Millis() < p95Millis) {
                continue;
            }
            if (i == 0) {
                return above.wordsPerSecond();
            }
            LoadResult below = ladder.get(i - 1);
            double share = (p95Millis - below.p95Millis()) / (above.p95Millis() - below.p95Millis());
            return below.wordsPerSecond() + share * (above.wordsPerSecond() - below.wordsPerSecond());
        }
        return ladder.get(ladder.size() - 1).wordsPerSecond();
    }

    /** Lets the compilers of both JVMs and the engine's caches get ready. */
    private LoadGenerator warm(Target target, Corpus corpus) {
        LoadGenerator load = new LoadGenerator(target.requests(corpus, 1), Clock.SYSTEM);
        LoadResult result = load.closedLoop("warm-up", 16, Duration.ZERO, Duration.ofSeconds(seconds));
        if (result.answers() == 0) {
            throw new IllegalStateException("the service answers no call: " + result.failures());
        }
        return load;
    }

    private LoadResult closedLoop(LoadGenerator load, String name, int callers) {
        return record(
                load.closedLoop(name, callers, Duration.ofSeconds(seconds).dividedBy(4), Duration.ofSeconds(seconds)));
    }

    private LoadResult record(LoadResult result) {
        progress(result.toJson());
        results.add(result);
        return result;
    }

    private static void heading(String text) {
        System.out.printf("%n### %s%n%n", text);
    }

    private static void progress(String text) {
        System.err.println(text);
    }
}
