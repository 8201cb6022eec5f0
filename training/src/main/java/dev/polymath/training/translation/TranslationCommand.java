package dev.polymath.training.translation;

import ai.djl.nn.Parameter;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.ParameterGroup;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.OptimizationOptions;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.graph.Int8Quantizer;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.SafeTensors;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a translation model of its own from parallel sentences, and writes a model directory. */
@Command(
        name = "translation",
        description = "Trains a model that translates, from parallel sentences alone, and writes a model directory.",
        sortOptions = false,
        abbreviateSynopsis = true,
        showDefaultValues = true)
public final class TranslationCommand implements Callable<Integer> {
    private static final int PARITY_BATCHES = 4;
    private static final int BATCH_TOKENS_OF_EVALUATION = 4096;
    private static final int LONGEST_OF_DEV = 128;
    private static final double SHARE_OF_RAREST = 2e-7;

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
            paramLabel = "LANGUAGES=FILE[:WEIGHT]",
            description = "Pairs of sentences, one per line with a tab between (.tsv, plain or .gz), learnt in both directions:"
                    + " en-de=pairs.tsv.gz. Weight 0.5: half of them per epoch.")
    List<String> train = List.of();

    @Option(
            names = "--dev-sentences",
            paramLabel = "N",
            description = "Sentences of the first file of each pair of languages that choose the best weights; nothing that"
                    + " equals one is trained on.")
    int devSentences = 300;

    @Option(
            names = "--test-sentences",
            paramLabel = "N",
            description = "Likewise, for a test that chooses nothing. Both are in the run folder: dev.en-de.tsv, test.en-de.tsv.")
    int testSentences = 1000;

    @Mixin
    PairCleaning cleaning = new PairCleaning();

    @Mixin
    PairNoise noise = new PairNoise();

    @Mixin
    RunOptions run = new RunOptions();

    @Option(
            names = "--export-only",
            description = "Train nothing: write the model directory from the best weights in the run folder.")
    boolean exportOnly;

    @Option(names = "--beam", paramLabel = "N", description = "Hypotheses that are followed when the model is measured.")
    int beam = 4;

    @Option(names = "--vocabulary-size", paramLabel = "N", description = "Tokens of all languages together.")
    int vocabularySize = 8192;

    @Option(names = "--width", paramLabel = "N", description = "Of the hidden states; with --from, all sizes are those of that model.")
    int width = 256;

    @Option(names = "--inner-width", paramLabel = "N", description = "Of the feed-forward layers.")
    int inner = 1024;

    @Option(names = "--heads", paramLabel = "N", description = "Of each attention.")
    int heads = 8;

    @Option(names = "--encoder-layers", paramLabel = "N", description = "Deep encoders cost little when translating.")
    int encoderLayers = 4;

    @Option(names = "--decoder-layers", paramLabel = "N", description = "Run once per word.")
    int decoderLayers = 2;

    @Option(names = "--max-positions", paramLabel = "N", description = "Longest text in tokens that the model can read.")
    int maxPositions = 256;

    @Option(names = "--max-length", paramLabel = "N", description = "Pairs with a longer side in tokens are not trained on.")
    int maxLength = 80;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data.")
    int epochs = 4;

    @Option(names = "--batch-tokens", paramLabel = "N", description = "Tokens of source and target in a batch, with padding.")
    int batchTokens = 3072;

    @Option(
            names = "--short-first",
            paramLabel = "P",
            description = "Share of the first epoch that has the shorter half of the sentences only.")
    double shortFirst = 0.05;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches per update of the weights.")
    int accumulate = 1;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Peak rate.")
    double learningRate = 2e-3;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Not on biases, LayerNorm and the embeddings.")
    double weightDecay = 0.01;

    @Option(names = "--dropout", paramLabel = "P", description = "On embeddings and what each layer adds.")
    float dropout = 0.1f;

    @Option(
            names = "--label-smoothing",
            paramLabel = "P",
            description = "Share of the probability that is spread over all words.")
    float labelSmoothing = 0.1f;

    @Option(names = "--warm-up", paramLabel = "P", description = "Share of the training with a rising learning rate.")
    double warmUp = 0.05;

    @Option(
            names = "--cool-down",
            paramLabel = "P",
            description = "Share of the training at whose end the rate, which falls with the inverse square root until then, is 0.")
    double coolDown = 0.25;

    @Option(names = "--clip-norm", paramLabel = "X", description = "Largest norm of the gradient; 0: no limit.")
    double clipNorm = 1;

    @Option(
            names = "--average-decay",
            paramLabel = "X",
            description = "Decay of the moving average of the weights; 0: none.")
    double averageDecay = 0.998;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "Steps between evaluations; 0: after each epoch only.")
    int evaluateEvery;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            description = "Steps between checkpoints; 0: with each evaluation only.")
    int checkpointEvery = 500;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Evaluations without a better score before the end; 0: no early end.")
    int patience;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random.")
    long seed = 1;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            converter = OptimizationOptions.DurationConverter.class,
            description = "End by then, e.g. 50m or 1h30m; the learning rate falls accordingly (default: none).")
    @Nullable
    Duration timeLimit;

    @Mixin
    CardOptions card = new CardOptions();

    /** What was read: a set per file, without what is held out. */
    private record Data(
            List<TranslationData.Set> sets, HeldOutPairs heldOut, List<LanguagePair> languages, List<String> report) {}

    @Override
    public Integer call() throws IOException {
        ModelDirectoryWriter.requireFree(run.out);
        TrainingOptions options = new TrainingOptions(
                epochs,
                accumulate,
                warmUp,
                new TrainingOptions.Decay.InverseSquareRoot(coolDown),
                clipNorm,
                averageDecay,
                evaluateEvery,
                checkpointEvery,
                patience,
                seed,
                timeLimit);
        Path folder = run.folder();
        Files.createDirectories(folder);
        Data data = read();
        data.report().forEach(System.out::println);
        writeHeldOut("dev", data.heldOut().dev(), folder);
        writeHeldOut("test", data.heldOut().test(), folder);
        Vocabulary vocabulary = vocabulary(data, folder);
        BytePairEncoder encoder = new BytePairEncoder(vocabulary);
        TransformerShape shape = run.from != null
                ? TransformerShape.of(ModelDirectory.open(run.from))
                : new TransformerShape(
                        vocabulary.size(), width, inner, heads, encoderLayers, decoderLayers, maxPositions);
        TransformerWeights start =
                run.from != null ? startingWeights(run.from, shape) : newWeights(shape, vocabulary, data, encoder);
        OnnxGraph graph = TransformerGraph.training(start, dropout);
        try (TrainableGraph block = new TrainableGraph(
                graph,
                TrainableGraphOptions.defaults().withFrozen(TransformerGraph::isFixed).withSeed((int) seed))) {
            TranslationData trainingData =
                    new TranslationData(data.sets(), encoder, noise, batchTokens, maxLength, shortFirst);
            Map<String, List<TranslationBatch>> dev = batches(data.heldOut().dev(), encoder);
            TranslationTask task = new TranslationTask(block, trainingData, seed, labelSmoothing, dev);
            TrainingLoop.Result result;
            if (exportOnly) {
                readBest(block, folder.resolve("best.safetensors"));
                result = RunHistory.read(folder);
            } else {
                System.out.printf(
                        Locale.ROOT,
                        "%,d weights, vocabulary of %,d%n",
                        start.values().values().stream()
                                .mapToLong(values -> values.length)
                                .sum(),
                        vocabulary.size());
                result = run.train(
                        task,
                        groups(block),
                        options,
                        RunOptions.settings(spec, Set.of("--export-only", "--beam")),
                        block.manager());
                if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                    return RunOptions.interrupted(result);
                }
            }
            TranslationExport export = new TranslationExport(
                    TransformerWeights.of(shape, block), vocabulary, data.languages(), maxLength);
            List<TranslationBatch> some = dev.values().stream()
                    .flatMap(batches -> batches.stream().limit(1))
                    .limit(PARITY_BATCHES)
                    .toList();
            double parity = export.parity(task, some, block.manager());
            System.out.printf(Locale.ROOT, "exported: logits within %.2g of the trained block%n", parity);
            write(export, parity, result, shape, data);
            return 0;
        }
    }

    /** Measures what is to be served, in fp32 and int8, and writes the one that is. */
    private void write(
            TranslationExport export, double parity, TrainingLoop.Result result, TransformerShape shape, Data data)
            throws IOException {
        Map<String, Int8Quantizer.@Nullable Scheme> precisions = new LinkedHashMap<>();
        precisions.put("fp32", null);
        if (run.int8) {
            precisions.put("int8", run.int8Scheme);
        }
        Map<String, List<TranslationEvaluation>> evaluations = new LinkedHashMap<>();
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (Map.Entry<String, Int8Quantizer.@Nullable Scheme> precision : precisions.entrySet()) {
            Path candidate = run.folder().resolve("export/" + precision.getKey() + "/1");
            ModelDirectoryWriter.delete(candidate);
            ModelDirectory model = ModelDirectory.open(export.write(candidate, precision.getValue(), ""));
            bytes.put(precision.getKey(), TranslationExport.bytes(candidate));
            if (testSentences > 0) {
                List<TranslationEvaluation> measured = new ArrayList<>();
                for (int size : beam == 1 ? List.of(1) : List.of(1, beam)) {
                    TranslationEvaluation evaluation = TranslationEvaluation.of(
                            model, List.copyOf(data.heldOut().test().values()), size);
                    System.out.printf(
                            Locale.ROOT,
                            "%n%s, %s, %.0f sentences/s%n%n%s",
                            precision.getKey(),
                            evaluation.search(),
                            evaluation.sentencesPerSecond(),
                            evaluation.toMarkdown());
                    measured.add(evaluation);
                }
                evaluations.put(precision.getKey(), measured);
            }
        }
        String served = served(evaluations);
        TranslationCard translationCard = new TranslationCard(
                run.name(" "),
                card,
                spec.commandLine().getParseResult().originalArgs().stream()
                        .filter(argument -> !argument.equals("--resume") && !argument.equals("--export-only"))
                        .toList(),
                data.languages(),
                data.report(),
                run.from == null ? "" : run.from.toString());
        String markdown = translationCard.toMarkdown(
                result, shape, new TranslationCard.Figures(parity, served, evaluations, bytes));
        System.out.println("wrote " + export.write(run.out, precisions.get(served), markdown));
    }

    /** int8 where it was asked for and costs little enough of the BLEU. */
    private String served(Map<String, List<TranslationEvaluation>> evaluations) {
        if (!run.int8 || testSentences == 0) {
            return run.int8 ? "int8" : "fp32";
        }
        double fp32 = evaluations.getOrDefault("fp32", List.of()).get(0).bleu();
        double int8 = evaluations.getOrDefault("int8", List.of()).get(0).bleu();
        double loss = (fp32 - int8) / 100;
        String served = loss <= run.int8Loss ? "int8" : "fp32";
        System.out.printf(Locale.ROOT, "%nint8 costs %.4f of BLEU / 100: %s is served%n", loss, served);
        return served;
    }

    private Data read() throws IOException {
        List<ParallelFile> files = train.stream().map(ParallelFile::parse).toList();
        List<List<SentencePair>> all = new ArrayList<>();
        LanguageCheck languages = new LanguageCheck();
        for (ParallelFile file : files) {
            List<SentencePair> pairs = file.read();
            for (SentencePair pair : pairs) {
                languages.add(pair.languages().first(), pair.first());
                languages.add(pair.languages().second(), pair.second());
            }
            all.add(pairs);
        }
        List<String> report = new ArrayList<>();
        Map<LanguagePair, List<SentencePair>> candidates = new LinkedHashMap<>();
        Set<String> known = new HashSet<>();
        for (int i = 0; i < files.size(); i++) {
            PairCleaning.Result result = cleaning.clean(all.get(i), known, languages);
            all.set(i, result.pairs());
            candidates.putIfAbsent(files.get(i).languages(), result.pairs());
            report.add(files.get(i).file().name() + " (" + files.get(i).languages() + "): " + result.describe());
        }
        HeldOutPairs heldOut = HeldOutPairs.choose(candidates, devSentences, testSentences);
        List<TranslationData.Set> sets = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            List<SentencePair> kept = heldOut.without(all.get(i));
            report.set(
                    i,
                    report.get(i)
                            + String.format(
                                    Locale.ROOT,
                                    "; %,d left out for dev and test; x %s",
                                    all.get(i).size() - kept.size(),
                                    files.get(i).weight()));
            sets.add(new TranslationData.Set(kept, files.get(i).weight()));
        }
        return new Data(sets, heldOut, List.copyOf(candidates.keySet()), report);
    }

    private static void writeHeldOut(String role, Map<LanguagePair, List<SentencePair>> pairs, Path folder)
            throws IOException {
        for (Map.Entry<LanguagePair, List<SentencePair>> entry : pairs.entrySet()) {
            ParallelFile.write(folder.resolve(role + "." + entry.getKey() + ".tsv"), entry.getValue());
        }
    }

    /** That of the starting model, or of the run that goes on, or else a new one. */
    private Vocabulary vocabulary(Data data, Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        if (run.from != null) {
            return TokenizerJson.read(run.from.resolve("tokenizer.json"));
        }
        if ((run.resume || exportOnly) && Files.exists(file)) {
            return TokenizerJson.read(file);
        }
        Map<String, Long> pieces = new HashMap<>();
        Set<String> seen = new HashSet<>();
        Set<String> languages = new TreeSet<>();
        Random random = new Random(seed);
        long characters = 0;
        for (TranslationData.Set set : data.sets()) {
            for (SentencePair pair : set.pairs()) {
                if (random.nextDouble() >= set.weight()) {
                    continue;
                }
                for (String language : List.of(pair.languages().first(), pair.languages().second())) {
                    languages.add(language);
                    String text = TextNormalizer.normalize(pair.side(language));
                    if (seen.add(language + text)) {
                        List<String> parts = new ArrayList<>();
                        TextNormalizer.split(text, true, parts);
                        parts.forEach(part -> pieces.merge(part, 1L, Long::sum));
                        characters += text.length();
                    }
                }
            }
        }
        Vocabulary vocabulary = BytePairLearner.learn(
                pieces, languages, vocabularySize, Math.max(2, Math.round(SHARE_OF_RAREST * characters)));
        TokenizerJson.write(vocabulary, file);
        return vocabulary;
    }

    private TransformerWeights newWeights(
            TransformerShape shape, Vocabulary vocabulary, Data data, BytePairEncoder encoder) {
        if (run.resume || exportOnly) {
            // those of the checkpoint follow
            return TransformerWeights.initial(shape, seed);
        }
        return TransformerWeights.initial(
                shape, seed, AlignedEmbeddings.of(vocabulary, data.sets(), encoder, width, seed));
    }

    private static TransformerWeights startingWeights(Path from, TransformerShape shape) throws IOException {
        String suffix = Files.exists(from.resolve("encoder_model.onnx")) ? ".onnx" : "_int8.onnx";
        return TransformerWeights.read(
                shape,
                OnnxGraph.read(from.resolve("encoder_model" + suffix)),
                OnnxGraph.read(from.resolve("decoder_model" + suffix)));
    }

    private static void readBest(TrainableGraph block, Path file) throws IOException {
        Map<String, SafeTensors.Tensor> tensors = SafeTensors.read(file);
        for (Map.Entry<String, SafeTensors.Tensor> entry : tensors.entrySet()) {
            block.setValues(entry.getKey(), entry.getValue().values());
        }
    }

    private static Map<String, List<TranslationBatch>> batches(
            Map<LanguagePair, List<SentencePair>> pairs, BytePairEncoder encoder) {
        Map<String, List<TranslationBatch>> batches = new TreeMap<>();
        pairs.forEach((languages, list) -> {
            batches.put(languages.first() + "-" + languages.second(), batches(list, languages.second(), encoder));
            batches.put(languages.second() + "-" + languages.first(), batches(list, languages.first(), encoder));
        });
        return batches;
    }

    private static List<TranslationBatch> batches(
            List<SentencePair> pairs, String targetLanguage, BytePairEncoder encoder) {
        List<TranslationBatch.Example> examples = pairs.stream()
                .map(pair -> targetLanguage.equals(pair.languages().second())
                        ? new PairNoise.Sides(pair.first(), pair.second())
                        : new PairNoise.Sides(pair.second(), pair.first()))
                .map(sides -> TranslationData.example(encoder, sides, targetLanguage))
                .filter(example -> example.tokens() <= 2 * LONGEST_OF_DEV)
                .toList();
        return TranslationData.batches(examples, BATCH_TOKENS_OF_EVALUATION);
    }

    private List<ParameterGroup> groups(TrainableGraph block) {
        List<Parameter> decaying = new ArrayList<>();
        List<Parameter> others = new ArrayList<>();
        new TreeMap<>(block.parametersByName()).forEach((name, parameter) -> {
            if (parameter.requiresGradient()) {
                boolean decays = parameter.getArray().getShape().dimension() > 1
                        && !name.equals(TransformerWeights.EMBEDDING);
                (decays ? decaying : others).add(parameter);
            }
        });
        return List.of(
                new ParameterGroup("matrices", decaying, learningRate, weightDecay),
                new ParameterGroup("others", others, learningRate, 0));
    }
}
