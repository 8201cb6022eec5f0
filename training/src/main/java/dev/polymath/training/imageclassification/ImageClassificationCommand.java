package dev.polymath.training.imageclassification;

import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import dev.polymath.training.vision.ColourJitter;
import dev.polymath.training.vision.LabelNames;
import dev.polymath.training.vision.OnnxImageModel;
import dev.polymath.training.vision.Prefetch;
import dev.polymath.training.vision.StartingImageModel;
import dev.polymath.training.vision.VisionOptimization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Teaches a network that has seen many pictures new labels: a new last layer on its features, which are computed once, and then, if
 * asked for, the layers before it. Or takes a network with its labels as it is.
 */
@Command(
        name = "image-classification",
        description = "Teaches an image network labels of your own and writes a model directory.",
        sortOptions = false,
        abbreviateSynopsis = true,
        showDefaultValues = true)
public final class ImageClassificationCommand implements Callable<Integer> {
    /** Options that have no say in the course of the training. */
    private static final Set<String> AFTERWARDS = Set.of("--workers", "--cache", "--agreement");

    private static final double PARITY = 1e-2;
    private static final int PARITY_PICTURES = 32;

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
            arity = "1..*",
            paramLabel = "DIR|FILE[@FIELD=VALUE]",
            description = "Folders with a folder of pictures per label, or JSON lines.")
    List<String> train = List.of();

    @Option(
            names = "--dev",
            arity = "1..*",
            paramLabel = "DIR|FILE[@FIELD=VALUE]",
            description = "Likewise; the accuracy on them chooses the best weights.")
    List<String> dev = List.of();

    @Option(
            names = "--dev-share",
            paramLabel = "P",
            description = "Without --dev: share of the pictures of each label that is held out.")
    double devShare = 0.2;

    @Option(
            names = "--test",
            arity = "1..*",
            paramLabel = "DIR|FILE[@FIELD=VALUE]",
            description = "Likewise, for a test that chooses nothing.")
    List<String> test = List.of();

    @Mixin
    ImageSets sets = new ImageSets();

    @Option(
            names = "--keep-labels",
            description = "No training: the network as it is, with its labels, measured on --test and --agreement.")
    boolean keepLabels;

    @Option(
            names = "--start-labels",
            paramLabel = "NAMES|FILE",
            description = "Labels of a starting network without config.json, for --keep-labels.")
    @Nullable
    String startLabels;

    @Option(
            names = "--agreement",
            arity = "1..*",
            paramLabel = "DIR",
            description = "Pictures without labels on which int8 is compared with fp32, for --keep-labels.")
    List<Path> agreement = List.of();

    @Option(
            names = "--cache",
            paramLabel = "DIR",
            description = "Where the features of pictures are kept (default: the run folder).")
    @Nullable
    Path cache;

    @Option(
            names = "--unfreeze",
            paramLabel = "N",
            description =
                    "Layers before the last one that are trained too, afterwards and at a rate of their own; 0: none.")
    int unfreeze;

    @Option(names = "--unfreeze-epochs", paramLabel = "N", description = "Passes over the data with these layers.")
    int unfreezeEpochs = 3;

    @Option(names = "--unfreeze-learning-rate", paramLabel = "X", description = "Peak rate of these layers.")
    double unfreezeLearningRate = 1e-4;

    @Option(names = "--unfreeze-batch-size", paramLabel = "N", description = "Pictures in a batch for these layers.")
    int unfreezeBatchSize = 16;

    @Option(
            names = "--label-smoothing",
            paramLabel = "P",
            description = "Share of the target that is spread over all labels.")
    double labelSmoothing;

    @Option(
            names = "--crop",
            paramLabel = "P",
            description = "Largest share of a picture that is cut off while layers before the last one are trained.")
    double crop = 0.4;

    @Mixin
    ColourJitter colour = new ColourJitter();

    @Mixin
    RunOptions run = new RunOptions();

    @Mixin
    VisionOptimization optimization = defaults();

    @Mixin
    CardOptions card = new CardOptions();

    /** Of a last layer on features. */
    private static VisionOptimization defaults() {
        VisionOptimization options = new VisionOptimization();
        options.epochs = 30;
        options.batchSize = 64;
        options.learningRate = 3e-3;
        options.weightDecay = 0.01;
        options.averageDecay = 0;
        return options;
    }

    @Override
    public Integer call() throws IOException {
        ModelDirectoryWriter.requireFree(run.out);
        validate();
        if (run.from == null) {
            throw new IllegalArgumentException("--from: missing (expected: an ONNX file or a model directory)");
        }
        StartingImageModel start = StartingImageModel.load(run.from);
        ClassifierNetwork network = ClassifierNetwork.of(start);
        Files.createDirectories(run.folder());
        return keepLabels ? asItIs(start, network) : train(start, network);
    }

    private void validate() {
        colour.validate();
        ColourJitter.requireShare("--crop", crop);
        ColourJitter.requireShare("--label-smoothing", labelSmoothing);
        if (crop == 1) {
            throw new IllegalArgumentException("--crop: 1.0 (expected: < 1)");
        }
        if (keepLabels != train.isEmpty()) {
            throw new IllegalArgumentException(
                    keepLabels ? "--keep-labels with --train (expected: one of them)" : "--train: missing");
        }
        if (unfreeze < 0) {
            throw new IllegalArgumentException("--unfreeze: " + unfreeze + " (expected: >= 0)");
        }
        if (!(devShare > 0 && devShare < 1)) {
            throw new IllegalArgumentException("--dev-share: " + devShare + " (expected: > 0 and < 1)");
        }
    }

    // ---- training

    private int train(StartingImageModel start, ClassifierNetwork network) throws IOException {
        TrainingOptions options = optimization.training();
        List<LabelledImage> pictures = new ArrayList<>(
                sets.read(train).values().stream().flatMap(List::stream).toList());
        Map<String, List<LabelledImage>> devSets = new LinkedHashMap<>(sets.read(dev));
        if (devSets.isEmpty()) {
            List<LabelledImage> held = ImageSets.holdOut(pictures, devShare, optimization.seed);
            pictures.removeAll(new HashSet<>(held));
            devSets.put("held-out", held);
        }
        Map<String, List<LabelledImage>> testSets = sets.read(test);
        List<String> labels = ImageSets.labels(List.of(pictures));
        if (labels.size() < 2) {
            throw new IllegalArgumentException("labels: " + labels + " (expected: at least two)");
        }
        List<String> described = new ArrayList<>(List.of(ImageSets.describe("train", pictures, "")));
        devSets.forEach((name, set) -> described.add(ImageSets.describe(name, known(name, set, labels), " (dev)")));
        testSets.forEach((name, set) -> described.add(ImageSets.describe(name, known(name, set, labels), " (test)")));
        described.forEach(System.out::println);

        try (Prefetch prefetch = new Prefetch(optimization.workers)) {
            Set<Path> files = new HashSet<>();
            List<Path> ordered = new ArrayList<>();
            for (List<LabelledImage> set : all(pictures, devSets)) {
                set.stream().map(LabelledImage::file).filter(files::add).forEach(ordered::add);
            }
            FeatureCache features = FeatureCache.of(
                    network.features(),
                    network.preprocessing(),
                    ordered,
                    cache == null ? run.folder() : cache,
                    prefetch);
            OnnxGraph graph = network.withHead(features.width(), labels.size());
            TrainingLoop.Result result;
            try (TrainableGraph head = new TrainableGraph(
                    ClassifierNetwork.headOnly(features.width(), labels.size()), TrainableGraphOptions.defaults())) {
                ClassificationTask task = new ClassificationTask(
                        head,
                        new FeatureInputs(features, colour.mirrors()),
                        labels,
                        prefetch,
                        pictures,
                        devSets,
                        optimization.batchSize,
                        labelSmoothing,
                        optimization.seed);
                result = run.train(
                        task,
                        optimization.groups(head, name -> true),
                        options,
                        RunOptions.settings(spec, AFTERWARDS),
                        head.manager());
                if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                    return RunOptions.interrupted(result);
                }
                head.parametersByName().keySet().forEach(name -> graph.setFloats(name, head.values(name)));
            }
            return finish(start, network, graph, labels, pictures, devSets, testSets, described, result, prefetch);
        }
    }

    private static List<List<LabelledImage>> all(
            List<LabelledImage> pictures, Map<String, List<LabelledImage>> devSets) {
        List<List<LabelledImage>> all = new ArrayList<>(List.of(pictures));
        all.addAll(devSets.values());
        return all;
    }

    private static List<LabelledImage> known(String name, List<LabelledImage> pictures, List<String> labels) {
        for (String label : ImageSets.labels(List.of(pictures))) {
            if (!labels.contains(label)) {
                throw new IllegalArgumentException(
                        name + ": label '" + label + "' (expected: one of " + labels + ", or an entry in --map)");
            }
        }
        return pictures;
    }

    /** With the new head in its place: the layers before it, if they are to be trained, and the export. */
    private int finish(
            StartingImageModel start,
            ClassifierNetwork network,
            OnnxGraph graph,
            List<String> labels,
            List<LabelledImage> pictures,
            Map<String, List<LabelledImage>> devSets,
            Map<String, List<LabelledImage>> testSets,
            List<String> described,
            TrainingLoop.Result ofHead,
            Prefetch prefetch)
            throws IOException {
        Set<String> frozen = ClassifierNetwork.frozen(graph, unfreeze);
        try (TrainableGraph block = new TrainableGraph(
                graph,
                TrainableGraphOptions.defaults().withFrozen(frozen::contains).withSeed((int) optimization.seed))) {
            ClassificationTask task = new ClassificationTask(
                    block,
                    new PixelInputs(network.preprocessing(), colour, crop),
                    labels,
                    prefetch,
                    pictures,
                    devSets,
                    unfreezeBatchSize,
                    labelSmoothing,
                    optimization.seed);
            TrainingLoop.Result result = ofHead;
            if (unfreeze > 0) {
                VisionOptimization layers = optimization.copy();
                layers.epochs = unfreezeEpochs;
                layers.learningRate = unfreezeLearningRate;
                layers.headLearningRate = unfreezeLearningRate;
                result = run.train(
                        task,
                        layers.groups(block, ClassifierNetwork::isHead),
                        layers.training(),
                        RunOptions.settings(spec, AFTERWARDS),
                        run.folder().resolve("layers"),
                        block.manager());
                if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                    return RunOptions.interrupted(result);
                }
                if (result.bestScore() <= ofHead.bestScore()) {
                    System.out.printf(
                            Locale.ROOT,
                            "training the layers before the last one brought nothing on the dev sets (%.4f after %.4f)%n",
                            result.bestScore(),
                            ofHead.bestScore());
                }
            }
            export(start, network, block, task, labels, devSets, testSets, described, result);
            return 0;
        }
    }

    private void export(
            StartingImageModel start,
            ClassifierNetwork network,
            TrainableGraph block,
            ClassificationTask task,
            List<String> labels,
            Map<String, List<LabelledImage>> devSets,
            Map<String, List<LabelledImage>> testSets,
            List<String> described,
            TrainingLoop.Result result)
            throws IOException {
        OnnxGraph graph = block.export();
        Map<String, List<LabelledImage>> measured = new LinkedHashMap<>();
        devSets.forEach((name, set) -> measured.put(name + " (dev)", set));
        testSets.forEach((name, set) -> measured.put(name + " (test)", set));
        List<LabelledImage> ofDev =
                devSets.values().stream().flatMap(List::stream).toList();
        double temperature = task.scores(ofDev, task::logits).fitTemperature();
        List<LabelledImage> some = ofDev.stream().limit(PARITY_PICTURES).toList();
        Map<String, Double> parities = new HashMap<>();
        ClassifierExport.Measurement measurement = (precision, model) -> {
            if (precision.equals("fp32")) {
                double parity = task.difference(some, model);
                if (!(parity <= PARITY)) {
                    throw new IllegalStateException("outputs of the exported model differ by " + parity
                            + " from the trained block (expected: <= " + PARITY + ")");
                }
                parities.put(precision, parity);
            }
            StringBuilder text = new StringBuilder();
            double sum = 0;
            for (Map.Entry<String, List<LabelledImage>> set : measured.entrySet()) {
                ClassificationScores scores = task.scores(set.getValue(), model);
                text.append("**")
                        .append(set.getKey())
                        .append("**: ")
                        .append(scores.toMarkdown())
                        .append('\n');
                sum += devSets.containsKey(set.getKey().replaceFirst(" \\(dev\\)$", "")) ? scores.top1() : 0;
            }
            return new ClassifierExport.Measured(sum / devSets.size(), text.toString());
        };
        new ClassifierExport(graph, labels, network.preprocessing(), false)
                .write(
                        run,
                        temperature,
                        measurement,
                        figures -> ClassifierCard.trained(
                                run.name(" "),
                                card,
                                arguments(),
                                start.description(),
                                described,
                                labels,
                                unfreeze,
                                temperature,
                                result,
                                parities.getOrDefault("fp32", 0.0),
                                figures));
    }

    // ---- as it is

    private int asItIs(StartingImageModel start, ClassifierNetwork network) throws IOException {
        List<String> labels = startLabels != null ? LabelNames.read(startLabels) : start.labels();
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("--start-labels: missing (expected: the labels of the network by id)");
        }
        Map<String, List<LabelledImage>> testSets = sets.read(test);
        testSets.forEach((name, set) -> known(name, set, labels));
        List<LabelledImage> unlabelled = new ArrayList<>();
        List<String> described = new ArrayList<>();
        for (Path folder : agreement) {
            List<Path> files = ImageSets.pictures(folder);
            files.forEach(file -> unlabelled.add(new LabelledImage(file, labels.get(0))));
            described.add(String.format(Locale.ROOT, "%s: %,d pictures (agreement)", folder, files.size()));
        }
        testSets.forEach((name, set) -> described.add(ImageSets.describe(name, set, " (test)")));
        described.forEach(System.out::println);
        Path whole = run.folder().resolve("whole.onnx");
        network.graph().write(whole);
        String output;
        boolean probabilities;
        try (OnnxImageModel model = new OnnxImageModel(whole)) {
            int index = outputOf(model, network, labels.size());
            output = network.graph().outputNames().get(index);
            probabilities = isDistribution(black(model, network)[index]);
        }
        try (Prefetch prefetch = new Prefetch(optimization.workers)) {
            Agreement agreements = new Agreement(network.preprocessing(), labels, prefetch, unlabelled, testSets);
            new ClassifierExport(network.asItIs(labels.size(), output), labels, network.preprocessing(), probabilities)
                    .write(
                            run,
                            1,
                            agreements,
                            figures -> ClassifierCard.asItIs(
                                    run.name(" "), card, arguments(), start.description(), described, labels, figures));
        }
        return 0;
    }

    private static float[][] black(OnnxImageModel model, ClassifierNetwork network) {
        return model.outputs(
                new float[network.preprocessing().size()],
                network.preprocessing().height(),
                network.preprocessing().width());
    }

    private static int outputOf(OnnxImageModel model, ClassifierNetwork network, int labels) {
        float[][] outputs = black(model, network);
        for (int i = 0; i < outputs.length; i++) {
            if (outputs[i].length == labels) {
                return i;
            }
        }
        throw new IllegalArgumentException("no output with " + labels + " values (expected: one per label)");
    }

    private static boolean isDistribution(float[] values) {
        double sum = 0;
        for (float value : values) {
            if (value < 0) {
                return false;
            }
            sum += value;
        }
        return Math.abs(sum - 1) < 1e-3;
    }

    private List<String> arguments() {
        return spec.commandLine().getParseResult().originalArgs().stream()
                .filter(argument -> !argument.equals("--resume"))
                .toList();
    }
}
