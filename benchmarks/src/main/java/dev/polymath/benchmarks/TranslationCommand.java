package dev.polymath.benchmarks;

import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.Receipt;
import dev.polymath.translation.v1.TextTranslation;
import dev.polymath.translation.v1.TranslateTextRequest;
import dev.polymath.translation.v1.TranslationResult;
import dev.polymath.translation.v1.TranslationServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the translation service does in a second, and how the cost of a document grows with its length. */
@Command(
        name = "translation",
        description = {
            "Starts the translation service and measures it at one and at many callers, greedy and with a beam, and one"
                    + " document of growing length. Progress goes to standard error, Markdown to standard output."
        })
final class TranslationCommand implements Callable<Integer> {
    private static final int TEXTS = 512;
    private static final int REPEATS = 5;
    private static final int[] BEAMS = {1, 4};
    private static final int[] SENTENCES = {1, 4, 16, 64, 256};

    private static final String[] WHO = {"My sister", "The teacher", "Nobody", "Our neighbour", "The old man", "She"};
    private static final String[] DID = {
        "bought a new bicycle",
        "is waiting for the bus",
        "forgot the keys",
        "would like a cup of tea",
        "speaks three languages"
    };
    private static final String[] WHEN = {
        "yesterday",
        "this morning",
        "every summer",
        "because it was raining",
        "in front of the station",
        "with her friends"
    };

    @Option(names = "--target", paramLabel = "TAG", defaultValue = "de", description = "Default: ${DEFAULT-VALUE}.")
    String target = "de";

    @Option(names = "--callers", split = ",", defaultValue = "1,32", description = "Default: ${DEFAULT-VALUE}.")
    List<Integer> callers = List.of();

    @Option(names = "--seconds", defaultValue = "8", description = "Length of each run. Default: ${DEFAULT-VALUE}.")
    int seconds = 8;

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<String> texts = sentences(TEXTS, 1);
        try (ServiceProcess service = ServiceProcess.start("translation-service", Map.of())) {
            ManagedChannel channel = Grpc.newChannelBuilder(service.grpcAddress(), InsecureChannelCredentials.create())
                    .directExecutor()
                    .build();
            try {
                // for the compiler
                measure(channel, texts, 8, 1);
                System.out.println("\n| callers | beam | sentences/s | generated tokens/s | p50 ms | p95 ms |");
                System.out.println("|--:|--:|--:|--:|--:|--:|");
                for (int beam : BEAMS) {
                    for (int count : callers) {
                        System.out.println(measure(channel, texts, count, beam));
                    }
                }
                System.out.println("\n| sentences of the document | ms | ms/sentence |");
                System.out.println("|--:|--:|--:|");
                for (int length : SENTENCES) {
                    System.out.println(growth(channel, length));
                }
            } finally {
                channel.shutdownNow();
            }
            System.out.printf(
                    Locale.ROOT,
                    "%nPeak resident memory of the service: %d MB.%n",
                    service.peakResidentBytes() / 1_000_000);
        }
        return 0;
    }

    private String measure(ManagedChannel channel, List<String> texts, int count, int beam) {
        LongAdder sentences = new LongAdder();
        LongAdder tokens = new LongAdder();
        List<Request> requests = texts.stream()
                .map(text -> new Request(
                        1,
                        Corpus.words(text),
                        () -> translate(channel, text, beam).thenAccept(receipt -> {
                            sentences.increment();
                            tokens.add(receipt.getGeneratedTokens());
                        })))
                .toList();
        LoadResult result = new LoadGenerator(requests, Clock.SYSTEM)
                .closedLoop(
                        count + " callers, beam " + beam,
                        count,
                        Duration.ofSeconds(seconds).dividedBy(4),
                        Duration.ofSeconds(seconds));
        if (result.failed() > 0) {
            throw new IllegalStateException(result.name() + ": " + result.failures());
        }
        System.err.println(result);
        return String.format(
                Locale.ROOT,
                "| %d | %d | %.1f | %.0f | %.1f | %.1f |",
                count,
                beam,
                result.documentsPerSecond(),
                result.documentsPerSecond() * tokens.sum() / Math.max(1, sentences.sum()),
                result.p50Millis(),
                result.p95Millis());
    }

    /** The median of some translations, of different documents. */
    private String growth(ManagedChannel channel, int length) {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < REPEATS; i++) {
            String text = String.join(" ", sentences(length, 100 + i));
            long start = System.nanoTime();
            translate(channel, text, 1).join();
            millis.add((System.nanoTime() - start) / 1e6);
        }
        double median = millis.stream().sorted().toList().get(REPEATS / 2);
        return String.format(Locale.ROOT, "| %d | %.1f | %.2f |", length, median, median / length);
    }

    private CompletableFuture<Receipt> translate(ManagedChannel channel, String text, int beam) {
        return UnaryCall.send(
                        channel,
                        TranslationServiceGrpc.getTranslateTextMethod(),
                        TranslateTextRequest.newBuilder()
                                .addDocuments(
                                        Document.newBuilder().setText(text).setLanguageCode("en"))
                                .addTargetLanguageCodes(target)
                                .setBeamSize(beam)
                                .build())
                .thenApply(response -> {
                    TranslationResult result = response.getResults(0);
                    String error = result.hasError()
                            ? result.getError().getMessage()
                            : result.getTranslationsList().stream()
                                    .filter(TextTranslation::hasError)
                                    .map(translation -> translation.getError().getMessage())
                                    .collect(Collectors.joining());
                    if (!error.isEmpty()) {
                        throw new IllegalStateException(error);
                    }
                    return response.getReceipt();
                });
    }

    /** Everyday sentences, made up; the same seed gives the same ones. */
    private static List<String> sentences(int count, long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, count)
                .mapToObj(i -> pick(WHO, random) + " " + pick(DID, random) + " " + pick(WHEN, random) + ".")
                .toList();
    }

    private static String pick(String[] values, Random random) {
        return values[random.nextInt(values.length)];
    }
}
