package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLoopTest {
    private static final TrainingOptions.Decay LINEAR = new TrainingOptions.Decay.Linear();
    private static final TrainingOptions.Update ADAMW = new TrainingOptions.Update.AdamW();

    private static final float[] TRUTH = {1, -2, 3};

    @TempDir
    private Path folder;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager("PyTorch");
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void trainingFindsTheWeightsOfALinearFunction() throws IOException {
        Regression task = new Regression(manager, 0);

        TrainingLoop.Result result = loop(task, options(60, 1, 0, 0), folder).run(false);

        assertThat(result.outcome()).isEqualTo(TrainingLoop.Outcome.FINISHED);
        assertThat(result.steps()).isEqualTo(60 * 8);
        assertThat(task.weights()).containsExactly(TRUTH, within(0.05f));
    }

    @Test
    void resumedRunGivesTheSameWeightsAsTheUninterruptedOne() throws IOException {
        TrainingOptions options = options(4, 1, 0.9, 0);
        Regression whole = new Regression(manager, 0.5f);
        TrainingLoop.Result expected =
                loop(whole, options, folder.resolve("whole")).run(false);

        Regression interrupted = new Regression(manager, 0.5f);
        TrainingLoop<float[]> first = loop(interrupted, options, folder.resolve("parts"));
        interrupted.afterLosses(13, first::stop);
        TrainingLoop.Result stopped = first.run(false);
        Regression resumed = new Regression(manager, 0.5f);
        TrainingLoop.Result actual =
                loop(resumed, options, folder.resolve("parts")).run(true);

        assertThat(stopped.outcome()).isEqualTo(TrainingLoop.Outcome.INTERRUPTED);
        assertThat(stopped.steps()).isEqualTo(13);
        assertThat(actual.steps()).isEqualTo(expected.steps());
        assertThat(resumed.weights()).isEqualTo(whole.weights());
        assertThat(actual.bestScore()).isEqualTo(expected.bestScore());
        assertThat(actual.bestStep()).isEqualTo(expected.bestStep());
        assertThat(actual.tokens()).isEqualTo(expected.tokens());
    }

    @Test
    void stopFromAShutdownHookWaitsForTheCheckpoint() throws IOException, InterruptedException {
        Regression task = new Regression(manager, 0);
        TrainingLoop<float[]> loop = loop(task, options(1_000_000, 1, 0, 0), folder);
        AtomicBoolean checkpointWasThere = new AtomicBoolean();
        Thread hook = new Thread(() -> {
            loop.stopAndWait(Duration.ofMinutes(1));
            checkpointWasThere.set(Files.isRegularFile(folder.resolve("checkpoints/step-00000003/state.json")));
        });
        task.afterLosses(3, () -> {
            hook.start();
            while (hook.getState() == Thread.State.NEW || hook.getState() == Thread.State.RUNNABLE) {
                Thread.onSpinWait(); // until it waits for the loop
            }
        });

        TrainingLoop.Result result = loop.run(false);
        hook.join();

        assertThat(result.outcome()).isEqualTo(TrainingLoop.Outcome.INTERRUPTED);
        assertThat(checkpointWasThere).isTrue();
    }

    @Test
    void twoRunsWithOneSeedAreEqualAndWithTwoSeedsAreNot() throws IOException {
        List<float[]> weights = new ArrayList<>();
        for (long seed : new long[] {1, 1, 2}) {
            Regression task = new Regression(manager, 0.5f);
            TrainingOptions options = new TrainingOptions(2, 1, 0.1, LINEAR, 1, 0, 0, 0, 0, seed, null, ADAMW);
            loop(task, options, folder.resolve("run" + weights.size())).run(false);
            weights.add(task.weights());
        }

        assertThat(weights.get(1)).isEqualTo(weights.get(0));
        assertThat(weights.get(2)).isNotEqualTo(weights.get(0));
    }

    @Test
    void descentWithMomentumFindsThemTooAndGoesOnWhereItWasStopped() throws IOException {
        TrainingOptions options = options(40, 1, 0, 0, new TrainingOptions.Update.Sgd(0.9));
        Regression whole = new Regression(manager, 0);
        loop(whole, options, folder.resolve("whole")).run(false);
        Regression interrupted = new Regression(manager, 0);
        TrainingLoop<float[]> first = loop(interrupted, options, folder.resolve("parts"));
        interrupted.afterLosses(13, first::stop);
        first.run(false);
        Regression resumed = new Regression(manager, 0);
        loop(resumed, options, folder.resolve("parts")).run(true);

        assertThat(whole.weights()).containsExactly(TRUTH, within(0.05f));
        assertThat(resumed.weights()).isEqualTo(whole.weights());
    }

    @Test
    void accumulatedBatchesAreOneStep() throws IOException {
        Regression task = new Regression(manager, 0);

        TrainingLoop.Result result = loop(task, options(2, 3, 0, 0), folder).run(false);

        assertThat(result.steps()).isEqualTo(2 * 3);
    }

    @Test
    void trainingEndsWhenTheScoreNoLongerRises() throws IOException {
        Regression task = new Regression(manager, 0);
        task.score = 1;

        TrainingLoop.Result result = loop(task, options(50, 1, 0, 2), folder).run(false);

        assertThat(result.outcome()).isEqualTo(TrainingLoop.Outcome.STOPPED_EARLY);
        assertThat(result.bestStep()).isEqualTo(8);
        assertThat(result.steps()).isEqualTo(3 * 8);
    }

    @Test
    void bestWeightsAreThereAtTheEnd() throws IOException {
        Regression task = new Regression(manager, 0);
        task.worseAfterEvaluations = 2;

        TrainingLoop.Result result = loop(task, options(5, 1, 0, 0), folder).run(false);

        assertThat(result.bestStep()).isEqualTo(2 * 8);
        assertThat(task.weights()).isEqualTo(task.weightsAtBest);
    }

    @Test
    void checkpointOfOtherOptionsIsRefused() throws IOException {
        loop(new Regression(manager, 0), options(1, 1, 0, 0), folder).run(false);
        TrainingLoop<float[]> other = new TrainingLoop<>(
                new Regression(manager, 0), List.of(), options(1, 1, 0, 0), "rate=2", folder, manager);

        assertThatThrownBy(() -> other.run(true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("made with rate=1 (expected: rate=2)");
    }

    @Test
    void lossThatIsNotFiniteEndsTheTrainingWithAReason() {
        Regression task = new Regression(manager, 0);
        task.broken = true;

        assertThatThrownBy(() -> loop(task, options(1, 1, 0, 0), folder).run(false))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("step 1: NaN (expected: finite; lower the learning rate)");
    }

    @Test
    void logsHoldARowPerTenStepsAndTheFiguresOfEachEvaluation() throws IOException {
        loop(new Regression(manager, 0), options(5, 1, 0, 0), folder).run(false);

        assertThat(Files.readAllLines(folder.resolve("training.csv")))
                .hasSize(1 + 4)
                .first()
                .asString()
                .startsWith("step,epoch,seconds,tokens,loss");
        assertThat(Files.readAllLines(folder.resolve("evaluation.csv"))).hasSize(1 + 5);
    }

    @Test
    void timeLimitEndsTheTrainingWithAnEvaluation() throws IOException {
        Regression task = new Regression(manager, 0);
        TrainingOptions options =
                new TrainingOptions(1_000_000, 1, 0.1, LINEAR, 1, 0, 0, 0, 0, 1, Duration.ofMillis(300), ADAMW);

        TrainingLoop.Result result = loop(task, options, folder).run(false);

        assertThat(result.outcome()).isEqualTo(TrainingLoop.Outcome.FINISHED);
        assertThat(result.bestStep()).isPositive();
    }

    @Test
    void learningRateRisesThenFallsToNothing() {
        TrainingOptions options = new TrainingOptions(1, 1, 0.2, LINEAR, 1, 0, 0, 0, 0, 1, null, ADAMW);

        assertThat(options.learningRateFactor(0.1)).isEqualTo(0.5);
        assertThat(options.learningRateFactor(0.2)).isEqualTo(1);
        assertThat(options.learningRateFactor(0.6)).isEqualTo(0.5, within(1e-12));
        assertThat(options.learningRateFactor(1)).isZero();
    }

    @Test
    void learningRateFallsWithTheRootAndThenStraightToNothing() {
        TrainingOptions.Decay decay = new TrainingOptions.Decay.InverseSquareRoot(0.2);
        TrainingOptions options = new TrainingOptions(1, 1, 0.04, decay, 1, 0, 0, 0, 0, 1, null, ADAMW);

        assertThat(options.learningRateFactor(0.02)).isEqualTo(0.5);
        assertThat(options.learningRateFactor(0.04)).isEqualTo(1);
        assertThat(options.learningRateFactor(0.16)).isEqualTo(0.5, within(1e-12));
        assertThat(options.learningRateFactor(0.64)).isEqualTo(0.25, within(1e-12));
        double root = Math.sqrt(0.04 / 0.8);
        assertThat(options.learningRateFactor(0.8)).isEqualTo(root, within(1e-12));
        assertThat(options.learningRateFactor(0.9)).isEqualTo(root / 2, within(1e-12));
        assertThat(options.learningRateFactor(1)).isZero();
    }

    @Test
    void aCoolDownThatBeginsInTheWarmUpFallsFromThePeak() {
        TrainingOptions.Decay decay = new TrainingOptions.Decay.InverseSquareRoot(0.9);
        TrainingOptions options = new TrainingOptions(1, 1, 0.5, decay, 1, 0, 0, 0, 0, 1, null, ADAMW);

        assertThat(options.learningRateFactor(0.5)).isEqualTo(1);
        assertThat(options.learningRateFactor(0.75)).isEqualTo(0.5, within(1e-12));
        assertThat(options.learningRateFactor(1)).isZero();
    }

    @Test
    void aRateMayFallLikeACosineToAShareOfIt() {
        TrainingOptions options =
                new TrainingOptions(1, 1, 0.5, new TrainingOptions.Decay.Cosine(0.1), 1, 0, 0, 0, 0, 1, null, ADAMW);

        assertThat(options.learningRateFactor(0.25)).isEqualTo(0.5, within(1e-12));
        assertThat(options.learningRateFactor(0.5)).isEqualTo(1, within(1e-12));
        assertThat(options.learningRateFactor(0.75)).isEqualTo(0.55, within(1e-12));
        assertThat(options.learningRateFactor(1)).isEqualTo(0.1, within(1e-12));
    }

    @Test
    void aRateThatFallsWithTheRootNeedsAWarmUp() {
        TrainingOptions.Decay decay = new TrainingOptions.Decay.InverseSquareRoot(0.2);

        assertThatThrownBy(() -> new TrainingOptions(1, 1, 0, decay, 1, 0, 0, 0, 0, 1, null, ADAMW))
                .hasMessage("warm-up: 0.0 (expected: > 0 for a rate that falls with the root)");
        assertThatThrownBy(() -> new TrainingOptions.Decay.InverseSquareRoot(1))
                .hasMessage("cool-down: 1.0 (expected: > 0 and < 1)");
    }

    private TrainingLoop<float[]> loop(Regression task, TrainingOptions options, Path run) {
        ParameterGroup group = new ParameterGroup("all", List.of(task.weight), 0.05, 0);
        return new TrainingLoop<>(task, List.of(group), options, "rate=1", run, manager);
    }

    private static TrainingOptions options(int epochs, int accumulate, double average, int patience) {
        return options(epochs, accumulate, average, patience, ADAMW);
    }

    private static TrainingOptions options(
            int epochs, int accumulate, double average, int patience, TrainingOptions.Update update) {
        return new TrainingOptions(epochs, accumulate, 0.1, LINEAR, 5, average, 0, 0, patience, 1, null, update);
    }

    /** y = x . TRUTH, eight batches of four points, with noise from the engine where it is asked for. */
    private static final class Regression implements TrainingTask<float[]> {
        private final Parameter weight;
        private final float noise;
        private int losses;
        private int stopAfter;
        private @Nullable Runnable stop;
        private double score;
        private int evaluations;
        private int worseAfterEvaluations;
        private float[] weightsAtBest = new float[0];
        private boolean broken;

        Regression(NDManager manager, float noise) {
            this.noise = noise;
            NDArray array = manager.zeros(new Shape(3, 1));
            array.setRequiresGradient(true);
            weight = Parameter.builder()
                    .setName("weight")
                    .setType(Parameter.Type.WEIGHT)
                    .optArray(array)
                    .build();
        }

        void afterLosses(int count, Runnable action) {
            stopAfter = count;
            stop = action;
        }

        float[] weights() {
            return weight.getArray().toFloatArray();
        }

        @Override
        public List<float[]> epoch(int epoch) {
            Random random = new Random(epoch);
            List<float[]> batches = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                float[] batch = new float[12];
                for (int j = 0; j < batch.length; j++) {
                    batch[j] = random.nextFloat() - 0.5f;
                }
                batches.add(batch);
            }
            Collections.shuffle(batches, random);
            return batches;
        }

        @Override
        public int tokens(float[] batch) {
            return 4;
        }

        @Override
        public NDArray loss(float[] batch, NDManager step) {
            losses++;
            if (losses == stopAfter && stop != null) {
                stop.run();
            }
            NDArray x = step.create(batch, new Shape(4, 3));
            NDArray truth = step.create(TRUTH, new Shape(3, 1));
            NDArray disturbance = step.randomNormal(0, 1, new Shape(4, 1), DataType.FLOAT32)
                    .mul(step.create(broken ? Float.NaN : noise));
            return x.dot(weight.getArray())
                    .sub(x.dot(truth))
                    .add(disturbance)
                    .square()
                    .mean();
        }

        @Override
        public Evaluation evaluate() {
            evaluations++;
            float[] now = weights();
            double error = 0;
            for (int i = 0; i < now.length; i++) {
                error += Math.abs(now[i] - TRUTH[i]);
            }
            double value = score != 0 ? score : worseAfterEvaluations == 0 ? -error : evaluations;
            if (worseAfterEvaluations > 0 && evaluations > worseAfterEvaluations) {
                value = 0;
            } else {
                weightsAtBest = now;
            }
            TreeMap<String, Double> figures = new TreeMap<>();
            figures.put("error", error);
            return new Evaluation(value, figures);
        }
    }
}
