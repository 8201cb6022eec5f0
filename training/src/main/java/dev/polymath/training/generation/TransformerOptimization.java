package dev.polymath.training.generation;

import dev.polymath.training.LoopOptions;
import dev.polymath.training.ParameterGroup;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.graph.TrainableGraph;
import java.util.List;
import picocli.CommandLine.Option;

/** How a Transformer is trained from nothing, as options of a command line. */
public final class TransformerOptimization extends LoopOptions {
    private static final String EMBEDDING = "embedding";

    @Option(names = "--learning-rate", paramLabel = "X", description = "Peak rate.")
    public double learningRate = 2e-3;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Not on biases, LayerNorm and the embeddings.")
    public double weightDecay = 0.01;

    @Option(
            names = "--cool-down",
            paramLabel = "P",
            description =
                    "Share of the training at whose end the rate, which falls with the inverse square root until then, is 0.")
    public double coolDown = 0.25;

    public TransformerOptimization() {
        super(4, 0.05, 1, 0.998);
        checkpointEvery = 500;
    }

    @Override
    protected TrainingOptions.Decay decay() {
        return new TrainingOptions.Decay.InverseSquareRoot(coolDown);
    }

    /** The embeddings, which do not decay, and everything else. */
    public List<ParameterGroup> groups(TrainableGraph block) {
        return ParameterGroup.of(
                block,
                name -> name.equals(TransformerWeights.EMBEDDING) ? EMBEDDING : "layers",
                group -> learningRate,
                group -> group.equals(EMBEDDING) ? 0 : weightDecay);
    }
}
