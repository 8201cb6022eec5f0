package dev.polymath.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Trains the parameters of any {@link TrainingTask}: AdamW or SGD with warm-up and decay, clipping, gradient accumulation, moving
 * average of the weights, evaluation, early stopping, checkpoints and resume. A resumed run does what the uninterrupted run would
 * have done, number for number (unless a time limit ties it to the clock): batches depend on seed and epoch, the engine's random
 * numbers on seed and step.
 *
 * <p>Writes {@code training.csv}, {@code evaluation.csv}, {@code best.safetensors} and {@code checkpoints/} into its folder.
 * PyTorch's gradient mode belongs to a thread: create the engine and run the loop on the same one. Not thread-safe, but
 * {@link #stop()} may be called from anywhere.
 *
 * @param <B> a batch on the host
 */
public final class TrainingLoop<B> {
    private static final int STEPS_PER_LOG_ROW = 10;
    private static final double LOSS_SMOOTHING = 0.98;

    /** How a training ended. */
    public enum Outcome {
        /** All epochs are done, or the time is up. */
        FINISHED,
        /** The score did not get better any more. */
        STOPPED_EARLY,
        /** {@link TrainingLoop#stop()} was called; a checkpoint to resume from is there. */
        INTERRUPTED
    }

    /**
     * What came of a training; the parameters hold the best weights, or the last ones when it was interrupted.
     *
     * @param bestScore best score of an evaluation
     * @param bestStep the step after which it was measured
     * @param tokens trained on
     */
    public record Result(
            Outcome outcome, double bestScore, long bestStep, long steps, long tokens, Duration duration) {}

    private final TrainingTask<B> task;
    private final List<ParameterGroup> groups;
    private final TrainingOptions options;
    private final String settings;
    private final Path folder;
    private final NDManager manager;
    private final Progress progress;
    private final NDList weights;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopRequested;

    /**
     * @param settings everything that decides the course of the training, a line each; a checkpoint made under other settings is
     *     refused
     * @param folder of the run; made if it is not there
     * @param manager parent of everything the loop allocates
     */
    public TrainingLoop(
            TrainingTask<B> task,
            List<ParameterGroup> groups,
            TrainingOptions options,
            String settings,
            Path folder,
            NDManager manager) {
        this.task = task;
        this.groups = List.copyOf(groups);
        this.options = options;
        this.settings = settings;
        this.folder = folder;
        this.manager = manager;
        this.progress = new Progress(System.out, System.console() != null);
        this.weights = new NDList();
        for (ParameterGroup group : groups) {
            for (Parameter parameter : group.parameters()) {
                NDArray array = parameter.getArray();
                array.setName(parameter.getName());
                weights.add(array);
            }
        }
    }

    /** Asks the loop to write a checkpoint after the current step and to return. Returns at once. */
    public void stop() {
        stopRequested = true;
    }

    /** As {@link #stop()}, and waits until the loop has returned or the time is up. For a shutdown hook. */
    public void stopAndWait(Duration atMost) {
        stop();
        try {
            if (!ended.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                progress.say("no checkpoint within " + atMost.toSeconds() + " s: the one before it stays");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Trains until done, stopped early or asked to stop.
     *
     * @param resume whether to go on from the newest checkpoint in the folder; without one the training begins anew
     */
    public Result run(boolean resume) throws IOException {
        Files.createDirectories(folder);
        try (NDManager runManager = manager.newSubManager();
                Optimizer optimizer = Optimizer.of(options.update(), groups, runManager)) {
            return new Run(runManager, optimizer).train(resume);
        } finally {
            ended.countDown();
        }
    }

    private final class Run {
        private final NDManager runManager;
        private final Optimizer optimizer;
        private final NDList average = new NDList();
        private final NDArray averageKeep;
        private final NDArray averageTake;
        private final long started = System.nanoTime();
        private double secondsBefore;
        private long step;
        private long tokens;
        private double bestScore;
        private long bestStep;
        private int evaluationsSinceBest;
        private double smoothLoss;
        private double smoothWeight;

        Run(NDManager runManager, Optimizer optimizer) {
            this.runManager = runManager;
            this.optimizer = optimizer;
            averageKeep = runManager.create((float) options.averageDecay());
            averageTake = runManager.create((float) (1 - options.averageDecay()));
            if (options.averageDecay() > 0) {
                for (NDArray weight : weights) {
                    NDArray copy = weight.duplicate();
                    copy.attach(runManager);
                    copy.setRequiresGradient(false);
                    copy.setName(weight.getName());
                    average.add(copy);
                }
            }
        }

        Result train(boolean resume) throws IOException {
            int epoch = 0;
            int batch = 0;
            Optional<Path> checkpoint = resume ? Checkpoint.latest(folder.resolve("checkpoints")) : Optional.empty();
            if (checkpoint.isPresent()) {
                Checkpoint.State state = restore(checkpoint.get());
                epoch = state.epoch();
                batch = state.batch();
            }
            CsvLog trainingLog = new CsvLog(
                    folder.resolve("training.csv"),
                    checkpoint.isEmpty(),
                    "step",
                    "epoch",
                    "seconds",
                    "tokens",
                    "loss",
                    "gradient_norm",
                    "learning_rate_factor");
            CsvLog evaluationLog = new CsvLog(
                    folder.resolve("evaluation.csv"), checkpoint.isEmpty(), "step", "seconds", "figure", "value");
            long firstStep = step;
            long firstTokens = tokens;
            Outcome outcome = Outcome.FINISHED;

            training:
            for (; epoch < options.epochs(); epoch++, batch = 0) {
                List<B> batches = task.epoch(epoch);
                if (batches.isEmpty()) {
                    throw new IllegalStateException("epoch " + epoch + ": no batches (expected: at least one)");
                }
                while (batch < batches.size()) {
                    double done = (epoch + (double) batch / batches.size()) / options.epochs();
                    double ofTime = timeFraction();
                    double fraction = Math.max(done, ofTime);
                    if (fraction >= 1) {
                        break training;
                    }
                    int until = Math.min(batch + options.accumulate(), batches.size());
                    List<B> stepBatches = batches.subList(batch, until);
                    batch = until;
                    step++;
                    double factor = options.learningRateFactor(Math.max(fraction, halfStep(batches.size())));
                    double loss = forwardAndBackward(stepBatches);
                    double norm = optimizer.update(step, factor, options.clipNorm());
                    updateAverage();
                    for (B each : stepBatches) {
                        tokens += task.tokens(each);
                    }
                    smoothLoss = LOSS_SMOOTHING * smoothLoss + (1 - LOSS_SMOOTHING) * loss;
                    smoothWeight = LOSS_SMOOTHING * smoothWeight + (1 - LOSS_SMOOTHING);
                    if (step % STEPS_PER_LOG_ROW == 0) {
                        trainingLog.row(step, epoch, seconds(), tokens, loss, norm, factor);
                    }
                    double speed = (tokens - firstTokens) / Math.max(1e-3, seconds() - secondsBefore);
                    double total = remainingSeconds(done, ofTime, step - firstStep, batches.size(), epoch, batch);
                    progress.show(
                            "epoch " + (epoch + 1) + "/" + options.epochs(),
                            fraction,
                            smoothLoss / smoothWeight,
                            speed,
                            task.unit(),
                            Duration.ofMillis((long) (1000 * total)));

                    boolean endOfEpoch = batch == batches.size();
                    boolean evaluate =
                            endOfEpoch || (options.evaluateEvery() > 0 && step % options.evaluateEvery() == 0);
                    if (evaluate) {
                        evaluate(evaluationLog);
                    }
                    boolean enough = options.patience() > 0 && evaluationsSinceBest >= options.patience();
                    if (evaluate
                            || stopRequested
                            || (options.checkpointEvery() > 0 && step % options.checkpointEvery() == 0)) {
                        save(endOfEpoch ? epoch + 1 : epoch, endOfEpoch ? 0 : batch);
                    }
                    if (enough) {
                        outcome = Outcome.STOPPED_EARLY;
                        break training;
                    }
                    if (stopRequested) {
                        outcome = Outcome.INTERRUPTED;
                        break training;
                    }
                }
            }
            if (outcome == Outcome.FINISHED && timeFraction() >= 1) {
                evaluate(evaluationLog);
                save(epoch, batch);
            }
            if (outcome != Outcome.INTERRUPTED && bestStep > 0) {
                Checkpoint.readArrays(best(), weights, runManager);
            }
            return new Result(outcome, bestScore, bestStep, step, tokens, Duration.ofMillis((long) (1000 * seconds())));
        }

        /** The learning rate of a step is that of its middle, so that the first and the last step also count. */
        private double halfStep(int batchesPerEpoch) {
            return Math.min(1, 0.5 * options.accumulate() / ((double) batchesPerEpoch * options.epochs()));
        }

        private double forwardAndBackward(List<B> batches) {
            Engine engine = runManager.getEngine();
            // from the step alone, so that a resumed run drops out what the uninterrupted one would
            engine.setRandomSeed((int) (options.seed() * 1_000_003 + step));
            double sum = 0;
            for (B batch : batches) {
                try (NDManager stepManager = runManager.newSubManager()) {
                    try (GradientCollector collector = engine.newGradientCollector()) {
                        NDArray loss = task.loss(batch, stepManager);
                        sum += loss.getFloat();
                        collector.backward(
                                batches.size() == 1 ? loss : loss.div(stepManager.create((float) batches.size())));
                    }
                }
            }
            double mean = sum / batches.size();
            if (!Double.isFinite(mean)) {
                throw new ArithmeticException(
                        "loss at step " + step + ": " + mean + " (expected: finite; lower the learning rate)");
            }
            return mean;
        }

        private void updateAverage() {
            // early on the average would be mostly the starting weights: a decay that grows with the steps
            double ramp = (1.0 + step) / (10.0 + step);
            for (int i = 0; i < average.size(); i++) {
                try (NDManager scratch = runManager.newSubManager()) {
                    boolean ramping = ramp < options.averageDecay();
                    NDArray keep = ramping ? scratch.create((float) ramp) : averageKeep;
                    NDArray take = ramping ? scratch.create((float) (1 - ramp)) : averageTake;
                    NDArray part = weights.get(i).mul(take);
                    part.attach(scratch);
                    average.get(i).muli(keep).addi(part);
                }
            }
        }

        private void evaluate(CsvLog log) throws IOException {
            try (NDManager scratch = runManager.newSubManager()) {
                NDList current = new NDList();
                if (!average.isEmpty()) {
                    for (int i = 0; i < weights.size(); i++) {
                        NDArray copy = weights.get(i).duplicate();
                        copy.attach(scratch);
                        current.add(copy);
                        average.get(i).copyTo(weights.get(i));
                    }
                }
                TrainingTask.Evaluation evaluation = task.evaluate();
                evaluation.figures().forEach((figure, value) -> log.row(step, seconds(), figure, value));
                boolean better = bestStep == 0 || evaluation.score() > bestScore;
                if (better) {
                    bestScore = evaluation.score();
                    bestStep = step;
                    evaluationsSinceBest = 0;
                    Checkpoint.writeArrays(best(), weights);
                } else {
                    evaluationsSinceBest++;
                }
                for (int i = 0; i < current.size(); i++) {
                    current.get(i).copyTo(weights.get(i));
                }
                StringBuilder line = new StringBuilder(String.format(
                        Locale.ROOT, "step %d: score %.4f%s", step, evaluation.score(), better ? " (best)" : ""));
                evaluation.figures().forEach((figure, value) -> {
                    if (!figure.contains("/") || figure.contains("/all/")) {
                        line.append(String.format(Locale.ROOT, ", %s %.4f", figure, value));
                    }
                });
                progress.say(line.toString());
            }
        }

        private void save(int epoch, int batch) throws IOException {
            Map<String, NDList> arrays = new LinkedHashMap<>();
            arrays.put("weights", weights);
            arrays.put("optimizer", optimizer.state());
            if (!average.isEmpty()) {
                arrays.put("average", average);
            }
            Checkpoint.State state = new Checkpoint.State(
                    step, epoch, batch, bestScore, bestStep, evaluationsSinceBest, seconds(), tokens, settings);
            Checkpoint.write(folder.resolve("checkpoints"), state, arrays);
        }

        private Checkpoint.State restore(Path checkpoint) throws IOException {
            Checkpoint.State state = Checkpoint.readState(checkpoint);
            if (!state.settings().equals(settings)) {
                throw new IllegalArgumentException(
                        "resume from " + checkpoint + ": made with " + without(state.settings(), settings)
                                + " (expected: " + without(settings, state.settings()) + ")");
            }
            Checkpoint.readArrays(checkpoint.resolve("weights.safetensors"), weights, runManager);
            Checkpoint.readArrays(checkpoint.resolve("optimizer.safetensors"), optimizer.state(), runManager);
            if (!average.isEmpty()) {
                Checkpoint.readArrays(checkpoint.resolve("average.safetensors"), average, runManager);
            }
            step = state.step();
            tokens = state.tokens();
            bestScore = state.bestScore();
            bestStep = state.bestStep();
            evaluationsSinceBest = state.evaluationsSinceBest();
            secondsBefore = state.seconds();
            progress.say("resumed after step " + step);
            return state;
        }

        /** The lines of the one that the other has not. */
        private static String without(String settings, String others) {
            List<String> other = others.lines().toList();
            return settings.lines().filter(line -> !other.contains(line)).collect(Collectors.joining(" "));
        }

        private Path best() {
            return folder.resolve("best.safetensors");
        }

        private double seconds() {
            return secondsBefore + (System.nanoTime() - started) / 1e9;
        }

        private double timeFraction() {
            Duration limit = options.timeLimit();
            return limit == null ? 0 : Math.min(1, 1000 * seconds() / limit.toMillis());
        }

        private double remainingSeconds(
                double done, double ofTime, long stepsHere, int batchesPerEpoch, int epoch, int batch) {
            double stepsLeft = ((options.epochs() - epoch) * (double) batchesPerEpoch - batch) / options.accumulate();
            double bySteps = stepsLeft * (seconds() - secondsBefore) / Math.max(1, stepsHere);
            Duration limit = options.timeLimit();
            if (limit == null) {
                return bySteps;
            }
            double byClock = limit.toMillis() / 1000.0 - seconds();
            return Math.max(0, ofTime > done ? byClock : Math.min(bySteps, byClock));
        }
    }
}
