package dev.polymath.training.generation;

import dev.polymath.training.TrainingLoop;
import dev.polymath.training.graph.SafeTensors;
import dev.polymath.training.graph.TrainableGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What a run folder tells of a training, for a model that is exported later. */
public final class RunHistory {
    private RunHistory() {}

    /** Puts the best weights so far into the block. */
    public static void readBest(TrainableGraph block, Path folder) throws IOException {
        for (Map.Entry<String, SafeTensors.Tensor> entry :
                SafeTensors.read(folder.resolve("best.safetensors")).entrySet()) {
            block.setValues(entry.getKey(), entry.getValue().values());
        }
    }

    /** The result as far as the training has come. */
    public static TrainingLoop.Result read(Path folder) throws IOException {
        List<String> training = Files.readAllLines(folder.resolve("training.csv"));
        // step, epoch, seconds, tokens, ...
        String[] last = training.get(training.size() - 1).split(",");
        boolean started = training.size() > 1;
        double best = Double.NEGATIVE_INFINITY;
        long bestStep = 0;
        for (String line : Files.readAllLines(folder.resolve("evaluation.csv"))) {
            // step, seconds, figure, value
            String[] columns = line.split(",");
            if (columns[2].equals("loss") && -Double.parseDouble(columns[3]) > best) {
                best = -Double.parseDouble(columns[3]);
                bestStep = Long.parseLong(columns[0]);
            }
        }
        return new TrainingLoop.Result(
                TrainingLoop.Outcome.FINISHED,
                best,
                bestStep,
                started ? Long.parseLong(last[0]) : bestStep,
                started ? Long.parseLong(last[3]) : 0,
                started ? Duration.ofMillis((long) (1000 * Double.parseDouble(last[2]))) : Duration.ZERO);
    }
}
