package dev.polymath.training.encoder;

import ai.djl.ndarray.NDManager;
import dev.polymath.training.ParameterGroup;
import dev.polymath.training.TrainingLoop;
import dev.polymath.training.TrainingOptions;
import dev.polymath.training.TrainingTask;
import dev.polymath.training.graph.Int8Quantizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** Where a run begins, where it keeps its state and what it leaves, as options of a command line. */
public final class RunOptions {
    /** As the shell says it of Ctrl-C. */
    private static final int INTERRUPTED = 130;

    private static final Duration SHUTDOWN = Duration.ofMinutes(2);
    private static final Set<String> NOT_SETTINGS = Set.of(
            "--help",
            "--out",
            "--run-folder",
            "--resume",
            "--int8",
            "--int8-loss",
            "--licence",
            "--language",
            "--description",
            "--source",
            "--test",
            "--int8-scheme",
            "--time-limit",
            "--checkpoint-every",
            "--average-with-start",
            "--average-with");

    @Option(
            names = "--from",
            paramLabel = "PATH",
            description = "Starting weights: a model directory, or an ONNX encoder beside its tokenizer.json"
                    + " (default: all-MiniLM-L6-v2; for translation: none); for pictures an ONNX file.")
    @Nullable
    public Path from;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The model directory, NAME/VERSION; must be new.")
    @SuppressWarnings("NullAway.Init")
    public Path out;

    @Option(
            names = "--run-folder",
            paramLabel = "DIR",
            description = "Logs and checkpoints (default: runs/NAME-VERSION).")
    @Nullable
    public Path runFolder;

    @Option(names = "--resume", description = "Go on from the newest checkpoint in the run folder.")
    public boolean resume;

    @Option(
            names = "--int8",
            description = "Also quantise; int8 is served if it costs no more of the score than --int8-loss.")
    public boolean int8;

    @Option(
            names = "--int8-scheme",
            paramLabel = "SCHEME",
            description = "How activations are quantised: ${COMPLETION-CANDIDATES}.")
    public Int8Quantizer.Scheme int8Scheme = Int8Quantizer.Scheme.PER_TOKEN;

    @Option(
            names = "--int8-loss",
            paramLabel = "X",
            description = "Largest loss of the mean score of the dev sets that int8 may cost.")
    public double int8Loss = 0.005;

    /** Folder of logs and checkpoints. */
    public Path folder() {
        return runFolder != null ? runFolder : Path.of("runs", name("-"));
    }

    /** Name and version of the model, from the directory it goes to. */
    public String name(String separator) {
        Path absolute = out.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        return (parent == null ? "" : parent.getFileName() + separator) + absolute.getFileName();
    }

    /**
     * Trains, or goes on training. When the process is asked to end, a checkpoint is written first.
     *
     * @param settings as {@link #settings} gives them
     * @param manager parent of everything the loop allocates
     */
    public <B> TrainingLoop.Result train(
            TrainingTask<B> task,
            List<ParameterGroup> groups,
            TrainingOptions options,
            String settings,
            NDManager manager)
            throws IOException {
        return train(task, groups, options, settings, folder(), manager);
    }

    /**
     * The same for a part of a run.
     *
     * @param folder of the part, in that of the run
     */
    public <B> TrainingLoop.Result train(
            TrainingTask<B> task,
            List<ParameterGroup> groups,
            TrainingOptions options,
            String settings,
            Path folder,
            NDManager manager)
            throws IOException {
        TrainingLoop<B> loop = new TrainingLoop<>(task, groups, options, settings, folder, manager);
        Thread hook = new Thread(() -> loop.stopAndWait(SHUTDOWN), "checkpoint-on-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return loop.run(resume);
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // the process is on its way out: the hook waits for this very loop
            }
        }
    }

    /** Tells how to go on after an interruption; returns the exit status. */
    public static int interrupted(TrainingLoop.Result result) {
        System.out.println("interrupted after step " + result.steps() + "; go on with --resume");
        return INTERRUPTED;
    }

    /**
     * Every option of a command that has a say in the course of the training, one per line.
     *
     * @param others names of options of this command that have none
     */
    public static String settings(CommandSpec command, Set<String> others) {
        return command.options().stream()
                .filter(option ->
                        !NOT_SETTINGS.contains(option.longestName()) && !others.contains(option.longestName()))
                .sorted(Comparator.comparing(OptionSpec::longestName))
                .map(option -> option.longestName() + "=" + option.getValue())
                .collect(Collectors.joining("\n"));
    }
}
