package dev.polymath.training.tokenclassification;

import dev.polymath.inference.TextTokenizer;
import dev.polymath.training.DataFile;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.AverageOptions;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.EncoderGraph;
import dev.polymath.training.encoder.OptimizationOptions;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fine-tunes an encoder to name entities, or whatever else is a label per word, and writes a model directory. */
@Command(
        name = "token-classification",
        description = "Fine-tunes an encoder that labels words (named entities) and writes a model directory.",
        sortOptions = false,
        abbreviateSynopsis = true,
        showDefaultValues = true)
public final class TokenClassificationCommand implements Callable<Integer> {
    private static final Pattern WEIGHTED = Pattern.compile("(.+):([0-9]+(?:\\.[0-9]+)?)");
    /** Options that have no say in the course of the training. */
    private static final Set<String> AFTERWARDS = Set.of("--tune-bias");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = "--train",
            required = true,
            arity = "1..*",
            paramLabel = "FILE[:WEIGHT]",
            description = {
                "Labelled sentences: CoNLL columns or JSON lines (.jsonl), plain or .gz.",
                "WEIGHT: how often each sentence occurs in an epoch; a fraction is a probability."
            })
    List<String> train = List.of();

    @Option(
            names = "--dev",
            required = true,
            arity = "1..*",
            paramLabel = "[NAME=]FILE",
            description = "Sentences to choose the best weights with, each file evaluated by itself.")
    List<String> dev = List.of();

    @Option(
            names = "--test",
            arity = "1..*",
            paramLabel = "[NAME=]FILE",
            description = "Sentences for the figures in the model card that decide nothing.")
    List<String> test = List.of();

    @Mixin
    RunOptions run = new RunOptions();

    @Mixin
    OptimizationOptions optimization = new OptimizationOptions();

    @Mixin
    DataOptions data = new DataOptions();

    @Option(
            names = "--types",
            split = ",",
            paramLabel = "TYPE",
            description = "Entity types to learn; others are an error unless mapped (default: all in the data).")
    Set<String> types = Set.of();

    @Option(
            names = "--keep-empty",
            paramLabel = "P",
            description = "Probability that a sentence without an entity takes part in an epoch.")
    double keepEmpty = 1;

    @Option(names = "--noise-lower", paramLabel = "P", description = "Share of sentences that become lower case.")
    double noiseLower = 0.1;

    @Option(names = "--noise-upper", paramLabel = "P", description = "Share of sentences that BECOME UPPER CASE.")
    double noiseUpper = 0.05;

    @Option(names = "--noise-title", paramLabel = "P", description = "Share of sentences That Become Title Case.")
    double noiseTitle = 0.02;

    @Option(
            names = "--noise-drop-final",
            paramLabel = "P",
            description = "Share of sentences that lose their final punctuation.")
    double noiseDropFinal = 0.1;

    @Option(
            names = "--noise-drop-inner",
            paramLabel = "P",
            description = "Share of sentences that lose all other punctuation.")
    double noiseDropInner = 0.05;

    @Option(
            names = "--no-word-shape",
            negatable = false,
            description =
                    "Do not tell the model how words are written (lower, Capitalised, ALL CAPS, ...); for cased encoders.")
    boolean noWordShape;

    @Option(names = "--subwords", paramLabel = "first|all", description = "Which sub-words of a word are trained on.")
    Subwords subwords = Subwords.first;

    @Option(names = "--max-length", paramLabel = "N", description = "Tokens in a window, in training and in serving.")
    int maxLength = 256;

    @Option(names = "--shape-learning-rate", paramLabel = "X", description = "Peak rate of the word-shape table.")
    double shapeLearningRate = 1e-3;

    @Option(
            names = "--label-smoothing",
            paramLabel = "P",
            description = "Share of the target that is spread over all labels.")
    double labelSmoothing;

    @Option(
            names = "--class-weight",
            split = ",",
            paramLabel = "TYPE=X",
            description = "Weight of a type's labels in the loss, O included (default: 1 each).")
    Map<String, Float> classWeights = Map.of();

    @Option(
            names = "--tune-bias",
            description = "Add to the logit of O what gives the best F1 on the dev sets (precision against recall).")
    boolean tuneBias;

    @Mixin
    AverageOptions average = new AverageOptions();

    @Mixin
    CardOptions card = new CardOptions();

    enum Subwords {
        first,
        all
    }

    /** What the data come to. */
    private record Data(
            List<TrainingData.Source> train,
            Map<String, List<TaggedSentence>> dev,
            Map<String, List<TaggedSentence>> test,
            List<String> labels) {}

    @Override
    public Integer call() throws IOException {
        ModelDirectoryWriter.requireFree(run.out);
        TextNoise noise = new TextNoise(noiseLower, noiseUpper, noiseTitle, noiseDropFinal, noiseDropInner);
        TrainingOptions options = optimization.training();
        Data read = readData();
        Path folder = run.folder();
        Files.createDirectories(folder);
        StartingModel start = StartingModel.load(run.from);
        average.load(start, StartingModel::labels, read.labels(), optimization.loraRank == 0);
        Path tokenizerFile = folder.resolve("tokenizer.json");
        Files.write(tokenizerFile, start.tokenizer());
        OnnxGraph graph = graph(start, read.labels());
        List<OptimizationOptions.TrainedTable> trainedTables = trainedTables(graph);
        try (TextTokenizer tokenizer =
                        TextTokenizer.open(tokenizerFile, maxLength, Math.max(1, maxLength / 8), !noWordShape);
                TrainableGraph block = new TrainableGraph(graph, optimization.trainable(graph, trainedTables))) {
            SentenceEncoder encoder = new SentenceEncoder(tokenizer, read.labels(), subwords == Subwords.all);
            TrainingData trainingData = new TrainingData(read.train(), noise, keepEmpty);
            TrainingLoop.Result result = train(options, trainingData, read, graph, block, trainedTables, encoder);
            if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                return RunOptions.interrupted(result);
            }
            Map<String, List<TaggedSentence>> evaluated = new LinkedHashMap<>(read.dev());
            evaluated.putAll(read.test());
            new TokenClassifierExport(
                            start,
                            read.labels(),
                            !noWordShape,
                            maxLength,
                            encoder,
                            block,
                            graph,
                            read.dev(),
                            evaluated,
                            tuneBias,
                            figures -> new TokenClassifierCard(
                                            run.name(" "),
                                            run.out,
                                            card,
                                            spec.commandLine().getParseResult().originalArgs(),
                                            start,
                                            read.train(),
                                            read.labels(),
                                            average.toCard())
                                    .toMarkdown(result, figures))
                    .write(run);
            return 0;
        }
    }

    private OnnxGraph graph(StartingModel start, List<String> labels) {
        return TokenClassifierGraph.build(
                start.graph(), start.labels(), labels, !noWordShape, optimization.dropout, optimization.seed);
    }

    private Data readData() throws IOException {
        List<TrainingData.Source> sources = new ArrayList<>();
        for (String specification : train) {
            Matcher matcher = WEIGHTED.matcher(specification);
            String weight = matcher.matches() ? matcher.group(2) : "1";
            Path file = Path.of(matcher.matches() ? matcher.group(1) : specification);
            sources.add(new TrainingData.Source(
                    new DataFile(file).name(), data.read(file, types), Double.parseDouble(weight)));
        }
        Map<String, List<TaggedSentence>> devSets = data.readNamed(dev, types);
        Map<String, List<TaggedSentence>> testSets = data.readNamed(test, types);
        sources.forEach(source -> say(source.name(), source.sentences(), " x " + source.weight()));
        devSets.forEach((name, sentences) -> say(name, sentences, " (dev)"));
        testSets.forEach((name, sentences) -> say(name, sentences, " (test)"));

        Set<String> used = new TreeSet<>();
        Stream.concat(
                        sources.stream().map(TrainingData.Source::sentences),
                        Stream.concat(devSets.values().stream(), testSets.values().stream()))
                .flatMap(List::stream)
                .flatMap(sentence -> sentence.labels().stream())
                .filter(label -> !label.equals("O"))
                .forEach(label -> used.add(label.substring(2)));
        if (used.isEmpty() && types.isEmpty()) {
            throw new IllegalArgumentException("training data: no entity (expected: at least one)");
        }
        List<String> labels = new ArrayList<>(List.of("O"));
        for (String type : types.isEmpty() ? used : types) {
            labels.add("B-" + type);
            labels.add("I-" + type);
        }
        return new Data(sources, devSets, testSets, List.copyOf(labels));
    }

    private static void say(String name, List<TaggedSentence> sentences, String role) {
        System.out.println(name + ": " + TrainingData.describe(sentences) + role);
    }

    /** The word shapes take the place of the token types: a table that the encoder must learn anew. */
    private List<OptimizationOptions.TrainedTable> trainedTables(OnnxGraph graph) {
        String shapes = noWordShape ? null : EncoderGraph.table(graph, "token_type_ids");
        return shapes == null
                ? List.of()
                : List.of(new OptimizationOptions.TrainedTable("shapes", shapes, shapeLearningRate));
    }

    private TrainingLoop.Result train(
            TrainingOptions options,
            TrainingData trainingData,
            Data read,
            OnnxGraph graph,
            TrainableGraph block,
            List<OptimizationOptions.TrainedTable> trainedTables,
            SentenceEncoder encoder)
            throws IOException {
        Map<String, List<EncodedSentence>> devSets = new LinkedHashMap<>();
        read.dev()
                .forEach((name, sentences) -> devSets.put(
                        name,
                        sentences.stream()
                                .flatMap(sentence -> encoder.encode(sentence).stream())
                                .toList()));
        TokenClassificationTask task = new TokenClassificationTask(
                block,
                graph,
                read.labels(),
                labelWeights(read.labels()),
                labelSmoothing,
                trainingData,
                encoder,
                optimization.batchTokens,
                optimization.seed,
                devSets);
        TrainingLoop.Result result = run.train(
                task,
                optimization.groups(graph, block, trainedTables),
                options,
                RunOptions.settings(spec, AFTERWARDS),
                block.manager());
        if (result.outcome() != TrainingLoop.Outcome.INTERRUPTED) {
            average.keepBest(task, block, model -> graph(model, read.labels()));
        }
        return result;
    }

    private float[] labelWeights(List<String> labels) {
        float[] weights = new float[labels.size()];
        for (int i = 0; i < weights.length; i++) {
            String type = i == 0 ? "O" : labels.get(i).substring(2);
            weights[i] = classWeights.getOrDefault(type, 1f);
        }
        for (String type : classWeights.keySet()) {
            if (!type.equals("O") && !labels.contains("B-" + type)) {
                throw new IllegalArgumentException("class weight of " + type + " (expected: O or one of the types)");
            }
        }
        return weights;
    }
}
