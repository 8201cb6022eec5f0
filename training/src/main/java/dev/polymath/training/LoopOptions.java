package dev.polymath.training;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/**
 * How the training loop runs, as options of a command line, which those of a kind of network add to. A task that wants another
 * default sets the field before the command line is read.
 */
public abstract class LoopOptions {
    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data.")
    public int epochs;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches per update of the weights.")
    public int accumulate = 1;

    @Option(names = "--warm-up", paramLabel = "P", description = "Share of the training with a rising learning rate.")
    public double warmUp;

    @Option(names = "--clip-norm", paramLabel = "X", description = "Largest norm of the gradient; 0: no limit.")
    public double clipNorm;

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
    public int patience;

    @Option(names = "--seed", paramLabel = "N", description = "Of everything random.")
    public long seed = 1;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "End by then, e.g. 50m or 1h30m; the learning rate falls accordingly (default: none).")
    @Nullable
    public Duration timeLimit;

    /** With defaults. */
    protected LoopOptions(int epochs, double warmUp, double clipNorm, double averageDecay) {
        this.epochs = epochs;
        this.warmUp = warmUp;
        this.clipNorm = clipNorm;
        this.averageDecay = averageDecay;
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

    /** How the learning rate falls when the warm-up is over. */
    protected abstract TrainingOptions.Decay decay();

    /** By which rule the weights follow the gradient. */
    protected TrainingOptions.Update update() {
        return new TrainingOptions.Update.AdamW();
    }

    /** What the loop needs to know of them. */
    public TrainingOptions training() {
        return new TrainingOptions(
                epochs,
                accumulate,
                warmUp,
                decay(),
                clipNorm,
                averageDecay,
                evaluateEvery,
                checkpointEvery,
                patience,
                seed,
                timeLimit,
                update());
    }
}
