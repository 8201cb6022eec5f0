package dev.polymath.benchmarks;

import ai.onnxruntime.OrtException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.Receipt;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.textanalytics.v1.AnalyzeCorpusRequest;
import dev.polymath.textanalytics.v1.AnalyzeCorpusResponse;
import dev.polymath.textanalytics.v1.AnalyzeSentimentRequest;
import dev.polymath.textanalytics.v1.AnalyzeTextRequest;
import dev.polymath.textanalytics.v1.AnswerQuestionRequest;
import dev.polymath.textanalytics.v1.ClassLabel;
import dev.polymath.textanalytics.v1.ClassifyTextRequest;
import dev.polymath.textanalytics.v1.CompareTextsRequest;
import dev.polymath.textanalytics.v1.CorpusOptions;
import dev.polymath.textanalytics.v1.CorpusReport;
import dev.polymath.textanalytics.v1.DetectLanguageRequest;
import dev.polymath.textanalytics.v1.EmbedTextRequest;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesRequest;
import dev.polymath.textanalytics.v1.Feature;
import dev.polymath.textanalytics.v1.SummarizeTextRequest;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc;
import dev.polymath.textanalytics.v1.TextPair;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the methods of text analytics do in a second, beside the engine alone, and what a large collection takes. */
@Command(
        name = "text-analytics",
        description = {
            "Starts the text analytics service and measures each method beside the bare engine, and AnalyzeCorpus on"
                    + " collections of growing size. Progress goes to standard error, Markdown to standard output."
        })
final class TextAnalyticsCommand implements Callable<Integer> {
    private static final String SERVICE = "text-analytics-service";
    private static final int DOCUMENTS_PER_CALL = 8;
    private static final int LABELS = 10;

    enum Part {
        methods,
        corpus
    }

    @Option(
            names = "--parts",
            split = ",",
            defaultValue = "methods,corpus",
            description = "Of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    Set<Part> parts = EnumSet.allOf(Part.class);

    @Option(
            names = "--seconds",
            defaultValue = "8",
            description = "Length of each run of a method, and of each of two runs of the engine alone. Default:"
                    + " ${DEFAULT-VALUE}.")
    int seconds = 8;

    @Option(names = "--callers", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.")
    int callers = 8;

    @Option(
            names = "--documents",
            split = ",",
            defaultValue = "1000,10000,100000",
            description = "Sizes of the collections of short texts. Default: ${DEFAULT-VALUE}.")
    List<Integer> sizes = List.of();

    @Mixin
    dev.polymath.benchmarks.CorpusOptions corpusOptions = new dev.polymath.benchmarks.CorpusOptions();

    /** A method with some documents; what the models read for them is in the receipts. */
    private interface Method {
        CompletableFuture<List<Receipt>> call(List<Document> documents);
    }

    /**
     * A method to measure.
     *
     * @param model whose engine it is compared with; empty where no model works
     */
    private record Measured(String name, String model, Method method) {}

    @Override
    public Integer call() throws Exception {
        sizes.forEach(size -> Bench.require(size > 0, "documents", size, "> 0"));
        if (parts.contains(Part.methods)) {
            methods();
        }
        if (parts.contains(Part.corpus)) {
            corpus();
        }
        return 0;
    }

    private void methods() throws OrtException, IOException, InterruptedException {
        Corpus corpus = corpusOptions.generate();
        Map<String, List<Floor>> floors = new LinkedHashMap<>();
        List<Row> rows = new ArrayList<>();
        long peak;
        for (String model : List.of("embeddings-en", "sentiment-en", "qa-en")) {
            floors.put(model, new ArrayList<>(List.of(floor(model, corpus))));
        }
        try (ServiceProcess service = ServiceProcess.start(SERVICE, Map.of())) {
            ManagedChannel channel = Grpc.newChannelBuilder(service.grpcAddress(), InsecureChannelCredentials.create())
                    .directExecutor()
                    .build();
            try {
                for (Measured measured : measured(channel)) {
                    // the first round is for the compiler
                    measure(measured, corpus);
                    rows.add(measure(measured, corpus));
                    progress(rows.get(rows.size() - 1).toString());
                }
            } finally {
                channel.shutdownNow();
            }
            peak = service.peakResidentBytes();
        }
        for (Map.Entry<String, List<Floor>> floor : floors.entrySet()) {
            floor.getValue().add(floor(floor.getKey(), corpus));
        }
        System.out.printf(
                Locale.ROOT,
                "%n%d callers, %d documents per call. Peak resident memory of the service: %d MB.%n%n",
                callers,
                DOCUMENTS_PER_CALL,
                peak / 1_000_000);
        System.out.println("| method | documents/s | tokens/document | tokens/s | engine alone, tokens/s | ratio |");
        System.out.println("|---|--:|--:|--:|--:|--:|");
        for (Row row : rows) {
            double floor = floors.getOrDefault(row.model(), List.of()).stream()
                    .mapToDouble(Floor::tokensPerSecond)
                    .average()
                    .orElse(Double.NaN);
            System.out.println(row.markdown(floor));
        }
    }

    private Floor floor(String model, Corpus corpus) throws OrtException {
        Floor floor = Floor.measure(
                ModelDirectory.open(Path.of("models", model, "1")), corpus, 0, Duration.ofSeconds(seconds));
        progress("floor of " + model + ": " + floor);
        return floor;
    }

    /** @param tokensPerDocument that models read, those of labels, phrases and questions included */
    private record Row(String name, String model, double documentsPerSecond, double tokensPerDocument) {
        String markdown(double floor) {
            double tokens = documentsPerSecond * tokensPerDocument;
            return model.isEmpty()
                    ? String.format(Locale.ROOT, "| %s | %.1f | – | – | – | – |", name, documentsPerSecond)
                    : String.format(
                            Locale.ROOT,
                            "| %s | %.1f | %.0f | %.0f | %.0f | %.2f |",
                            name,
                            documentsPerSecond,
                            tokensPerDocument,
                            tokens,
                            floor,
                            tokens / floor);
        }
    }

    private Row measure(Measured measured, Corpus corpus) {
        LongAdder documents = new LongAdder();
        LongAdder tokens = new LongAdder();
        List<Request> requests = new ArrayList<>();
        List<String> texts = corpus.texts();
        for (int begin = 0; begin + DOCUMENTS_PER_CALL <= texts.size(); begin += DOCUMENTS_PER_CALL) {
            List<Document> batch = texts.subList(begin, begin + DOCUMENTS_PER_CALL).stream()
                    .map(text -> Document.newBuilder()
                            .setText(text)
                            .setLanguageCode("en")
                            .build())
                    .toList();
            requests.add(new Request(
                    batch.size(),
                    batch.stream()
                            .mapToInt(document -> Corpus.words(document.getText()))
                            .sum(),
                    () -> measured.method().call(batch).thenAccept(receipts -> {
                        documents.add(batch.size());
                        receipts.forEach(receipt -> tokens.add(receipt.getTokens()));
                    })));
        }
        LoadResult result = new LoadGenerator(requests, Clock.SYSTEM)
                .closedLoop(
                        measured.name(),
                        callers,
                        Duration.ofSeconds(seconds).dividedBy(4),
                        Duration.ofSeconds(seconds));
        if (result.failed() > 0) {
            throw new IllegalStateException(measured.name() + ": " + result.failures());
        }
        return new Row(
                measured.name(),
                measured.model(),
                result.documentsPerSecond(),
                (double) tokens.sum() / Math.max(1, documents.sum()));
    }

    private static List<Measured> measured(ManagedChannel channel) {
        List<ClassLabel> labels = IntStream.range(0, LABELS)
                .mapToObj(i -> ClassLabel.newBuilder()
                        .setLabel("topic " + i)
                        .setDescription(Corpus.generate(1, 100 + i).texts().get(0))
                        .build())
                .toList();
        return List.of(
                new Measured(
                        "EmbedText",
                        "embeddings-en",
                        documents -> send(
                                        channel,
                                        TextAnalyticsServiceGrpc.getEmbedTextMethod(),
                                        EmbedTextRequest.newBuilder()
                                                .addAllDocuments(documents)
                                                .build())
                                .thenApply(response -> List.of(response.getReceipt()))),
                new Measured(
                        "CompareTexts",
                        "embeddings-en",
                        documents -> send(
                                        channel,
                                        TextAnalyticsServiceGrpc.getCompareTextsMethod(),
                                        CompareTextsRequest.newBuilder()
                                                .addAllPairs(IntStream.range(0, documents.size())
                                                        .mapToObj(i -> TextPair.newBuilder()
                                                                .setLeft(documents
                                                                        .get(i)
                                                                        .getText())
                                                                .setRight(documents
                                                                        .get((i + 1) % documents.size())
                                                                        .getText())
                                                                .build())
                                                        .toList())
                                                .build())
                                .thenApply(response -> List.of(response.getReceipt()))),
                new Measured(
                        "ClassifyText, " + LABELS + " labels",
                        "embeddings-en",
                        documents -> send(
                                        channel,
                                        TextAnalyticsServiceGrpc.getClassifyTextMethod(),
                                        ClassifyTextRequest.newBuilder()
                                                .addAllDocuments(documents)
                                                .addAllLabels(labels)
                                                .build())
                                .thenApply(response -> List.of(response.getReceipt()))),
                new Measured(
                        "ExtractKeyPhrases",
                        "embeddings-en",
                        documents -> send(
                                        channel,
                                        TextAnalyticsServiceGrpc.getExtractKeyPhrasesMethod(),
                                        ExtractKeyPhrasesRequest.newBuilder()
                                                .addAllDocuments(documents)
                                                .build())
                                .thenApply(response -> List.of(response.getReceipt()))),
                new Measured(
                        "SummarizeText",
                        "embeddings-en",
                        documents -> send(
                                        channel,
                                        TextAnalyticsServiceGrpc.getSummarizeTextMethod(),
                                        SummarizeTextRequest.newBuilder()
                                                .addAllDocuments(documents)
                                                .build())
                                .thenApply(response -> List.of(response.getReceipt()))),
                new Measured(
                        "AnalyzeSentiment",
                        "sentiment-en",
                        documents -> send(
                                        channel,
                                        TextAnalyticsServiceGrpc.getAnalyzeSentimentMethod(),
                                        AnalyzeSentimentRequest.newBuilder()
                                                .addAllDocuments(documents)
                                                .setEmotions(true)
                                                .build())
                                .thenApply(response -> List.of(response.getReceipt()))),
                new Measured(
                        "AnswerQuestion",
                        "qa-en",
                        documents -> send(
                                        channel,
                                        TextAnalyticsServiceGrpc.getAnswerQuestionMethod(),
                                        AnswerQuestionRequest.newBuilder()
                                                .addAllDocuments(documents)
                                                .setQuestion("Who agreed on the new railway line?")
                                                .build())
                                .thenApply(response -> List.of(response.getReceipt()))),
                new Measured(
                        "AnalyzeText: key phrases, summary, embedding",
                        "embeddings-en",
                        documents -> send(
                                        channel,
                                        TextAnalyticsServiceGrpc.getAnalyzeTextMethod(),
                                        AnalyzeTextRequest.newBuilder()
                                                .addAllDocuments(documents)
                                                .addFeatures(Feature.FEATURE_KEY_PHRASES)
                                                .addFeatures(Feature.FEATURE_SUMMARY)
                                                .addFeatures(Feature.FEATURE_EMBEDDING)
                                                .build())
                                .thenApply(response -> response.getReceiptsList())),
                new Measured(
                        "DetectLanguage",
                        "",
                        documents -> send(
                                        channel,
                                        TextAnalyticsServiceGrpc.getDetectLanguageMethod(),
                                        DetectLanguageRequest.newBuilder()
                                                .addAllDocuments(documents)
                                                .build())
                                .thenApply(response -> List.of())));
    }

    /** The answer, if every document has one. */
    private static <Q, R extends Message> CompletableFuture<R> send(
            ManagedChannel channel, MethodDescriptor<Q, R> method, Q request) {
        return UnaryCall.send(channel, method, request).thenApply(response -> {
            FieldDescriptor results = response.getDescriptorForType().findFieldByName("results");
            FieldDescriptor list =
                    results == null ? response.getDescriptorForType().findFieldByName("documents") : results;
            for (Object element : (List<?>) response.getField(list)) {
                Message result = (Message) element;
                FieldDescriptor error = result.getDescriptorForType().findFieldByName("error");
                if (result.hasField(error)) {
                    throw new IllegalStateException(
                            method.getBareMethodName() + ": " + ((Status) result.getField(error)).getMessage());
                }
            }
            return response;
        });
    }

    private void corpus() throws IOException, InterruptedException {
        System.out.println("\n| documents | words | minutes | ms/document | after the last document, s | themes"
                + " | near-duplicates | peak resident MB |");
        System.out.println("|--:|--:|--:|--:|--:|--:|--:|--:|");
        for (int size : sizes) {
            // a new process each, as the peak is that of its whole life
            try (ServiceProcess service = ServiceProcess.start(SERVICE, Map.of())) {
                ManagedChannel channel = Grpc.newChannelBuilder(
                                service.grpcAddress(), InsecureChannelCredentials.create())
                        .build();
                try {
                    long start = System.nanoTime();
                    Upload upload = new Upload(ShortTexts.generate(size, corpusOptions.seed));
                    TextAnalyticsServiceGrpc.newStub(channel).analyzeCorpus(upload);
                    CorpusReport report = upload.report.join();
                    long end = System.nanoTime();
                    System.out.printf(
                            Locale.ROOT,
                            "| %d | %d | %.1f | %.2f | %.1f | %d | %d | %d |%n",
                            report.getDocuments(),
                            upload.words.sum(),
                            (end - start) / 60e9,
                            (end - start) / 1e6 / size,
                            (end - upload.sent) / 1e9,
                            report.getThemesCount(),
                            report.getDuplicateDocuments(),
                            service.peakResidentBytes() / 1_000_000);
                } finally {
                    channel.shutdownNow();
                }
            }
        }
    }

    /** Sends texts as fast as the service takes them. */
    private static final class Upload implements ClientResponseObserver<AnalyzeCorpusRequest, AnalyzeCorpusResponse> {
        final CompletableFuture<CorpusReport> report = new CompletableFuture<>();
        volatile long sent;
        final LongAdder words = new LongAdder();
        private final Iterator<String> texts;

        Upload(Stream<String> texts) {
            this.texts = texts.iterator();
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<AnalyzeCorpusRequest> requests) {
            CorpusOptions options = CorpusOptions.newBuilder()
                    .addFeatures(Feature.FEATURE_THEMES)
                    .addFeatures(Feature.FEATURE_KEY_PHRASES)
                    .build();
            requests.setOnReadyHandler(() -> {
                while (requests.isReady() && sent == 0) {
                    if (texts.hasNext()) {
                        String text = texts.next();
                        words.add(Corpus.words(text));
                        requests.onNext(AnalyzeCorpusRequest.newBuilder()
                                .setOptions(options)
                                .setDocument(Document.newBuilder().setText(text).setLanguageCode("en"))
                                .build());
                    } else {
                        sent = System.nanoTime();
                        requests.onCompleted();
                    }
                }
            });
        }

        @Override
        public void onNext(AnalyzeCorpusResponse response) {
            if (response.hasReport()) {
                report.complete(response.getReport());
            } else {
                progress("analyzed " + response.getProgress().getAnalyzed());
            }
        }

        @Override
        public void onError(Throwable failure) {
            report.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {}
    }

    private static void progress(String line) {
        System.err.println(line);
    }
}
