package dev.polymath.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One run against a server that is there already. */
@Command(
        name = "load",
        description = "Loads a server with generated texts of mixed length and prints throughput and latencies.")
final class LoadCommand implements Callable<Integer> {
    @Option(
            names = "--target",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:9090",
            description = "Default: ${DEFAULT-VALUE}, the gateway.")
    String target = "";

    @Option(
            names = "--protocol",
            defaultValue = "grpc",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    Target.Protocol protocol = Target.Protocol.grpc;

    @Option(
            names = "--callers",
            defaultValue = "1",
            description = "Closed loop: callers, each with one call open. Default: ${DEFAULT-VALUE}.")
    int callers = 1;

    @Option(
            names = "--rate",
            paramLabel = "CALLS/S",
            description = "Open loop: Poisson arrivals at this mean rate, instead of callers.")
    @Nullable
    Double rate;

    @Option(names = "--seconds", defaultValue = "10", description = "Length of the run. Default: ${DEFAULT-VALUE}.")
    int seconds = 10;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "3",
            description = "Closed loop: how long the callers call before it counts. Default: ${DEFAULT-VALUE}.")
    int warmUp = 3;

    @Option(names = "--documents", defaultValue = "1", description = "Documents per call. Default: ${DEFAULT-VALUE}.")
    int documents = 1;

    @Mixin
    CorpusOptions corpus = new CorpusOptions();

    @Override
    public Integer call() throws Exception {
        try (Target server = Target.open(protocol, target)) {
            List<Request> requests = server.requests(corpus.generate(), documents);
            // Fails here, and with its reason, if nobody answers.
            requests.get(0).call().get().get(Target.TIMEOUT_SECONDS, TimeUnit.SECONDS);
            LoadGenerator load = new LoadGenerator(requests, Clock.SYSTEM);
            Duration duration = Duration.ofSeconds(seconds);
            LoadResult result = rate == null
                    ? load.closedLoop(
                            protocol + ", " + callers + " callers", callers, Duration.ofSeconds(warmUp), duration)
                    : load.openLoop(protocol + ", " + rate + "/s", rate, duration, corpus.seed);
            System.out.print(LoadResult.table(List.of(result)));
            System.out.println(result.toJson());
            return result.failed() == 0 ? 0 : 1;
        }
    }
}
