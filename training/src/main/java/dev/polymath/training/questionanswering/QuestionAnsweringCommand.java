package dev.polymath.training.questionanswering;

import dev.polymath.inference.SpanDecoder;
import dev.polymath.inference.TextTokenizer;
import dev.polymath.training.DataFile;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.CardOptions;
import dev.polymath.training.encoder.EncoderGraph;
import dev.polymath.training.encoder.OptimizationOptions;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.questionanswering.QuestionEncoder.Encoded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fine-tunes an encoder to find the answer to a question in a text, and writes a model directory. */
@Command(
        name = "question-answering",
        description = "Fine-tunes an encoder that finds answers in texts and writes a model directory.",
        sortOptions = false,
        abbreviateSynopsis = true,
        showDefaultValues = true)
public final class QuestionAnsweringCommand implements Callable<Integer> {
    /** A few hundred questions fix one number. */
    private static final int CALIBRATION_QUESTIONS = 2000;

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
            paramLabel = "FILE",
            description = "SQuAD 1.1 or 2.0 (.json), or an article or a question per line (.jsonl), plain or .gz.")
    List<Path> train = List.of();

    @Option(
            names = "--dev",
            paramLabel = "FILE",
            description = "Questions to choose the best weights with; their articles are not trained on.")
    @Nullable
    Path dev;

    @Option(
            names = "--dev-articles",
            paramLabel = "N",
            description =
                    "Without --dev: keep back so many articles of the training data; dev.jsonl in the run folder has them.")
    int devArticles;

    @Option(
            names = "--dev-limit",
            paramLabel = "N",
            description = "Questions per evaluation during the training; 0: all. The card has all of them.")
    int devLimit = 500;

    @Mixin
    RunOptions run = new RunOptions();

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description = "Tokens in a window with the question, in evaluation and serving.")
    int maxLength = 192;

    @Option(names = "--window-overlap", paramLabel = "N", description = "Tokens that neighbouring windows share.")
    int windowOverlap = 64;

    @Option(
            names = "--train-window",
            paramLabel = "N",
            description = "Tokens in a training example with the question; 0: as --max-length.")
    int trainWindow;

    @Option(names = "--max-answer-tokens", paramLabel = "N", description = "Longest answer that is given.")
    int maxAnswerTokens = 30;

    @Option(
            names = "--no-answer-share",
            paramLabel = "P",
            description = "Share of the questions that are put to a window without the answer.")
    double noAnswerShare = 0.15;

    @Mixin
    OptimizationOptions optimization = defaults();

    @Mixin
    CardOptions card = new CardOptions();

    private static OptimizationOptions defaults() {
        OptimizationOptions options = new OptimizationOptions();
        options.epochs = 2;
        options.batchTokens = 1536;
        options.learningRate = 2e-4;
        return options;
    }

    /** Questions of articles that are trained on, and of others. */
    private record Data(List<Question> train, List<Question> dev) {}

    @Override
    public Integer call() throws IOException {
        ModelDirectoryWriter.requireFree(run.out);
        TrainingOptions options = optimization.training();
        SpanDecoder decoder = new SpanDecoder(maxAnswerTokens, 1);
        if (trainWindow < 0 || trainWindow > maxLength) {
            throw new IllegalArgumentException("--train-window: " + trainWindow + " (expected: <= " + maxLength + ")");
        }
        Data data = readData();
        Path folder = run.folder();
        Files.createDirectories(folder);
        if (dev == null) {
            SquadFile.write(folder.resolve("dev.jsonl"), data.dev());
        }
        StartingModel start = StartingModel.load(run.from);
        Path tokenizerFile = Files.write(folder.resolve("tokenizer.json"), start.tokenizer());
        OnnxGraph graph = ReaderGraph.build(start.graph(), optimization.dropout, optimization.seed);
        List<OptimizationOptions.TrainedTable> trainedTables = trainedTables(graph);
        try (TextTokenizer tokenizer = TextTokenizer.open(tokenizerFile, maxLength, windowOverlap, false);
                TrainableGraph block = new TrainableGraph(graph, optimization.trainable(graph, trainedTables))) {
            QuestionEncoder encoder = new QuestionEncoder(tokenizer);
            QuestionData trainingData = new QuestionData(
                    encode("train", data.train(), encoder),
                    encoder,
                    trainWindow == 0 ? maxLength : trainWindow,
                    noAnswerShare);
            List<Encoded> devQuestions =
                    encode("dev", ReaderEvaluation.withNegatives(data.dev(), optimization.seed), encoder);
            QuestionAnsweringTask task = new QuestionAnsweringTask(
                    block,
                    graph,
                    trainingData,
                    optimization.batchTokens,
                    optimization.seed,
                    ReaderEvaluation.sample(devQuestions, devLimit, optimization.seed),
                    decoder);
            TrainingLoop.Result result = run.train(
                    task,
                    optimization.groups(graph, block, trainedTables),
                    options,
                    RunOptions.settings(spec, Set.of()),
                    block.manager());
            if (result.outcome() == TrainingLoop.Outcome.INTERRUPTED) {
                return RunOptions.interrupted(result);
            }
            ReaderCard readerCard = new ReaderCard(
                    run.name(" "),
                    card,
                    spec.commandLine().getParseResult().originalArgs(),
                    start,
                    List.of(
                            "train: " + QuestionData.describe(data.train()),
                            "dev: " + QuestionData.describe(data.dev()) + ", of articles that are not in train"));
            new ReaderExport(
                            start,
                            block,
                            graph,
                            ReaderEvaluation.sample(devQuestions, CALIBRATION_QUESTIONS, optimization.seed),
                            devQuestions,
                            maxLength,
                            windowOverlap,
                            maxAnswerTokens,
                            figures -> readerCard.toMarkdown(result, figures))
                    .write(run);
            return 0;
        }
    }

    /** The token types, which part question and text: an encoder of single texts has never used the second. */
    private List<OptimizationOptions.TrainedTable> trainedTables(OnnxGraph graph) {
        String types = EncoderGraph.table(graph, "token_type_ids");
        return types == null
                ? List.of()
                : List.of(new OptimizationOptions.TrainedTable("types", types, optimization.learningRate));
    }

    private Data readData() throws IOException {
        List<Question> all = new ArrayList<>();
        for (Path file : train) {
            List<Question> read = SquadFile.read(file);
            System.out.println(new DataFile(file).name() + ": " + QuestionData.describe(read));
            all.addAll(read);
        }
        List<Question> devQuestions = dev == null ? List.of() : SquadFile.read(dev);
        Set<String> kept = new HashSet<>();
        if (dev != null) {
            devQuestions.forEach(question -> kept.add(question.article()));
        } else {
            List<String> articles = new ArrayList<>(
                    new TreeSet<>(all.stream().map(Question::article).toList()));
            if (devArticles < 1 || devArticles >= articles.size()) {
                throw new IllegalArgumentException("--dev-articles: " + devArticles + " (expected: >= 1 and < "
                        + articles.size() + ", the articles of the training data; or --dev)");
            }
            Collections.shuffle(articles, new Random(optimization.seed));
            kept.addAll(articles.subList(0, devArticles));
            devQuestions = all.stream()
                    .filter(question -> kept.contains(question.article()))
                    .toList();
        }
        List<Question> trainQuestions = all.stream()
                .filter(question -> !kept.contains(question.article()))
                .toList();
        if (trainQuestions.isEmpty()) {
            throw new IllegalArgumentException("--train: every article is in --dev too (expected: others)");
        }
        return new Data(trainQuestions, devQuestions);
    }

    private static List<Encoded> encode(String role, List<Question> questions, QuestionEncoder encoder) {
        List<Encoded> encoded = questions.stream()
                .map(encoder::encode)
                .flatMap(Optional::stream)
                .toList();
        System.out.println(role + ": " + QuestionData.describe(questions) + "; " + (questions.size() - encoded.size())
                + " left out, their question or answer cannot be tokenized");
        return encoded;
    }
}
