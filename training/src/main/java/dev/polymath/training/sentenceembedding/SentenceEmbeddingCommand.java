package dev.polymath.training.sentenceembedding;

import dev.polymath.inference.TextTokenizer;
import dev.polymath.training.ModelCard;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.EncoderGraph;
import dev.polymath.training.encoder.OnnxRuntimeOutputs;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.graph.Int8Quantizer;
import dev.polymath.training.graph.OnnxGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Takes a sentence encoder as it is, quantises it, measures its vectors, and writes a model directory. */
@Command(
        name = "sentence-embedding",
        description =
                "Packages an encoder whose mean hidden state is a text's vector: quantises, measures, writes a model"
                        + " directory. Its weights are not trained.",
        sortOptions = false,
        abbreviateSynopsis = true,
        showDefaultValues = true)
public final class SentenceEmbeddingCommand implements Callable<Integer> {
    private static final int BATCH_TOKENS = 2048;
    private static final int ALONE = 200;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = "--from",
            paramLabel = "PATH",
            description =
                    "A model directory, or an ONNX encoder beside its tokenizer.json (default: all-MiniLM-L6-v2).")
    @Nullable
    Path from;

    @Option(
            names = "--dev",
            required = true,
            arity = "1..*",
            paramLabel = "NAME=FILE",
            description = "Pairs of texts with a score (.csv, tab-separated, JSON lines) to measure with.")
    Map<String, Path> dev = Map.of();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The model directory, NAME/VERSION; must be new.")
    @SuppressWarnings("NullAway.Init")
    Path out;

    @Option(names = "--max-length", paramLabel = "N", description = "Tokens in a window.")
    int maxLength = 256;

    @Option(
            names = "--int8",
            description = "Quantise; int8 is served if it costs less rank correlation than --int8-loss.")
    boolean int8;

    @Option(
            names = "--int8-scheme",
            paramLabel = "SCHEME",
            description = "How activations are quantised: ${COMPLETION-CANDIDATES}.")
    Int8Quantizer.Scheme int8Scheme = Int8Quantizer.Scheme.PER_TOKEN_ASYMMETRIC;

    @Option(
            names = "--int8-loss",
            paramLabel = "X",
            description = "Largest loss of Spearman correlation, on the mean of the dev sets, that int8 may cost.")
    double int8Loss = 0.005;

    @Option(
            names = "--keep-float",
            paramLabel = "REGEX",
            description = "Weights whose names match this as a whole are not quantised (default: none).")
    @Nullable
    Pattern keepFloat;

    @Mixin
    CardOptions card = new CardOptions();

    /** Correlation of cosines and scores on one set. */
    private record Agreement(double spearman, double pearson) {}

    /**
     * What was measured of one precision.
     *
     * @param agreement by set
     * @param meanCosine to the fp32 vectors, over all texts; 1 for fp32 itself
     * @param leastCosine of all texts
     * @param alone largest difference in any element between a text alone and in a batch
     */
    private record Measured(
            Map<String, Agreement> agreement, double meanCosine, double leastCosine, double alone, long bytes) {
        double meanSpearman() {
            return agreement.values().stream()
                    .mapToDouble(Agreement::spearman)
                    .average()
                    .orElse(0);
        }
    }

    @Override
    public Integer call() throws IOException {
        ModelDirectoryWriter.requireFree(out);
        Map<String, List<ScoredPair>> sets = new LinkedHashMap<>();
        for (Map.Entry<String, Path> entry : dev.entrySet()) {
            sets.put(entry.getKey(), ScoredPairReader.read(entry.getValue()));
        }
        StartingModel start = StartingModel.load(from);
        OnnxGraph graph = EncoderGraph.copy(start.graph());
        EncoderGraph.cutAfter(graph, graph.outputNames().get(0));

        ModelDirectoryWriter directory = new ModelDirectoryWriter(out);
        Path tokenizerFile = directory.file("tokenizer.json");
        Files.write(tokenizerFile, start.tokenizer());
        Path fp32 = directory.file("model.onnx");
        graph.write(fp32);
        Map<String, Measured> measured = new LinkedHashMap<>();
        String served = "fp32";
        try (TextTokenizer tokenizer =
                TextTokenizer.open(tokenizerFile, maxLength, Math.max(1, maxLength / 8), false)) {
            Set<String> texts = new LinkedHashSet<>();
            sets.values()
                    .forEach(pairs -> pairs.forEach(pair -> {
                        texts.add(pair.left());
                        texts.add(pair.right());
                    }));
            SentenceVectors reference = vectors(fp32, tokenizer, texts, BATCH_TOKENS);
            measured.put("fp32", measure("fp32", fp32, tokenizer, sets, reference, reference));
            if (int8) {
                Path quantized = directory.file("model_int8.onnx");
                new Int8Quantizer(
                                int8Scheme,
                                name -> keepFloat == null
                                        || !keepFloat.matcher(name).matches())
                        .quantize(graph)
                        .write(quantized);
                Measured small = measure(
                        "int8",
                        quantized,
                        tokenizer,
                        sets,
                        vectors(quantized, tokenizer, texts, BATCH_TOKENS),
                        reference);
                double loss = measured.get("fp32").meanSpearman() - small.meanSpearman();
                measured.put("int8", small);
                served = loss <= int8Loss ? "int8" : "fp32";
                System.out.printf(Locale.ROOT, "int8 costs %.4f of Spearman correlation: %s is served%n", loss, served);
                Files.delete(served.equals("int8") ? fp32 : quantized);
            }
        }
        directory.writeConfig(start.config());
        directory.writeServingProperties(servingProperties(served));
        directory.writeCard(card(start, sets, measured, served));
        System.out.println("wrote " + directory.complete());
        return 0;
    }

    private static SentenceVectors vectors(
            Path model, TextTokenizer tokenizer, Collection<String> texts, int batchTokens) {
        try (OnnxRuntimeOutputs outputs = new OnnxRuntimeOutputs(model)) {
            return SentenceVectors.of(outputs, tokenizer, texts, batchTokens);
        }
    }

    private static Measured measure(
            String precision,
            Path model,
            TextTokenizer tokenizer,
            Map<String, List<ScoredPair>> sets,
            SentenceVectors vectors,
            SentenceVectors reference)
            throws IOException {
        Map<String, Agreement> agreement = new LinkedHashMap<>();
        sets.forEach((name, pairs) -> {
            double[] cosines = vectors.cosines(pairs);
            double[] scores = pairs.stream().mapToDouble(ScoredPair::score).toArray();
            agreement.put(
                    name, new Agreement(Correlation.spearman(cosines, scores), Correlation.pearson(cosines, scores)));
        });
        double sum = 0;
        double least = 1;
        for (String text : reference.byText().keySet()) {
            double cosine = SentenceVectors.cosine(vectors.of(text), reference.of(text));
            sum += cosine;
            least = Math.min(least, cosine);
        }
        List<String> some =
                reference.byText().keySet().stream().sorted().limit(ALONE).toList();
        SentenceVectors alone = vectors(model, tokenizer, some, 0);
        double worst = 0;
        for (String text : some) {
            float[] together = vectors.of(text);
            for (int i = 0; i < together.length; i++) {
                worst = Math.max(worst, Math.abs(together[i] - alone.of(text)[i]));
            }
        }
        Measured measured = new Measured(agreement, sum / reference.byText().size(), least, worst, Files.size(model));
        System.out.println(precision + " " + row(measured));
        return measured;
    }

    private static String row(Measured measured) {
        StringBuilder row = new StringBuilder("|");
        measured.agreement
                .values()
                .forEach(agreement -> row.append(
                        String.format(Locale.ROOT, " %.4f | %.4f |", agreement.spearman, agreement.pearson)));
        return row.append(String.format(
                        Locale.ROOT,
                        " %.5f | %.5f | %.1g | %.1f |",
                        measured.meanCosine,
                        measured.leastCosine,
                        measured.alone,
                        measured.bytes / 1e6))
                .toString();
    }

    private Map<String, String> servingProperties(String served) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("engine", "OnnxRuntime");
        properties.put("polymath.task", "feature-extraction");
        properties.put("polymath.pooling", "mean");
        properties.put("polymath.max-length", Integer.toString(maxLength));
        if (!served.equals("fp32")) {
            properties.put("polymath.precision", served);
        }
        return properties;
    }

    private String card(
            StartingModel start, Map<String, List<ScoredPair>> sets, Map<String, Measured> measured, String served) {
        StringBuilder table = new StringBuilder("| precision |");
        StringBuilder line = new StringBuilder("|---|");
        sets.keySet().forEach(name -> {
            table.append(" Spearman, ").append(name).append(" | Pearson |");
            line.append("---|---|");
        });
        table.append(" cosine to fp32, mean | least | alone against batch | MB |\n")
                .append(line)
                .append("---|---|---|---|\n");
        measured.forEach((precision, figures) -> table.append("| ")
                .append(precision)
                .append(precision.equals(served) ? " (served) " : " ")
                .append(row(figures))
                .append('\n'));
        List<String> read = new ArrayList<>();
        sets.forEach((name, pairs) -> read.add(String.format(Locale.ROOT, "- %s: %,d pairs", name, pairs.size())));
        Path absolute = out.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        String name = (parent == null ? "" : parent.getFileName() + " ") + absolute.getFileName();
        return new ModelCard(name)
                .metadata("license", card.licence.toLowerCase(Locale.ROOT))
                .metadata("language", card.language)
                .metadata("pipeline_tag", "feature-extraction")
                .section(
                        "Task",
                        card.description
                                + "\n\nSentence embedding. Input: text; output: hidden states per token, whose mean"
                                + " over the tokens is the text's vector. Cosines of vectors say how alike texts are; they"
                                + " are no probabilities.")
                .section("Starting weights", start.description() + ", not trained further.")
                .section(
                        "Data",
                        "Measured with:\n\n" + String.join("\n", read) + "\n\n"
                                + String.join(
                                        "\n",
                                        card.sources.stream()
                                                .map(source -> "- " + source)
                                                .toList()))
                .section("Licence", card.licence)
                .section(
                        "Figures",
                        "Correlation of the cosines with people's scores; cosine of each text's vector to its fp32 vector,"
                                + " and the largest difference of any element of a vector (length 1) between "
                                + ALONE + " texts alone and in a batch.\n\n" + table
                                + "\n```\n./train "
                                + CardOptions.commandLine(
                                        spec.commandLine().getParseResult().originalArgs())
                                + "\n```")
                .list(
                        "Limits",
                        List.of(
                                "Longer texts than " + maxLength
                                        + " tokens are read in windows, whose mean says less about" + " each part.",
                                "A cosine that separates alike from unlike depends on the kind of text: choose it on your"
                                        + " own.",
                                "Negation and numbers change a vector little."))
                .toMarkdown();
    }
}
