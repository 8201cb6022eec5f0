package dev.polymath.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.textanalytics.v1.ClassLabel;
import dev.polymath.textanalytics.v1.ClassificationResult;
import dev.polymath.textanalytics.v1.ClassifyTextRequest;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesRequest;
import dev.polymath.textanalytics.v1.KeyPhrase;
import dev.polymath.textanalytics.v1.SummarizeTextRequest;
import dev.polymath.textanalytics.v1.SummaryResult;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc.TextAnalyticsServiceBlockingStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How good the answers of a running text analytics service are, on public data, each beside a simple baseline. */
@Command(
        name = "quality",
        description = {
            "Measures the answers of a running text analytics service on public data, beside simple baselines.",
            "What the service's algorithms were tuned on is left out: the first, third, ... document of each set."
        })
final class QualityCommand implements Callable<Integer> {
    private static final int DOCUMENTS_PER_CALL = 16;
    private static final int PHRASES = 10;
    private static final int TEXTS = 1_000;

    @Option(
            names = "--target",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:9090",
            description = "Default: ${DEFAULT-VALUE}, the gateway.")
    String target = "";

    @Option(
            names = "--key-phrases",
            paramLabel = "ZIP",
            description = "A set of github.com/LIAAD/KeywordExtractor-Datasets, for example SemEval2017.zip.")
    @Nullable
    Path keyPhrases;

    @Option(
            names = "--summaries",
            paramLabel = "FILE",
            description = "SciTLDR, JSON lines, plain or gzip: one-sentence summaries.")
    @Nullable
    Path summaries;

    @Option(
            names = "--classes",
            paramLabel = "FILE",
            description = "BANKING77, CSV, plain or gzip: 1,000 texts, the names of the intents as labels.")
    @Nullable
    Path classes;

    /** A document with the key phrases that annotators found. */
    private record AnnotatedDocument(String text, Set<String> phrases) {}

    /** The sentences of an abstract, and what people made of it. */
    private record Abstract(List<String> sentences, List<String> references) {
        String text() {
            return String.join(" ", sentences);
        }
    }

    /** A text with its class. */
    private record ClassifiedText(String text, String label) {}

    @Override
    public Integer call() throws Exception {
        Bench.require(
                keyPhrases != null || summaries != null || classes != null,
                "--key-phrases, --summaries, --classes",
                "none",
                "one at least");
        ManagedChannel channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .build();
        try {
            TextAnalyticsServiceBlockingStub service = TextAnalyticsServiceGrpc.newBlockingStub(channel);
            if (keyPhrases != null) {
                System.out.println(keyPhrases(service, keyPhrases));
            }
            if (summaries != null) {
                System.out.println(summaries(service, summaries));
            }
            if (classes != null) {
                System.out.println(classes(service, classes));
            }
        } finally {
            channel.shutdownNow();
        }
        return 0;
    }

    static String keyPhrases(TextAnalyticsServiceBlockingStub service, Path zip) throws IOException {
        List<AnnotatedDocument> all = annotatedDocuments(zip);
        List<List<String>> byTfIdf =
                PhraseScores.byTfIdf(all.stream().map(AnnotatedDocument::text).toList(), PHRASES);
        List<AnnotatedDocument> documents = half(all);
        List<Set<String>> annotated =
                documents.stream().map(AnnotatedDocument::phrases).toList();
        List<List<String>> found = inBatches(
                documents,
                batch -> withDeadline(service)
                        .extractKeyPhrases(ExtractKeyPhrasesRequest.newBuilder()
                                .addAllDocuments(documents(batch, AnnotatedDocument::text))
                                .setMaxPhrases(PHRASES)
                                .build())
                        .getResultsList()
                        .stream()
                        .map(result ->
                                answered(result, result.hasError(), result.getError()).getKeyPhrasesList().stream()
                                        .map(KeyPhrase::getText)
                                        .toList())
                        .toList());
        return "%n%s: %d documents, %d phrases each%n%n".formatted(zip, documents.size(), PHRASES)
                + "| | precision | recall | F1 |%n|---|--:|--:|--:|%n".formatted()
                + row("key phrases", PhraseScores.of(found, annotated, PHRASES))
                + row("TF-IDF", PhraseScores.of(half(byTfIdf), annotated, PHRASES));
    }

    private static String row(String name, PhraseScores scores) {
        return "| %s | %.3f | %.3f | %.3f |%n".formatted(name, scores.precision(), scores.recall(), scores.f1());
    }

    static String summaries(TextAnalyticsServiceBlockingStub service, Path file) throws IOException {
        List<Abstract> abstracts = half(abstracts(file));
        List<String> summaries = inBatches(
                abstracts,
                batch -> withDeadline(service)
                        .summarizeText(SummarizeTextRequest.newBuilder()
                                .addAllDocuments(documents(batch, Abstract::text))
                                .setSentenceCount(1)
                                .build())
                        .getResultsList()
                        .stream()
                        .map(QualityCommand::firstSentence)
                        .toList());
        return "%n%s: %d abstracts, one sentence each%n%n".formatted(file, abstracts.size())
                + "| | ROUGE-1 | ROUGE-2 | ROUGE-L |%n|---|--:|--:|--:|%n".formatted()
                + row("summary", abstracts, i -> summaries.get(i))
                + row(
                        "first sentence",
                        abstracts,
                        i -> abstracts.get(i).sentences().get(0))
                + row("best sentence there is", abstracts, i -> best(abstracts.get(i)));
    }

    private static String best(Abstract paper) {
        return paper.sentences().stream()
                .max(Comparator.comparingDouble(sentence -> {
                    Rouge rouge = Rouge.best(sentence, paper.references());
                    return rouge.rouge1() + rouge.rouge2() + rouge.rougeL();
                }))
                .orElse("");
    }

    private static String firstSentence(SummaryResult result) {
        answered(result, result.hasError(), result.getError());
        return result.getSentencesCount() == 0 ? "" : result.getSentences(0).getText();
    }

    private static String row(String name, List<Abstract> abstracts, IntFunction<String> summary) {
        Rouge rouge = Rouge.mean(IntStream.range(0, abstracts.size())
                .mapToObj(i -> Rouge.best(summary.apply(i), abstracts.get(i).references()))
                .toList());
        return "| %s | %.1f | %.1f | %.1f |%n"
                .formatted(name, 100 * rouge.rouge1(), 100 * rouge.rouge2(), 100 * rouge.rougeL());
    }

    static String classes(TextAnalyticsServiceBlockingStub service, Path file) throws IOException {
        List<ClassifiedText> all = classifiedTexts(file);
        List<ClassLabel> labels = all.stream()
                .map(ClassifiedText::label)
                .distinct()
                .sorted()
                .map(label -> ClassLabel.newBuilder().setLabel(label).build())
                .toList();
        Collections.shuffle(all, new Random(1));
        List<ClassifiedText> texts = half(all.subList(0, Math.min(all.size(), 2 * TEXTS)));
        List<ClassificationResult> results = inBatches(
                texts,
                batch -> withDeadline(service)
                        .classifyText(ClassifyTextRequest.newBuilder()
                                .addAllDocuments(documents(batch, ClassifiedText::text))
                                .addAllLabels(labels)
                                .build())
                        .getResultsList()
                        .stream()
                        .map(result -> answered(result, result.hasError(), result.getError()))
                        .toList());
        List<ConfidenceScores.Answer> answers = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            List<String> names = results.get(i).getClassesList().stream()
                    .map(type -> type.getLabel())
                    .toList();
            answers.add(new ConfidenceScores.Answer(
                    names.indexOf(texts.get(i).label()),
                    names.isEmpty() ? 0 : results.get(i).getClasses(0).getConfidence()));
        }
        ConfidenceScores scores = ConfidenceScores.of(answers);
        return "%n%s: %d texts, %d labels by their names%n%n".formatted(file, texts.size(), labels.size())
                + "| accuracy | within 5 | calibration error |%n|--:|--:|--:|%n".formatted()
                + "| %.3f | %.3f | %.3f |%n".formatted(scores.top1(), scores.top5(), scores.calibrationError());
    }

    /** The result as it is; a document without an answer must not count as one with a bad answer. */
    private static <R> R answered(R result, boolean failed, Status error) {
        if (failed) {
            throw new IllegalStateException(error.getMessage());
        }
        return result;
    }

    /** What nothing was tuned on. */
    private static <T> List<T> half(List<T> all) {
        return IntStream.range(0, all.size())
                .filter(i -> i % 2 == 1)
                .mapToObj(all::get)
                .toList();
    }

    private static TextAnalyticsServiceBlockingStub withDeadline(TextAnalyticsServiceBlockingStub service) {
        return service.withDeadlineAfter(2, TimeUnit.MINUTES);
    }

    private static <T, R> List<R> inBatches(List<T> items, Function<List<T>, List<R>> call) {
        List<R> results = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i += DOCUMENTS_PER_CALL) {
            results.addAll(call.apply(items.subList(i, Math.min(items.size(), i + DOCUMENTS_PER_CALL))));
        }
        return results;
    }

    private static <T> List<Document> documents(List<T> items, Function<T, String> text) {
        return items.stream()
                .map(item -> Document.newBuilder()
                        .setText(text.apply(item))
                        .setLanguageCode("en")
                        .build())
                .toList();
    }

    private static List<AnnotatedDocument> annotatedDocuments(Path path) throws IOException {
        try (ZipFile zip = new ZipFile(path.toFile())) {
            Map<String, String> texts = new TreeMap<>();
            Map<String, String> phrases = new TreeMap<>();
            for (ZipEntry entry : Collections.list(zip.entries())) {
                String name = entry.getName().replaceFirst(".*/", "").replaceFirst("\\.[^.]*$", "");
                if (entry.getName().matches(".*/docsutf8/[^/]+\\.txt")) {
                    texts.put(name, read(zip, entry));
                } else if (entry.getName().matches(".*/keys/[^/]+\\.key")) {
                    phrases.put(name, read(zip, entry));
                }
            }
            return texts.entrySet().stream()
                    .map(text -> new AnnotatedDocument(
                            text.getValue(),
                            new HashSet<>(phrases.getOrDefault(text.getKey(), "")
                                    .lines()
                                    .toList())))
                    .toList();
        }
    }

    private static String read(ZipFile zip, ZipEntry entry) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static BufferedReader open(Path path) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(path));
        return new BufferedReader(new InputStreamReader(
                path.toString().endsWith(".gz") ? new GZIPInputStream(in) : in, StandardCharsets.UTF_8));
    }

    private static List<Abstract> abstracts(Path path) throws IOException {
        try (BufferedReader lines = open(path)) {
            return lines.lines()
                    .map(line -> {
                        JsonObject paper = JsonParser.parseString(line).getAsJsonObject();
                        return new Abstract(strings(paper, "source"), strings(paper, "target"));
                    })
                    .toList();
        }
    }

    private static List<String> strings(JsonObject object, String name) {
        return object.getAsJsonArray(name).asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    /** Records of a text, quoted where it needs to be, and a class; after a line of titles. */
    private static List<ClassifiedText> classifiedTexts(Path path) throws IOException {
        List<ClassifiedText> texts = new ArrayList<>();
        try (BufferedReader lines = open(path)) {
            lines.readLine();
            String record = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                record += record.isEmpty() ? line : "\n" + line;
                if (record.chars().filter(c -> c == '"').count() % 2 == 0) {
                    int comma = record.lastIndexOf(',');
                    String text = record.substring(0, comma);
                    texts.add(new ClassifiedText(
                            text.startsWith("\"")
                                    ? text.substring(1, text.length() - 1).replace("\"\"", "\"")
                                    : text,
                            record.substring(comma + 1).strip()));
                    record = "";
                }
            }
        }
        return texts;
    }
}
