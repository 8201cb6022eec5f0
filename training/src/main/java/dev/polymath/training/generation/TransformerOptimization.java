package dev.polymath.training.generation;

import ai.djl.nn.Parameter;
import dev.polymath.training.ParameterGroup;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.OptimizationOptions;
import dev.polymath.training.graph.TrainableGraph;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a Transformer is trained from nothing, as options of a command line. */
public final class TransformerOptimization {
    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data.")
    public int epochs = 4;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches per update of the weights.")
    public int accumulate = 1;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Peak rate.")
    public double learningRate = 2e-3;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Not on biases, LayerNorm and the embeddings.")
    public double weightDecay = 0.01;

    @Option(names = "--warm-up", paramLabel = "P", description = "Share of the training with a rising learning rate.")
    public double warmUp = 0.05;

    @Option(
            names = "--cool-down",
            paramLabel = "P",
            description =
                    "Share of the training at whose end the rate, which falls with the inverse square root until then, is 0.")
    public double coolDown = 0.25;

    @Option(names = "--clip-norm", paramLabel = "X", description = "Largest norm of the gradient; 0: no limit.")
    public double clipNorm = 1;

    @Option(
            names = "--average-decay",
            paramLabel = "X",
            description = "Decay of the moving average of the weights; 0: none.")
    public double averageDecay = 0.998;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "Steps between evaluations; 0: after each epoch only.")
    public int evaluateEvery;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            description = "Steps between checkpoints; 0: with each evaluation only.")
    public int checkpointEvery = 500;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Evaluations without a better score before the end; 0: no early end.")
    public int patience;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random.")
    public long seed = 1;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            converter = OptimizationOptions.DurationConverter.class,
            description = "End by then, e.g. 50m or 1h30m; the learning rate falls accordingly (default: none).")
    @Nullable
    public Duration timeLimit;

    /** What the loop needs to know of them. */
    public TrainingOptions training() {
        return new TrainingOptions(
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
    }

    /** Matrices with weight decay and everything else without. */
    public List<ParameterGroup> groups(TrainableGraph block) {
        List<Parameter> decaying = new ArrayList<>();
        List<Parameter> others = new ArrayList<>();
        new TreeMap<>(block.parametersByName()).forEach((name, parameter) -> {
            if (parameter.requiresGradient()) {
                boolean decays =
                        parameter.getArray().getShape().dimension() > 1 && !name.equals(TransformerWeights.EMBEDDING);
                (decays ? decaying : others).add(parameter);
            }
        });
        return List.of(
                new ParameterGroup("matrices", decaying, learningRate, weightDecay),
                new ParameterGroup("others", others, learningRate, 0));
    }
}
