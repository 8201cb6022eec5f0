package dev.polymath.training.tokenclassification;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import dev.polymath.inference.TextTokenizer;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.ParameterGroup;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.graph.Int8Quantizer;
import dev.polymath.training.graph.LowRankAdapter;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.PeftAdapter;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
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
    private static final int INTERRUPTED = 130;
    private static final Pattern WEIGHTED = Pattern.compile("(.+):([0-9]+(?:\\.[0-9]+)?)");
    private static final Duration SHUTDOWN = Duration.ofMinutes(2);
    private static final Set<String> NOT_SETTINGS = Set.of(
            "--help",
            "--out",
            "--run-folder",
            "--resume",
            "--int8",
            "--int8-loss",
            "--licence",
            "--language",
            "--description",
            "--source",
            "--test",
            "--int8-scheme",
            "--tune-bias",
            "--average-with-start",
            "--time-limit",
            "--checkpoint-every");

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

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The model directory, NAME/VERSION; must be new.")
    @SuppressWarnings("NullAway.Init")
    Path out;

    @Option(
            names = "--run-folder",
            paramLabel = "DIR",
            description = "Logs and checkpoints (default: runs/NAME-VERSION).")
    @Nullable
    Path runFolder;

    @Option(names = "--resume", description = "Go on from the newest checkpoint in the run folder.")
    boolean resume;

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
            names = "--from",
            paramLabel = "PATH",
            description = "Starting weights: a model directory, or an ONNX encoder beside its tokenizer.json"
                    + " (default: all-MiniLM-L6-v2).")
    @Nullable
    Path from;

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

    @Option(
            names = "--lora-rank",
            paramLabel = "N",
            description = "Train low-rank adapters of this rank instead of the encoder; 0: no.")
    int loraRank;

    @Option(names = "--lora-alpha", paramLabel = "X", description = "Scale of the adapters' sum, divided by the rank.")
    float loraAlpha = 32;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data.")
    int epochs = 4;

    @Option(names = "--batch-tokens", paramLabel = "N", description = "Tokens in a batch, with padding.")
    int batchTokens = 1024;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches per update of the weights.")
    int accumulate = 1;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Peak rate of the encoder, or of the adapters.")
    double learningRate = 1e-4;

    @Option(names = "--head-learning-rate", paramLabel = "X", description = "Peak rate of the classifier.")
    double headLearningRate = 1e-3;

    @Option(names = "--shape-learning-rate", paramLabel = "X", description = "Peak rate of the word-shape table.")
    double shapeLearningRate = 1e-3;

    @Option(
            names = "--embedding-learning-rate",
            paramLabel = "X",
            description = "Peak rate of the word and position tables; 0: frozen.")
    double embeddingLearningRate;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Not on biases and LayerNorm.")
    double weightDecay = 0.01;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "On attention, dense outputs and the last hidden state.")
    float dropout = 0.1f;

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

    @Option(names = "--warm-up", paramLabel = "P", description = "Share of the training with a rising learning rate.")
    double warmUp = 0.1;

    @Option(names = "--clip-norm", paramLabel = "X", description = "Largest norm of the gradient; 0: no limit.")
    double clipNorm = 1;

    @Option(
            names = "--average-decay",
            paramLabel = "X",
            description = "Decay of the moving average of the weights; 0: none.")
    double averageDecay;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "Steps between evaluations; 0: after each epoch only.")
    int evaluateEvery;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            description = "Steps between checkpoints; 0: with each evaluation only.")
    int checkpointEvery = 200;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Evaluations without a better score before the end; 0: no early end.")
    int patience = 3;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random.")
    long seed = 1;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "End by then, e.g. 50m or 1h30m; the learning rate falls accordingly (default: none).")
    @Nullable
    Duration timeLimit;

    @Option(
            names = "--tune-bias",
            description = "Add to the logit of O what gives the best F1 on the dev sets (precision against recall).")
    boolean tuneBias;

    @Option(
            names = "--average-with-start",
            description =
                    "With --from a model of the same labels: also try the mean of its weights and the new ones, and keep what"
                            + " is best on the dev sets.")
    boolean averageWithStart;

    @Option(names = "--int8", description = "Also quantise; int8 is served if it costs less F1 than --int8-loss.")
    boolean int8;

    @Option(
            names = "--int8-scheme",
            paramLabel = "SCHEME",
            description = "How activations are quantised: ${COMPLETION-CANDIDATES}.")
    Int8Quantizer.Scheme int8Scheme = Int8Quantizer.Scheme.PER_TOKEN;

    @Option(names = "--int8-loss", paramLabel = "X", description = "Largest loss of mean F1 that int8 may cost.")
    double int8Loss = 0.005;

    @Mixin
    CardOptions card = new CardOptions();

    private boolean meanWithStart;

    enum Subwords {
        first,
        all
    }

    /** {@code 50m}, {@code 1h30m}. */
    static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            try {
                return Duration.parse("PT" + value);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException("'" + value + "' (expected: a time such as 50m or 1h30m)", e);
            }
        }
    }

    /** What the data come to. */
    private record Data(
            List<TrainingData.Source> train,
            Map<String, List<TaggedSentence>> dev,
            Map<String, List<TaggedSentence>> test,
            List<String> labels) {}

    @Override
    public Integer call() throws IOException {
        ModelDirectoryWriter.requireFree(out);
        TextNoise noise = new TextNoise(noiseLower, noiseUpper, noiseTitle, noiseDropFinal, noiseDropInner);
        TrainingOptions options = new TrainingOptions(
                epochs,
                accumulate,
                warmUp,
                clipNorm,
                averageDecay,
                evaluateEvery,
                checkpointEvery,
                patience,
                seed,
                timeLimit);
        Data read = readData();
        Path folder = runFolder();
        Files.createDirectories(folder);
        StartingModel start = StartingModel.load(from);
        if (averageWithStart && (!start.labels().equals(read.labels()) || loraRank > 0)) {
            throw new IllegalArgumentException("--average-with-start: the starting model has the labels "
                    + start.labels() + " (expected: " + read.labels() + ", and no --lora-rank)");
        }
        Path tokenizerFile = folder.resolve("tokenizer.json");
        Files.write(tokenizerFile, start.tokenizer());
        OnnxGraph graph =
                TokenClassifierGraph.build(start.graph(), start.labels(), read.labels(), !noWordShape, dropout, seed);
        try (TextTokenizer tokenizer =
                        TextTokenizer.open(tokenizerFile, maxLength, Math.max(1, maxLength / 8), !noWordShape);
                TrainableGraph block = new TrainableGraph(graph, graphOptions(graph))) {
            SentenceEncoder encoder = new SentenceEncoder(tokenizer, read.labels(), subwords == Subwords.all);
            TrainingData trainingData = new TrainingData(read.train(), noise, keepEmpty);
            TrainingLoop.Result result = train(folder, options, trainingData, read, graph, block, encoder);
            if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                System.out.println("interrupted after step " + result.steps() + "; go on with --resume");
                return INTERRUPTED;
            }
            Map<String, List<TaggedSentence>> evaluated = new LinkedHashMap<>(read.dev());
            evaluated.putAll(read.test());
            Path written = new TokenClassifierExport(
                            start, read.labels(), !noWordShape, maxLength, encoder, block, graph)
                    .write(
                            out,
                            folder,
                            read.dev(),
                            evaluated,
                            tuneBias,
                            int8 ? int8Scheme : null,
                            int8Loss,
                            figures -> new TokenClassifierCard(
                                            name(" "),
                                            out,
                                            card,
                                            spec.commandLine().getParseResult().originalArgs(),
                                            start,
                                            read.train(),
                                            read.labels(),
                                            meanWithStart)
                                    .toMarkdown(result, figures));
            if (loraRank > 0) {
                PeftAdapter.save(folder.resolve("adapter"), block, start.description());
            }
            System.out.println("wrote " + written);
            return 0;
        }
    }

    private Path runFolder() {
        if (runFolder != null) {
            return runFolder;
        }
        return Path.of("runs", name("-"));
    }

    /** Name and version of the model, from the directory it goes to. */
    private String name(String separator) {
        Path absolute = out.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        return (parent == null ? "" : parent.getFileName() + separator) + absolute.getFileName();
    }

    private Data readData() throws IOException {
        List<TrainingData.Source> sources = new ArrayList<>();
        for (String specification : train) {
            Matcher matcher = WEIGHTED.matcher(specification);
            String weight = matcher.matches() ? matcher.group(2) : "1";
            Path file = Path.of(matcher.matches() ? matcher.group(1) : specification);
            sources.add(new TrainingData.Source(
                    DataOptions.name(file), data.read(file, types), Double.parseDouble(weight)));
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

    private TrainableGraphOptions graphOptions(OnnxGraph graph) {
        String shapes = TokenClassifierGraph.table(graph, "token_type_ids");
        List<String> tables = TokenClassifierGraph.tables(graph);
        Predicate<String> isHead = name -> name.startsWith(TokenClassifierGraph.HEAD);
        Predicate<String> isShapes = name -> !noWordShape && name.equals(shapes);
        if (loraRank > 0) {
            return TrainableGraphOptions.defaults()
                    .withFrozen(name -> !isHead.test(name) && !isShapes.test(name) && !name.contains(".lora_"))
                    .withAdapter(new LowRankAdapter(loraRank, loraAlpha, dropout, isHead.negate()));
        }
        return TrainableGraphOptions.defaults()
                .withFrozen(name -> tables.contains(name) && !isShapes.test(name) && embeddingLearningRate == 0);
    }

    private TrainingLoop.Result train(
            Path folder,
            TrainingOptions options,
            TrainingData trainingData,
            Data read,
            OnnxGraph graph,
            TrainableGraph block,
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
                batchTokens,
                seed,
                devSets);
        TrainingLoop<TokenBatch> loop =
                new TrainingLoop<>(task, groups(graph, block), options, settings(), folder, block.manager());
        Thread hook = new Thread(() -> loop.stopAndWait(SHUTDOWN), "checkpoint-on-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            TrainingLoop.Result result = loop.run(resume);
            if (averageWithStart && result.outcome() != TrainingLoop.Outcome.INTERRUPTED) {
                meanWithStart = averageWithStart(task, graph, block);
            }
            return result;
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // the process is on its way out: the hook waits for this very loop
            }
        }
    }

    /** Two good models of one lineage are often better halfway (Wortsman et al. 2022, "Model soups"). */
    private static boolean averageWithStart(TokenClassificationTask task, OnnxGraph start, TrainableGraph block) {
        double trainedScore = task.evaluate().score();
        Map<NDArray, float[]> trained = new LinkedHashMap<>();
        for (Parameter parameter : block.parametersByName().values()) {
            if (parameter.requiresGradient()) {
                NDArray array = parameter.getArray();
                float[] values = array.toFloatArray();
                trained.put(array, values.clone());
                float[] before = start.floats(parameter.getName());
                for (int i = 0; i < values.length; i++) {
                    values[i] = (values[i] + before[i]) / 2;
                }
                array.set(values);
            }
        }
        double meanScore = task.evaluate().score();
        boolean better = meanScore > trainedScore;
        System.out.printf(
                Locale.ROOT,
                "mean with the starting weights: score %.4f, without %.4f: %s kept%n",
                meanScore,
                trainedScore,
                better ? "the mean is" : "the new weights are");
        if (!better) {
            trained.forEach(NDArray::set);
        }
        return better;
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

    /** Head, word shapes, embedding tables and the rest, each with and without weight decay. */
    private List<ParameterGroup> groups(OnnxGraph graph, TrainableGraph block) {
        String shapes = TokenClassifierGraph.table(graph, "token_type_ids");
        List<String> tables = TokenClassifierGraph.tables(graph);
        Map<String, List<Parameter>> members = new TreeMap<>();
        new TreeMap<>(block.parametersByName()).forEach((name, parameter) -> {
            if (parameter.requiresGradient()) {
                String group = name.startsWith(TokenClassifierGraph.HEAD)
                        ? "head"
                        : name.equals(shapes) ? "shapes" : tables.contains(name) ? "embeddings" : "encoder";
                boolean decays = parameter.getArray().getShape().dimension() > 1;
                members.computeIfAbsent(group + (decays ? "" : " without decay"), key -> new ArrayList<>())
                        .add(parameter);
            }
        });
        List<ParameterGroup> groups = new ArrayList<>();
        members.forEach((name, parameters) -> {
            double rate = name.startsWith("head")
                    ? headLearningRate
                    : name.startsWith("shapes")
                            ? shapeLearningRate
                            : name.startsWith("embeddings") ? embeddingLearningRate : learningRate;
            groups.add(new ParameterGroup(name, parameters, rate, name.endsWith("without decay") ? 0 : weightDecay));
        });
        return groups;
    }

    /** Every option that has a say in the course of the training, one per line. */
    private String settings() {
        return spec.options().stream()
                .filter(option -> !NOT_SETTINGS.contains(option.longestName()))
                .sorted(Comparator.comparing(OptionSpec::longestName))
                .map(option -> option.longestName() + "=" + option.getValue())
                .collect(Collectors.joining("\n"));
    }
}
