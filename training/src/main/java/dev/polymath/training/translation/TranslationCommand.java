package dev.polymath.training.translation;

import ai.djl.ndarray.NDManager;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.generation.BytePairEncoder;
import dev.polymath.training.generation.MeasuredExport;
import dev.polymath.training.generation.RunHistory;
import dev.polymath.training.generation.TokenizerJson;
import dev.polymath.training.generation.TransformerGraph;
import dev.polymath.training.generation.TransformerOptimization;
import dev.polymath.training.generation.TransformerOptions;
import dev.polymath.training.generation.TransformerShape;
import dev.polymath.training.generation.TransformerWeights;
import dev.polymath.training.generation.Vocabulary;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
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
            description =
                    "Pairs of sentences, one per line with a tab between (.tsv, plain or .gz), learnt in both directions:"
                            + " en-de=pairs.tsv.gz. Weight 0.5: half of them per epoch.")
    List<String> train = List.of();

    @Option(
            names = "--dev-sentences",
            paramLabel = "N",
            description =
                    "Sentences of the first file of each pair of languages that choose the best weights; nothing that"
                            + " equals one is trained on.")
    int devSentences = 300;

    @Option(
            names = "--test-sentences",
            paramLabel = "N",
            description =
                    "Likewise, for a test that chooses nothing. Both are in the run folder: dev.en-de.tsv, test.en-de.tsv.")
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

    @Option(
            names = "--beam",
            paramLabel = "N",
            description = "Hypotheses that are followed when the model is measured.")
    int beam = 4;

    @Option(names = "--vocabulary-size", paramLabel = "N", description = "Tokens of all languages together.")
    int vocabularySize = 8192;

    @Mixin
    TransformerOptions sizes = new TransformerOptions();

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description = "Pairs with a longer side in tokens are not trained on.")
    int maxLength = 80;

    @Option(
            names = "--batch-tokens",
            paramLabel = "N",
            description = "Tokens of source and target in a batch, with padding.")
    int batchTokens = 3072;

    @Option(
            names = "--short-first",
            paramLabel = "P",
            description = "Share of the first epoch that has the shorter half of the sentences only.")
    double shortFirst = 0.05;

    @Option(names = "--dropout", paramLabel = "P", description = "On embeddings and what each layer adds.")
    float dropout = 0.1f;

    @Option(
            names = "--label-smoothing",
            paramLabel = "P",
            description = "Share of the probability that is spread over all words.")
    float labelSmoothing = 0.1f;

    @Mixin
    TransformerOptimization optimization = new TransformerOptimization();

    @Mixin
    CardOptions card = new CardOptions();

    @Override
    public Integer call() throws IOException {
        ModelDirectoryWriter.requireFree(run.out);
        TrainingOptions options = optimization.training();
        long seed = optimization.seed;
        Path folder = run.folder();
        Files.createDirectories(folder);
        Corpus corpus =
                Corpus.read(train.stream().map(ParallelFile::parse).toList(), cleaning, devSentences, testSentences);
        corpus.report().forEach(System.out::println);
        corpus.writeHeldOut(folder);
        Vocabulary vocabulary = vocabulary(corpus, folder);
        BytePairEncoder encoder = new BytePairEncoder(vocabulary);
        TransformerWeights start = start(corpus, vocabulary, encoder);
        try (TrainableGraph block = new TrainableGraph(
                TransformerGraph.training(start, dropout),
                TrainableGraphOptions.defaults()
                        .withFrozen(TransformerGraph::isFixed)
                        .withSeed((int) seed))) {
            Map<String, List<TranslationBatch>> dev = batches(corpus.heldOut().dev(), encoder);
            TranslationTask task = new TranslationTask(
                    block,
                    new TranslationData(corpus.sets(), encoder, noise, batchTokens, maxLength, shortFirst),
                    seed,
                    labelSmoothing,
                    dev);
            TrainingLoop.Result result;
            if (exportOnly) {
                RunHistory.readBest(block, folder);
                result = RunHistory.read(folder);
            } else {
                System.out.printf(Locale.ROOT, "%,d weights, vocabulary of %,d%n", start.count(), vocabulary.size());
                String settings = RunOptions.settings(spec, Set.of("--export-only", "--beam"));
                result = run.train(task, optimization.groups(block), options, settings, block.manager());
                if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                    return RunOptions.interrupted(result);
                }
            }
            TranslationExport export = new TranslationExport(
                    TransformerWeights.of(start.shape(), block), vocabulary, corpus.languages(), maxLength);
            double parity = export.parity(some(dev), batch -> logits(task, batch, block));
            System.out.printf(Locale.ROOT, "exported: logits within %.2g of the trained block%n", parity);
            TranslationCard translationCard = new TranslationCard(
                    run.name(" "),
                    card,
                    spec.commandLine().getParseResult().originalArgs().stream()
                            .filter(argument -> !argument.equals("--resume") && !argument.equals("--export-only"))
                            .toList(),
                    corpus.languages(),
                    corpus.report(),
                    run.from == null ? "" : run.from.toString());
            List<List<SentencePair>> tests = List.copyOf(corpus.heldOut().test().values());
            boolean measured = tests.stream().noneMatch(List::isEmpty);
            new MeasuredExport(
                            export,
                            run,
                            measured ? (model, size) -> TranslationEvaluation.of(model, tests, size) : null,
                            beam)
                    .write(figures -> translationCard.toMarkdown(result, start.shape(), parity, figures));
            return 0;
        }
    }

    private static float[] logits(TranslationTask task, TranslationBatch batch, TrainableGraph block) {
        try (NDManager scratch = block.manager().newSubManager()) {
            return task.logits(batch, scratch, false).toFloatArray();
        }
    }

    /** That of the starting model, or of the run that goes on, or else a new one. */
    private Vocabulary vocabulary(Corpus corpus, Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        if (run.from != null) {
            return TokenizerJson.read(run.from.resolve("tokenizer.json"));
        }
        if ((run.resume || exportOnly) && Files.exists(file)) {
            return TokenizerJson.read(file);
        }
        Vocabulary vocabulary = corpus.vocabulary(vocabularySize, optimization.seed);
        TokenizerJson.write(vocabulary, file);
        return vocabulary;
    }

    private TransformerWeights start(Corpus corpus, Vocabulary vocabulary, BytePairEncoder encoder) throws IOException {
        if (run.from != null) {
            return startingWeights(run.from);
        }
        long seed = optimization.seed;
        TransformerShape shape = sizes.shape(vocabulary.size());
        if (run.resume || exportOnly) {
            // those of the run follow
            return TransformerWeights.initial(shape, seed);
        }
        return TransformerWeights.initial(
                shape, seed, AlignedEmbeddings.of(vocabulary, corpus.sets(), encoder, shape.width(), seed));
    }

    private static TransformerWeights startingWeights(Path from) throws IOException {
        ModelDirectory model = ModelDirectory.open(from);
        String suffix = Files.exists(from.resolve("encoder_model.onnx")) ? ".onnx" : "_int8.onnx";
        return TransformerWeights.read(
                TransformerShape.of(model),
                OnnxGraph.read(from.resolve("encoder_model" + suffix)),
                OnnxGraph.read(from.resolve("decoder_model" + suffix)));
    }

    private static List<TranslationBatch> some(Map<String, List<TranslationBatch>> batches) {
        return batches.values().stream()
                .flatMap(each -> each.stream().limit(1))
                .limit(PARITY_BATCHES)
                .toList();
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
}
