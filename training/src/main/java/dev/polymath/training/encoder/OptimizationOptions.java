package dev.polymath.training.encoder;

import dev.polymath.training.LoopOptions;
import dev.polymath.training.ParameterGroup;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.graph.LowRankAdapter;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.graph.TrainableGraphOptions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import picocli.CommandLine.Option;

/**
 * How an encoder and its heads are optimised, as options of a command line. A task that wants another default sets the field
 * before the command line is read.
 */
public final class OptimizationOptions extends LoopOptions {
    @Option(
            names = "--lora-rank",
            paramLabel = "N",
            description = "Train low-rank adapters of this rank instead of the encoder; 0: no.")
    public int loraRank;

    @Option(names = "--lora-alpha", paramLabel = "X", description = "Scale of the adapters' sum, divided by the rank.")
    public float loraAlpha = 32;

    @Option(names = "--batch-tokens", paramLabel = "N", description = "Tokens in a batch, with padding.")
    public int batchTokens = 1024;

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

    /**
     * An embedding table that is trained at a rate of its own, also when the other tables are frozen.
     *
     * @param group name of its parameter group
     * @param table its initialiser
     * @param learningRate peak rate
     */
    public record TrainedTable(String group, String table, double learningRate) {}

    public OptimizationOptions() {
        super(4, 0.1, 1, 0);
        patience = 3;
    }

    @Override
    protected TrainingOptions.Decay decay() {
        return new TrainingOptions.Decay.Linear();
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
        return ParameterGroup.of(
                block,
                name -> EncoderGraph.isHead(name)
                        ? "head"
                        : ownGroups.getOrDefault(name, tables.contains(name) ? "embeddings" : "encoder"),
                group -> rates.getOrDefault(group, learningRate),
                weightDecay);
    }
}
