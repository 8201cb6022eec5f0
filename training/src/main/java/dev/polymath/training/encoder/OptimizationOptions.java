package dev.polymath.training.encoder;

import ai.djl.nn.Parameter;
import dev.polymath.training.ParameterGroup;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.graph.LowRankAdapter;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/**
 * How an encoder and its heads are optimised, as options of a command line. A task that wants another default sets the field
 * before the command line is read.
 */
public final class OptimizationOptions {
    private static final String WITHOUT_DECAY = " without decay";

    @Option(
            names = "--lora-rank",
            paramLabel = "N",
            description = "Train low-rank adapters of this rank instead of the encoder; 0: no.")
    public int loraRank;

    @Option(names = "--lora-alpha", paramLabel = "X", description = "Scale of the adapters' sum, divided by the rank.")
    public float loraAlpha = 32;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data.")
    public int epochs = 4;

    @Option(names = "--batch-tokens", paramLabel = "N", description = "Tokens in a batch, with padding.")
    public int batchTokens = 1024;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches per update of the weights.")
    public int accumulate = 1;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Peak rate of the encoder, or of the adapters.")
    public double learningRate = 1e-4;

    @Option(names = "--head-learning-rate", paramLabel = "X", description = "Peak rate of the classifier.")
    public double headLearningRate = 1e-3;

    @Option(
            names = "--embedding-learning-rate",
            paramLabel = "X",
            description = "Peak rate of the word and position tables; 0: frozen.")
    public double embeddingLearningRate;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Not on biases and LayerNorm.")
    public double weightDecay = 0.01;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "On attention, dense outputs and the last hidden state.")
    public float dropout = 0.1f;

    @Option(names = "--warm-up", paramLabel = "P", description = "Share of the training with a rising learning rate.")
    public double warmUp = 0.1;

    @Option(names = "--clip-norm", paramLabel = "X", description = "Largest norm of the gradient; 0: no limit.")
    public double clipNorm = 1;

    @Option(
            names = "--average-decay",
            paramLabel = "X",
            description = "Decay of the moving average of the weights; 0: none.")
    public double averageDecay;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "Steps between evaluations; 0: after each epoch only.")
    public int evaluateEvery;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            description = "Steps between checkpoints; 0: with each evaluation only.")
    public int checkpointEvery = 200;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Evaluations without a better score before the end; 0: no early end.")
    public int patience = 3;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random.")
    public long seed = 1;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "End by then, e.g. 50m or 1h30m; the learning rate falls accordingly (default: none).")
    @Nullable
    public Duration timeLimit;

    /** {@code 50m}, {@code 1h30m}. */
    public static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            try {
                return Duration.parse("PT" + value);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException("'" + value + "' (expected: a time such as 50m or 1h30m)", e);
            }
        }
    }

    /**
     * An embedding table that is trained at a rate of its own, also when the other tables are frozen.
     *
     * @param group name of its parameter group
     * @param table its initialiser
     * @param learningRate peak rate
     */
    public record TrainedTable(String group, String table, double learningRate) {}

    /** What the loop needs to know of them. */
    public TrainingOptions training() {
        return new TrainingOptions(
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
    }

    /** Which weights of the graph stay as they are, and where adapters go. */
    public TrainableGraphOptions trainable(OnnxGraph graph, List<TrainedTable> trainedTables) {
        List<String> tables = EncoderGraph.tables(graph);
        Predicate<String> isTrainedTable =
                name -> trainedTables.stream().anyMatch(table -> table.table().equals(name));
        if (loraRank > 0) {
            return TrainableGraphOptions.defaults()
                    .withFrozen(name ->
                            !EncoderGraph.isHead(name) && !isTrainedTable.test(name) && !name.contains(".lora_"))
                    .withAdapter(new LowRankAdapter(loraRank, loraAlpha, dropout, name -> !EncoderGraph.isHead(name)));
        }
        return TrainableGraphOptions.defaults()
                .withFrozen(name -> tables.contains(name) && !isTrainedTable.test(name) && embeddingLearningRate == 0);
    }

    /** Heads, own tables, the other embedding tables and the rest, each with and without weight decay. */
    public List<ParameterGroup> groups(OnnxGraph graph, TrainableGraph block, List<TrainedTable> trainedTables) {
        List<String> tables = EncoderGraph.tables(graph);
        Map<String, Double> rates = new TreeMap<>(
                Map.of("head", headLearningRate, "embeddings", embeddingLearningRate, "encoder", learningRate));
        Map<String, String> ownGroups = new TreeMap<>();
        for (TrainedTable table : trainedTables) {
            ownGroups.put(table.table(), table.group());
            rates.put(table.group(), table.learningRate());
        }
        Map<String, List<Parameter>> members = new TreeMap<>();
        new TreeMap<>(block.parametersByName()).forEach((name, parameter) -> {
            if (parameter.requiresGradient()) {
                String group = EncoderGraph.isHead(name)
                        ? "head"
                        : ownGroups.getOrDefault(name, tables.contains(name) ? "embeddings" : "encoder");
                boolean decays = parameter.getArray().getShape().dimension() > 1;
                members.computeIfAbsent(group + (decays ? "" : WITHOUT_DECAY), key -> new ArrayList<>())
                        .add(parameter);
            }
        });
        List<ParameterGroup> groups = new ArrayList<>();
        members.forEach((name, parameters) -> {
            boolean decays = !name.endsWith(WITHOUT_DECAY);
            String group = decays ? name : name.substring(0, name.length() - WITHOUT_DECAY.length());
            groups.add(new ParameterGroup(
                    name, parameters, rates.getOrDefault(group, learningRate), decays ? weightDecay : 0));
        });
        return groups;
    }
}
