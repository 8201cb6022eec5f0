package dev.polymath.training.vision;

import ai.djl.nn.Parameter;
import dev.polymath.training.ParameterGroup;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.encoder.OptimizationOptions;
import dev.polymath.training.graph.TrainableGraph;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * How a network of convolutions is optimised, as options of a command line. A task that wants another default sets the field before
 * the command line is read.
 */
public final class VisionOptimization {
    /** Rules by which the weights follow the gradient. */
    public enum Optimizer {
        ADAMW,
        /** With Nesterov's momentum of 0.9. */
        SGD
    }

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data.")
    public int epochs = 10;

    @Option(names = "--batch-size", paramLabel = "N", description = "Pictures in a batch.")
    public int batchSize = 8;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches per update of the weights.")
    public int accumulate = 1;

    @Option(names = "--optimizer", paramLabel = "NAME", description = "${COMPLETION-CANDIDATES}.")
    public Optimizer optimizer = Optimizer.ADAMW;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Peak rate.")
    public double learningRate = 3e-4;

    @Option(
            names = "--head-learning-rate",
            paramLabel = "X",
            description = "Peak rate of the layers that tell the labels; 0: that of the others.")
    public double headLearningRate;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Not on biases.")
    public double weightDecay = 5e-4;

    @Option(names = "--warm-up", paramLabel = "P", description = "Share of the training with a rising learning rate.")
    public double warmUp = 0.05;

    @Option(
            names = "--final-rate",
            paramLabel = "P",
            description = "Share of the learning rate at the end, to which it falls like a cosine.")
    public double finalRate = 0.05;

    @Option(names = "--clip-norm", paramLabel = "X", description = "Largest norm of the gradient; 0: no limit.")
    public double clipNorm = 10;

    @Option(
            names = "--average-decay",
            paramLabel = "X",
            description = "Decay of the moving average of the weights; 0: none.")
    public double averageDecay = 0.99;

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
    public int patience;

    @Option(names = "--workers", paramLabel = "N", description = "Threads that decode and augment pictures.")
    public int workers = 1;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random.")
    public long seed = 1;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            converter = OptimizationOptions.DurationConverter.class,
            description = "End by then, e.g. 50m or 1h30m; the learning rate falls accordingly (default: none).")
    @Nullable
    public Duration timeLimit;

    /** The same options, to be changed for a second part of a training. */
    public VisionOptimization copy() {
        VisionOptimization copy = new VisionOptimization();
        copy.epochs = epochs;
        copy.batchSize = batchSize;
        copy.accumulate = accumulate;
        copy.optimizer = optimizer;
        copy.learningRate = learningRate;
        copy.headLearningRate = headLearningRate;
        copy.weightDecay = weightDecay;
        copy.warmUp = warmUp;
        copy.finalRate = finalRate;
        copy.clipNorm = clipNorm;
        copy.averageDecay = averageDecay;
        copy.evaluateEvery = evaluateEvery;
        copy.checkpointEvery = checkpointEvery;
        copy.patience = patience;
        copy.workers = workers;
        copy.seed = seed;
        copy.timeLimit = timeLimit;
        return copy;
    }

    /** What the loop needs to know of them. */
    public TrainingOptions training() {
        if (batchSize < 1) {
            throw new IllegalArgumentException("--batch-size: " + batchSize + " (expected: >= 1)");
        }
        if (workers < 1) {
            throw new IllegalArgumentException("--workers: " + workers + " (expected: >= 1)");
        }
        return new TrainingOptions(
                        epochs,
                        accumulate,
                        warmUp,
                        new TrainingOptions.Decay.Cosine(finalRate),
                        clipNorm,
                        averageDecay,
                        evaluateEvery,
                        checkpointEvery,
                        patience,
                        seed,
                        timeLimit)
                .withUpdate(
                        optimizer == Optimizer.SGD
                                ? new TrainingOptions.Update.Sgd(0.9)
                                : new TrainingOptions.Update.AdamW());
    }

    /**
     * The layers that tell the labels and the others, each with and without weight decay.
     *
     * @param head which weights are of the former
     */
    public List<ParameterGroup> groups(TrainableGraph block, Predicate<String> head) {
        Map<String, List<Parameter>> members = new TreeMap<>();
        new TreeMap<>(block.parametersByName()).forEach((name, parameter) -> {
            if (parameter.requiresGradient()) {
                boolean decays = parameter.getArray().getShape().dimension() > 1;
                members.computeIfAbsent(
                                (head.test(name) ? "head" : "network") + (decays ? "" : " without decay"),
                                key -> new ArrayList<>())
                        .add(parameter);
            }
        });
        List<ParameterGroup> groups = new ArrayList<>();
        members.forEach((name, parameters) -> groups.add(new ParameterGroup(
                name,
                parameters,
                name.startsWith("head") && headLearningRate > 0 ? headLearningRate : learningRate,
                name.endsWith("decay") ? 0 : weightDecay)));
        return groups;
    }
}
