package dev.polymath.training.captioning;

import ai.djl.ndarray.NDManager;
import dev.polymath.training.DataFile;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.generation.BytePairEncoder;
import dev.polymath.training.generation.MeasuredExport;
import dev.polymath.training.generation.RunHistory;
import dev.polymath.training.generation.Targets;
import dev.polymath.training.generation.TokenizerJson;
import dev.polymath.training.generation.TransformerGraph;
import dev.polymath.training.generation.TransformerOptimization;
import dev.polymath.training.generation.TransformerOptions;
import dev.polymath.training.generation.TransformerWeights;
import dev.polymath.training.generation.Vocabulary;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import dev.polymath.training.vision.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a model that describes images in words, over the features of an image network that stays as it is. */
@Command(
        name = "image-captioning",
        description = "Trains a model that says in a sentence what is in an image, and writes a model directory.",
        sortOptions = false,
        abbreviateSynopsis = true,
        showDefaultValues = true)
public final class ImageCaptioningCommand implements Callable<Integer> {
    private static final int PARITY_IMAGES = 8;
    private static final Set<String> NOT_SETTINGS = Set.of("--export-only", "--beam", "--feature-cache", "--workers");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description =
                    "Captioned images, a JSON object per line: {\"image\": \"a.jpg\", \"split\": \"train\", \"en\": [\"A"
                            + " dog.\"], \"de\": [...]}; splits are train, val and test, plain or .gz.")
    @SuppressWarnings("NullAway.Init")
    Path data;

    @Option(
            names = "--images",
            paramLabel = "DIR",
            description = "Where the image files are (default: images, beside the data).")
    @Nullable
    Path images;

    @Option(
            names = "--val-images",
            paramLabel = "N",
            description = "Images that choose the best weights, where the data have no split of that name.")
    int valImages = 250;

    @Option(
            names = "--test-images",
            paramLabel = "N",
            description = "Likewise, for a test that chooses nothing; all are in test.jsonl of the run folder.")
    int testImages = 500;

    @Mixin
    RunOptions run = new RunOptions();

    @Option(
            names = "--feature-cache",
            paramLabel = "FILE",
            description = "Where the features of all images are kept (default: features.bin in the run folder).")
    @Nullable
    Path featureCache;

    @Option(names = "--workers", paramLabel = "N", description = "Threads that compute the features.")
    int workers = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--export-only",
            description = "Train nothing: write the model directory from the best weights in the run folder.")
    boolean exportOnly;

    @Option(
            names = "--beam",
            paramLabel = "N",
            description = "Hypotheses that are followed when the model is measured.")
    int beam = 4;

    @Option(names = "--no-mirror", negatable = true, description = "Never see an image mirrored.")
    boolean noMirror;

    @Option(names = "--vocabulary-size", paramLabel = "N", description = "Tokens of all languages together.")
    int vocabularySize = 4000;

    @Mixin
    TransformerOptions sizes = sizes();

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description = "Captions with more tokens are not trained on; at most --max-positions.")
    int maxLength = 40;

    @Option(names = "--batch-tokens", paramLabel = "N", description = "Tokens of the captions in a batch.")
    int batchTokens = 1600;

    @Option(names = "--dropout", paramLabel = "P", description = "On embeddings, the grid and what each layer adds.")
    float dropout = 0.1f;

    @Option(
            names = "--label-smoothing",
            paramLabel = "P",
            description = "Share of the probability that is spread over all words.")
    float labelSmoothing = 0.1f;

    @Mixin
    TransformerOptimization optimization = optimization();

    @Mixin
    CardOptions card = new CardOptions();

    private static TransformerOptions sizes() {
        TransformerOptions sizes = new TransformerOptions();
        sizes.encoderLayers = 1;
        sizes.decoderLayers = 2;
        sizes.maxPositions = 48;
        return sizes;
    }

    private static TransformerOptimization optimization() {
        TransformerOptimization optimization = new TransformerOptimization();
        optimization.epochs = 10;
        optimization.learningRate = 1e-3;
        return optimization;
    }

    @Override
    public Integer call() throws IOException {
        if (run.from == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Missing required option: '--from=PATH', an image network such as MobileNetV2, or a captioner");
        }
        ModelDirectoryWriter.requireFree(run.out);
        TrainingOptions options = optimization.training();
        long seed = optimization.seed;
        Path folder = run.folder();
        Files.createDirectories(folder);
        CaptionCorpus corpus = CaptionCorpus.of(new CaptionFile(new DataFile(data)).read(), valImages, testImages);
        corpus.report().forEach(System.out::println);
        CaptionFile.write(folder.resolve("test.jsonl"), corpus.test());
        CaptionSpelling spelling = CaptionSpelling.of(corpus.train());
        CaptionStart starting = start(corpus, spelling, folder, run.from);
        Vocabulary vocabulary = starting.vocabulary();
        BytePairEncoder encoder = new BytePairEncoder(vocabulary);
        GridNetwork network = starting.network();
        TransformerWeights start = starting.weights();
        Path cache = featureCache == null ? folder.resolve("features.bin") : featureCache;
        try (GridFeatures features = GridFeatures.open(
                        network,
                        imageFolder(),
                        Stream.of(corpus.train(), corpus.val())
                                .flatMap(List::stream)
                                .map(CaptionedImage::file)
                                .toList(),
                        cache,
                        workers);
                TrainableGraph block = new TrainableGraph(
                        TransformerGraph.training(start, dropout),
                        TrainableGraphOptions.defaults()
                                .withFrozen(TransformerGraph::isFixed)
                                .withSeed((int) seed))) {
            int longest = Math.min(maxLength, start.shape().positions());
            CaptionTask task = new CaptionTask(
                    block,
                    features,
                    network.size(),
                    new CaptionData(corpus.train(), spelling, encoder, batchTokens, longest, !noMirror),
                    seed,
                    labelSmoothing,
                    byLanguage(corpus, spelling, encoder, longest));
            TrainingLoop.Result result;
            if (exportOnly) {
                RunHistory.readBest(block, folder);
                result = RunHistory.read(folder);
            } else {
                System.out.printf(Locale.ROOT, "%,d weights, vocabulary of %,d%n", start.count(), vocabulary.size());
                String settings = RunOptions.settings(spec, NOT_SETTINGS);
                result = run.train(task, optimization.groups(block), options, settings, block.manager());
                if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                    return RunOptions.interrupted(result);
                }
            }
            CaptionExport export = new CaptionExport(
                    TransformerWeights.of(start.shape(), block), vocabulary, network, corpus.languages(), card.licence);
            double parity = export.parity(
                    List.of(sample(corpus, network, spelling, encoder)),
                    sample -> trained(task, sample, network, block));
            System.out.printf(Locale.ROOT, "exported: logits within %.2g of the trained block%n", parity);
            CaptionCard captionCard = new CaptionCard(
                    run.name(" "),
                    card,
                    spec.commandLine().getParseResult().originalArgs().stream()
                            .filter(argument -> !argument.equals("--resume") && !argument.equals("--export-only"))
                            .toList(),
                    corpus,
                    network,
                    starting.description());
            boolean measured = !corpus.test().isEmpty();
            new MeasuredExport(
                            export,
                            run,
                            measured
                                    ? (model, size) -> CaptionEvaluation.of(model, corpus.test(), imageFolder(), size)
                                    : null,
                            beam)
                    .write(figures -> captionCard.toMarkdown(result, start.shape(), parity, figures));
            return 0;
        }
    }

    private Path imageFolder() {
        return images == null ? data.toAbsolutePath().resolveSibling("images") : images;
    }

    private CaptionStart start(CaptionCorpus corpus, CaptionSpelling spelling, Path folder, Path from)
            throws IOException {
        Path file = folder.resolve("tokenizer.json");
        if (CaptionStart.isCaptioner(from)) {
            CaptionStart start = CaptionStart.read(from);
            List<String> unknown = corpus.languages().stream()
                    .filter(language -> !start.vocabulary().languages().contains(language))
                    .toList();
            if (!unknown.isEmpty()) {
                throw new IllegalArgumentException("languages of the data: " + unknown + " (expected: of those of "
                        + from + ", " + start.vocabulary().languages() + ")");
            }
            return start;
        }
        Vocabulary vocabulary;
        if ((run.resume || exportOnly) && Files.exists(file)) {
            vocabulary = TokenizerJson.read(file);
        } else {
            vocabulary = corpus.vocabulary(spelling, vocabularySize);
            TokenizerJson.write(vocabulary, file);
        }
        GridNetwork network = GridNetwork.load(from);
        return new CaptionStart(
                network,
                TransformerWeights.initial(sizes.shape(vocabulary.size(), network.size()), optimization.seed),
                vocabulary,
                "");
    }

    private Map<String, List<CaptionBatch>> byLanguage(
            CaptionCorpus corpus, CaptionSpelling spelling, BytePairEncoder encoder, int longest) {
        Map<String, List<CaptionBatch>> batches = new TreeMap<>();
        for (String language : corpus.languages()) {
            List<CaptionedImage> own = corpus.val().stream()
                    .filter(image -> image.captions().containsKey(language))
                    .map(image -> image.only(language))
                    .toList();
            if (!own.isEmpty()) {
                batches.put(language, new CaptionData(own, spelling, encoder, batchTokens, longest, false).inOrder());
            }
        }
        return batches;
    }

    /** Some images, with the first caption of each. */
    private CaptionExport.Sample sample(
            CaptionCorpus corpus, GridNetwork network, CaptionSpelling spelling, BytePairEncoder encoder)
            throws IOException {
        List<CaptionedImage> some = corpus.val().stream().limit(PARITY_IMAGES).toList();
        int length =
                3 * network.preprocessing().width() * network.preprocessing().height();
        float[] pixels = new float[some.size() * length];
        List<int[]> captions = new ArrayList<>();
        for (int i = 0; i < some.size(); i++) {
            System.arraycopy(
                    ImageFiles.planes(imageFolder().resolve(some.get(i).file()), network.preprocessing()),
                    0,
                    pixels,
                    i * length,
                    length);
            Map.Entry<String, List<String>> first =
                    some.get(i).captions().entrySet().iterator().next();
            String caption = spelling.apply(first.getValue().get(0), first.getKey());
            int[] ids = encoder.target(caption, first.getKey());
            captions.add(ids.length > maxLength ? Arrays.copyOf(ids, maxLength) : ids);
        }
        return new CaptionExport.Sample(pixels, new Targets(captions, 1));
    }

    private static float[] trained(
            CaptionTask task, CaptionExport.Sample sample, GridNetwork network, TrainableGraph block) {
        Targets targets = sample.targets();
        long[] rows = new long[targets.size()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i;
        }
        try (NDManager scratch = block.manager().newSubManager()) {
            return task.logits(network.grid(sample.pixels()), rows, targets, scratch, false)
                    .toFloatArray();
        }
    }
}
