package dev.polymath.training.objectdetection;

import dev.polymath.image.ImagePreprocessing;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import dev.polymath.training.vision.LabelNames;
import dev.polymath.training.vision.Prefetch;
import dev.polymath.training.vision.StartingImageModel;
import dev.polymath.training.vision.VisionOptimization;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fine-tunes a YOLOX detector on pictures with boxes, with its labels or others, and writes a model directory. */
@Command(
        name = "object-detection",
        description = "Fine-tunes a detector that finds objects in pictures and writes a model directory.",
        sortOptions = false,
        abbreviateSynopsis = true,
        showDefaultValues = true)
public final class ObjectDetectionCommand implements Callable<Integer> {
    /** Options that have no say in the course of the training. */
    private static final Set<String> AFTERWARDS = Set.of("--workers");

    private static final int DEFAULT_SIZE = 416;

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
            paramLabel = "FILE[@FIELD=VALUE]",
            description =
                    "Pictures with boxes: JSON lines (.jsonl), COCO (.json) or a folder of Pascal VOC's .xml files; of"
                            + " them those whose FIELD has the VALUE: data.jsonl@split=train.")
    List<String> train = List.of();

    @Option(
            names = "--dev",
            arity = "1..*",
            paramLabel = "FILE[@FIELD=VALUE]",
            description =
                    "Likewise; the mean average precision on them chooses the best weights (default: the last ones).")
    List<String> dev = List.of();

    @Option(
            names = "--test",
            arity = "1..*",
            paramLabel = "FILE[@FIELD=VALUE]",
            description = "Likewise, for a test that chooses nothing.")
    List<String> test = List.of();

    @Mixin
    DetectionSets sets = new DetectionSets();

    @Option(
            names = "--labels",
            paramLabel = "NAMES|FILE",
            description = "Labels in the order of their ids, with commas between or one on each line of a file"
                    + " (default: those of the training data).")
    @Nullable
    String labels;

    @Option(names = "--keep-labels", description = "Keep the labels of the starting model, all of them.")
    boolean keepLabels;

    @Option(
            names = "--start-labels",
            paramLabel = "NAMES|FILE",
            description = "Labels of a starting model without config.json (default: those of COCO if it has 80).")
    @Nullable
    String startLabels;

    @Option(
            names = "--size",
            paramLabel = "N",
            description =
                    "Side of the pictures that the network reads, a multiple of 32 (default: that of the starting model).")
    int size;

    @Option(names = "--freeze", paramLabel = "STAGES", description = "What stays as it is: ${COMPLETION-CANDIDATES}.")
    DetectorGraph.Freeze freeze = DetectorGraph.Freeze.NONE;

    @Mixin
    Mosaic augmentation = new Mosaic();

    @Mixin
    RunOptions run = new RunOptions();

    @Mixin
    VisionOptimization optimization = new VisionOptimization();

    @Mixin
    CardOptions card = new CardOptions();

    @Override
    public Integer call() throws IOException {
        ModelDirectoryWriter.requireFree(run.out);
        TrainingOptions options = optimization.training();
        augmentation.validate();
        if (run.from == null) {
            throw new IllegalArgumentException(
                    "--from: missing (expected: the ONNX file or model directory of a YOLOX)");
        }
        StartingImageModel start = StartingImageModel.load(run.from);
        DetectorGraph old = DetectorGraph.of(start.graph());
        List<String> oldNames = startLabels(start, old.classes());
        Map<String, List<AnnotatedImage>> trainSets = sets.read(train);
        Map<String, List<AnnotatedImage>> devSets = sets.read(dev);
        Map<String, List<AnnotatedImage>> testSets = sets.read(test);
        List<String> names = names(oldNames, trainSets);
        List<String> described = describe(names, trainSets, devSets, testSets);
        described.forEach(System.out::println);
        Files.createDirectories(run.folder());

        ImagePreprocessing preprocessing = DetectionExamples.yolox(size(start));
        DetectorGraph detector = old.withClasses(oldNames, names, optimization.seed);
        Set<String> frozen = detector.frozen(freeze);
        try (TrainableGraph block = new TrainableGraph(
                        detector.training(),
                        TrainableGraphOptions.defaults()
                                .withFrozen(frozen::contains)
                                .withSeed((int) optimization.seed));
                Prefetch prefetch = new Prefetch(optimization.workers)) {
            DetectionTask task = new DetectionTask(
                    block,
                    names,
                    new AnchorPoints(preprocessing.width(), detector.strides()),
                    new DetectionExamples(names, preprocessing, augmentation),
                    prefetch,
                    trainSets.values().stream().flatMap(List::stream).toList(),
                    devSets,
                    optimization.batchSize,
                    optimization.epochs - augmentation.lastEpochs,
                    optimization.seed);
            TrainingLoop.Result result = run.train(
                    task,
                    optimization.groups(block, detector.classWeights()::contains),
                    options,
                    RunOptions.settings(spec, AFTERWARDS),
                    block.manager());
            if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                return RunOptions.interrupted(result);
            }
            Map<String, float[]> values = new HashMap<>();
            block.parametersByName().forEach((name, parameter) -> values.put(name, block.values(name)));
            DetectionCard text = new DetectionCard(
                    run.name(" "),
                    card,
                    spec.commandLine().getParseResult().originalArgs().stream()
                            .filter(argument -> !argument.equals("--resume"))
                            .toList(),
                    start.description(),
                    described,
                    names,
                    freeze,
                    !devSets.isEmpty());
            new DetectorExport(
                            detector.withValues(values),
                            names,
                            preprocessing,
                            task,
                            new DetectorExport.Start(old, oldNames),
                            devSets,
                            testSets)
                    .write(run, figures -> text.toMarkdown(result, figures));
            return 0;
        }
    }

    private List<String> startLabels(StartingImageModel start, int classes) throws IOException {
        List<String> names = startLabels != null ? LabelNames.read(startLabels) : start.labels();
        if (names.isEmpty()) {
            names = classes == CocoLabels.NAMES.size()
                    ? CocoLabels.NAMES
                    : IntStream.range(0, classes).mapToObj(id -> "class " + id).toList();
        }
        if (names.size() != classes) {
            throw new IllegalArgumentException(names.size() + " labels of the starting model (expected: " + classes
                    + ", as its graph has them; --start-labels names them)");
        }
        return names;
    }

    private List<String> names(List<String> oldNames, Map<String, List<AnnotatedImage>> trainSets) throws IOException {
        if (keepLabels && labels != null) {
            throw new IllegalArgumentException("--keep-labels with --labels (expected: one of them)");
        }
        List<String> found = DetectionSets.labels(trainSets.values());
        List<String> names = keepLabels ? oldNames : labels != null ? LabelNames.read(labels) : found;
        if (found.isEmpty()) {
            throw new IllegalArgumentException("no boxes in the training data (expected: at least one)");
        }
        return names;
    }

    /** Says what was read, once it is clear that the labels are those that are known. */
    private static List<String> describe(
            List<String> names,
            Map<String, List<AnnotatedImage>> trainSets,
            Map<String, List<AnnotatedImage>> devSets,
            Map<String, List<AnnotatedImage>> testSets) {
        List<String> described = new ArrayList<>();
        for (Map<String, List<AnnotatedImage>> each : List.of(trainSets, devSets, testSets)) {
            String role = each == trainSets ? "" : each == devSets ? " (dev)" : " (test)";
            each.forEach((name, pictures) -> {
                for (String label : DetectionSets.labels(List.of(pictures))) {
                    if (!names.contains(label)) {
                        throw new IllegalArgumentException(String.format(
                                Locale.ROOT,
                                "%s: label '%s' (expected: one of %s, or an entry in --map such as '%s=' or '*=')",
                                name,
                                label,
                                names,
                                label));
                    }
                }
                described.add(DetectionSets.describe(name, pictures, role));
            });
        }
        return described;
    }

    private int size(StartingImageModel start) {
        if (size > 0) {
            return size;
        }
        if (start.preprocessing().isPresent()) {
            return start.preprocessing().get().width();
        }
        long[] shape = start.graph().inputShape(start.graph().inputNames().get(0));
        return shape.length == 4 && shape[2] > 0 ? Math.toIntExact(shape[2]) : DEFAULT_SIZE;
    }
}
