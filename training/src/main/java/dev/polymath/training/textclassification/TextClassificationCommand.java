package dev.polymath.training.textclassification;

import dev.polymath.inference.TextTokenizer;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.AverageOptions;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.OptimizationOptions;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fine-tunes an encoder to give texts labels, with one head or several, and writes a model directory. */
@Command(
        name = "text-classification",
        description = "Fine-tunes an encoder that gives texts labels and writes a model directory.",
        sortOptions = false,
        abbreviateSynopsis = true,
        showDefaultValues = true)
public final class TextClassificationCommand implements Callable<Integer> {
    /** Options that have no say in the course of the training. */
    private static final Set<String> AFTERWARDS = Set.of("--group");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    DataOptions data = new DataOptions();

    @Mixin
    RunOptions run = new RunOptions();

    @Mixin
    OptimizationOptions optimization = new OptimizationOptions();

    @Option(
            names = "--freeze-encoder",
            description = "Train the heads only, on hidden states that are computed once: seconds instead of minutes.")
    boolean freezeEncoder;

    @Option(names = "--noise-lower", paramLabel = "P", description = "Share of texts that become lower case.")
    double noiseLower;

    @Option(names = "--noise-upper", paramLabel = "P", description = "Share of texts that BECOME UPPER CASE.")
    double noiseUpper;

    @Option(
            names = "--noise-drop-final",
            paramLabel = "P",
            description = "Share of texts that lose their final punctuation.")
    double noiseDropFinal = 0.1;

    @Option(names = "--max-length", paramLabel = "N", description = "Tokens in a window, in training and in serving.")
    int maxLength = 256;

    @Option(
            names = "--label-smoothing",
            paramLabel = "P",
            description = "Share of the target that is spread over all labels.")
    double labelSmoothing;

    @Option(
            names = "--class-weight",
            split = ",",
            paramLabel = "[HEAD:]LABEL=X",
            description = "Weight of a label in the loss (default: 1 each).")
    Map<String, Float> classWeights = Map.of();

    @Option(
            names = "--head-weight",
            split = ",",
            paramLabel = "HEAD=X",
            description = "Weight of a head in the loss (default: 1 each).")
    Map<String, Double> headWeights = Map.of();

    @Option(
            names = "--group",
            arity = "1..*",
            paramLabel = "GROUP=LABEL|LABEL...",
            description = "Also measure a multi-label head in these coarser labels.")
    List<String> groups = List.of();

    @Mixin
    AverageOptions average = new AverageOptions();

    @Mixin
    CardOptions card = new CardOptions();

    @Override
    public Integer call() throws IOException {
        ModelDirectoryWriter.requireFree(run.out);
        TypingNoise noise = new TypingNoise(noiseLower, noiseUpper, freezeEncoder ? 0 : noiseDropFinal);
        TrainingOptions options = optimization.training();
        requireFreezable();
        LabelGroups labelGroups = LabelGroups.parse(groups);
        ClassifierData read = data.read(optimization.seed);
        List<TextClassificationTask.HeadLoss> losses = losses(read.heads());
        Path folder = run.folder();
        Files.createDirectories(folder);
        StartingModel start = StartingModel.load(run.from);
        Path tokenizerFile = folder.resolve("tokenizer.json");
        Files.write(tokenizerFile, start.tokenizer());
        average.load(
                start, TextClassificationCommand::heads, read.heads(), optimization.loraRank == 0 && !freezeEncoder);
        OnnxGraph graph = graph(start, read.heads());
        if (!heads(start).equals(read.heads())) {
            TextClassifierGraph.setBiases(graph, read.heads(), read.frequencies());
        }
        try (TextTokenizer tokenizer =
                TextTokenizer.open(tokenizerFile, maxLength, Math.max(1, maxLength / 8), false)) {
            ClassifierEncoder encoder = new ClassifierEncoder(tokenizer, read.heads(), text -> null);
            TrainingTexts texts = new TrainingTexts(read.train(), noise);
            return freezeEncoder
                    ? trainHeads(options, read, losses, texts, labelGroups, start, graph, encoder)
                    : trainAll(options, read, losses, texts, labelGroups, start, graph, encoder);
        }
    }

    private void requireFreezable() {
        if (freezeEncoder && (optimization.loraRank > 0 || noiseLower + noiseUpper > 0)) {
            throw new IllegalArgumentException(
                    "--freeze-encoder with --lora-rank or noise (expected: neither; the encoder reads each text once)");
        }
    }

    private static List<Head> heads(StartingModel model) {
        return ClassifierConfig.read(model.config());
    }

    private OnnxGraph graph(StartingModel start, List<Head> heads) {
        return TextClassifierGraph.build(start.graph(), heads(start), heads, optimization.dropout, optimization.seed);
    }

    private int trainAll(
            TrainingOptions options,
            ClassifierData read,
            List<TextClassificationTask.HeadLoss> losses,
            TrainingTexts texts,
            LabelGroups labelGroups,
            StartingModel start,
            OnnxGraph graph,
            ClassifierEncoder encoder)
            throws IOException {
        try (TrainableGraph block = new TrainableGraph(graph, optimization.trainable(graph, List.of()))) {
            ClassifierInputs inputs = ClassifierInputs.tokens(graph.inputNames());
            TrainingLoop.Result result = train(options, read, losses, texts, graph, block, inputs, encoder);
            if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                return RunOptions.interrupted(result);
            }
            export(read, labelGroups, start, graph, block, encoder, result);
            return 0;
        }
    }

    /** The heads learn by themselves; their weights go into the whole graph, which is exported as ever. */
    private int trainHeads(
            TrainingOptions options,
            ClassifierData read,
            List<TextClassificationTask.HeadLoss> losses,
            TrainingTexts texts,
            LabelGroups labelGroups,
            StartingModel start,
            OnnxGraph graph,
            ClassifierEncoder encoder)
            throws IOException {
        EncoderFeatures features = EncoderFeatures.of(
                TextClassifierGraph.pooled(start.graph()), run.folder().resolve("encoder.onnx"), read, encoder);
        OnnxGraph heads =
                TextClassifierGraph.headsOnly(features.width(), read.heads(), optimization.dropout, optimization.seed);
        TrainingLoop.Result result;
        try (TrainableGraph block = new TrainableGraph(heads, TrainableGraphOptions.defaults())) {
            result = train(
                    options,
                    read,
                    losses,
                    texts,
                    heads,
                    block,
                    ClassifierInputs.features(),
                    encoder.withFeatures(features::of));
            if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                return RunOptions.interrupted(result);
            }
            block.parametersByName().keySet().forEach(name -> graph.setFloats(name, block.values(name)));
        }
        try (TrainableGraph block =
                new TrainableGraph(graph, TrainableGraphOptions.defaults().withFrozen(name -> true))) {
            export(read, labelGroups, start, graph, block, encoder, result);
            return 0;
        }
    }

    private TrainingLoop.Result train(
            TrainingOptions options,
            ClassifierData read,
            List<TextClassificationTask.HeadLoss> losses,
            TrainingTexts texts,
            OnnxGraph graph,
            TrainableGraph block,
            ClassifierInputs inputs,
            ClassifierEncoder encoder)
            throws IOException {
        List<TextClassificationTask.DevSet> devSets = read.dev().stream()
                .map(set -> new TextClassificationTask.DevSet(
                        set.name(), set.head(), encoder.encode(set.texts(), set.head())))
                .toList();
        TextClassificationTask task = new TextClassificationTask(
                block,
                inputs,
                losses,
                labelSmoothing,
                texts,
                encoder,
                optimization.batchTokens,
                optimization.seed,
                devSets);
        TrainingLoop.Result result = run.train(
                task,
                optimization.groups(graph, block, List.of()),
                options,
                RunOptions.settings(spec, AFTERWARDS),
                block.manager());
        if (result.outcome() != TrainingLoop.Outcome.INTERRUPTED) {
            average.keepBest(task, block, model -> graph(model, read.heads()));
        }
        if (encoder.cut() > 0) {
            System.out.printf(
                    Locale.ROOT,
                    "%,d times a text was longer than --max-length %d: its first window stood for it%n",
                    encoder.cut(),
                    maxLength);
        }
        return result;
    }

    private void export(
            ClassifierData read,
            LabelGroups labelGroups,
            StartingModel start,
            OnnxGraph graph,
            TrainableGraph block,
            ClassifierEncoder encoder,
            TrainingLoop.Result result)
            throws IOException {
        TextClassifierCard text = new TextClassifierCard(
                run.name(" "),
                card,
                spec.commandLine().getParseResult().originalArgs(),
                start,
                read,
                freezeEncoder,
                average.toCard());
        new TextClassifierExport(
                        start,
                        block,
                        graph,
                        read,
                        labelGroups,
                        encoder,
                        maxLength,
                        figures -> text.toMarkdown(result, figures))
                .write(run);
    }

    private List<TextClassificationTask.HeadLoss> losses(List<Head> heads) {
        Set<String> names = new TreeSet<>();
        List<TextClassificationTask.HeadLoss> losses = new ArrayList<>();
        for (Head head : heads) {
            float[] weights = new float[head.labels().size()];
            for (int label = 0; label < weights.length; label++) {
                String name = head.labels().get(label);
                names.add(name);
                names.add(head.name() + ":" + name);
                weights[label] =
                        classWeights.getOrDefault(head.name() + ":" + name, classWeights.getOrDefault(name, 1f));
                requirePositive("class weight of " + name, weights[label]);
            }
            double weight = headWeights.getOrDefault(head.name(), 1.0);
            requirePositive("weight of head " + head.name(), weight);
            losses.add(new TextClassificationTask.HeadLoss(head, weights, weight));
        }
        requireKnown("class weight", classWeights.keySet(), names);
        requireKnown(
                "head weight",
                headWeights.keySet(),
                Set.copyOf(heads.stream().map(Head::name).toList()));
        return losses;
    }

    private static void requirePositive(String name, double weight) {
        if (!(weight > 0)) {
            throw new IllegalArgumentException(name + ": " + weight + " (expected: > 0)");
        }
    }

    private static void requireKnown(String option, Set<String> given, Set<String> known) {
        for (String name : given) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(option + " of " + name + " (expected: one of " + known + ")");
            }
        }
    }
}
