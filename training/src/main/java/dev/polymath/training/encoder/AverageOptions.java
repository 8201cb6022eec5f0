package dev.polymath.training.encoder;

import dev.polymath.training.TrainingTask;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** With what the new weights are averaged when the training is over, as options of a command line. */
public final class AverageOptions {
    @Option(
            names = "--average-with-start",
            description =
                    "With --from a model of the same labels: also try means of its weights and the new ones, with shares of a"
                            + " quarter, a half and three quarters, and keep what is best on the dev sets.")
    boolean start;

    @Option(
            names = "--average-with",
            arity = "1..*",
            paramLabel = "DIR",
            description =
                    "The same with the weights of other models, one after the other: of the same labels, and fine-tuned from the"
                            + " same starting weights.")
    List<Path> others = List.of();

    private final Map<String, StartingModel> models = new LinkedHashMap<>();
    private String card = "";

    /**
     * Reads the models, so that what is wrong with them is known before the training.
     *
     * @param labels of a model
     * @param expected labels
     * @param everything whether the training is of all weights of the model
     * @throws IllegalArgumentException if a mean is asked for and makes no sense
     */
    public <T> void load(StartingModel from, Function<StartingModel, T> labels, T expected, boolean everything)
            throws IOException {
        if (start) {
            models.put("the starting weights", from);
        }
        for (Path other : others) {
            models.put(other.toString(), StartingModel.load(other));
        }
        models.forEach((name, model) -> {
            if (!everything || !labels.apply(model).equals(expected)) {
                throw new IllegalArgumentException("mean with " + name + ": its labels are " + labels.apply(model)
                        + " (expected: " + expected + ", and neither --lora-rank nor --freeze-encoder)");
            }
        });
    }

    /**
     * Puts the mean that does best on the dev sets into the block, or leaves the new weights there if none does better.
     *
     * @param graph what is trained when a training begins with that model
     */
    public void keepBest(TrainingTask<?> task, TrainableGraph block, Function<StartingModel, OnnxGraph> graph)
            throws IOException {
        if (models.isEmpty()) {
            return;
        }
        WeightAverage average = new WeightAverage(task, block);
        for (Map.Entry<String, StartingModel> model : models.entrySet()) {
            average.tryWith(model.getKey(), graph.apply(model.getValue()));
        }
        card = average.toCard();
    }

    /** What a model card says of it; empty where the new weights stand alone. */
    public String toCard() {
        return card;
    }
}
