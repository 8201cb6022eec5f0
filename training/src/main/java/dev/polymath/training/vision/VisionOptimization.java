package dev.polymath.training.vision;

import dev.polymath.training.LoopOptions;
import dev.polymath.training.ParameterGroup;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.graph.TrainableGraph;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Option;

/**
 * How a network of convolutions is optimised, as options of a command line. A task that wants another default sets the field before
 * the command line is read.
 */
public final class VisionOptimization extends LoopOptions implements Cloneable {
    private static final String HEAD = "head";

    /** Rules by which the weights follow the gradient. */
    public enum Optimizer {
        ADAMW,
        /** With Nesterov's momentum of 0.9. */
        SGD
    }

    @Option(names = "--batch-size", paramLabel = "N", description = "Pictures in a batch.")
    public int batchSize = 8;

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

    @Option(
            names = "--final-rate",
            paramLabel = "P",
            description = "Share of the learning rate at the end, to which it falls like a cosine.")
    public double finalRate = 0.05;

    @Option(names = "--workers", paramLabel = "N", description = "Threads that decode and augment pictures.")
    public int workers = 1;

    public VisionOptimization() {
        super(10, 0.05, 10, 0.99);
    }

    @Override
    protected TrainingOptions.Decay decay() {
        return new TrainingOptions.Decay.Cosine(finalRate);
    }

    @Override
    protected TrainingOptions.Update update() {
        return optimizer == Optimizer.SGD ? new TrainingOptions.Update.Sgd(0.9) : new TrainingOptions.Update.AdamW();
    }

    @Override
    public TrainingOptions training() {
        if (batchSize < 1) {
            throw new IllegalArgumentException("--batch-size: " + batchSize + " (expected: >= 1)");
        }
        if (workers < 1) {
            throw new IllegalArgumentException("--workers: " + workers + " (expected: >= 1)");
        }
        return super.training();
    }

    /** The same options, to be changed for a second part of a training. */
    public VisionOptimization copy() {
        try {
            return (VisionOptimization) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * The layers that tell the labels and the others, each with and without weight decay.
     *
     * @param head which weights are of the former
     */
    public List<ParameterGroup> groups(TrainableGraph block, Predicate<String> head) {
        return ParameterGroup.of(
                block,
                name -> head.test(name) ? HEAD : "network",
                group -> group.equals(HEAD) && headLearningRate > 0 ? headLearningRate : learningRate,
                weightDecay);
    }
}
