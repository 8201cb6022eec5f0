package dev.polymath.inference;

import dev.polymath.image.RgbImage;
import dev.polymath.inference.InferenceException.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** An image-classification model that is loaded, warmed up and ready: which of its labels an image has. Thread-safe. */
public final class ImageClassifier extends ImageModel<Boolean, ImageClassification> {
    private static final String OUTPUT = "polymath.classification.output";

    private final List<String> labels;
    private final int output;
    private final boolean logits;
    private final float temperature;

    private ImageClassifier(Loaded<Boolean> loaded, int output, boolean logits, float temperature) {
        super(loaded);
        this.labels = loaded.model().labels();
        this.output = output;
        this.logits = logits;
        this.temperature = temperature;
    }

    /**
     * Loads and warms up a model that reads {@code [batch, 3, height, width]} as preprocessor_config.json says and has an output
     * {@code [batch, labels]}, with the labels of {@code id2label} in config.json. Of several outputs it is that with as many
     * values. {@code polymath.classification.output} of serving.properties says whether they are {@code logits} or
     * {@code probabilities}; otherwise they are probabilities if those of a black image are and sum to 1. Logits are divided by
     * {@code polymath.temperature}. Returns when it is ready to answer.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static ImageClassifier load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        if (model.labels().isEmpty()) {
            throw new InferenceException(Kind.MODEL_NOT_READY, model + ": config.json: no id2label");
        }
        float temperature = Probabilities.temperature(model);
        Loaded<Boolean> loaded = load(model, options, listener, true);
        try {
            int output = output(model, loaded.sample());
            return new ImageClassifier(
                    loaded, output, logits(model, loaded.sample().get(output).values()), temperature);
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /** What it chooses from, in the order of their ids. */
    public List<String> labels() {
        return labels;
    }

    /**
     * Classifies an image; fails fast when the queue is full. Resizing happens on the calling thread, the future completes on
     * the common pool.
     *
     * @param call when the answer is no longer wanted
     */
    public CompletableFuture<ImageClassification> classify(RgbImage image, Call call) {
        return answer(preparing(image, true), call, false);
    }

    /** As {@link #classify}, but waits until the queue has room. */
    public CompletableFuture<ImageClassification> classifyWhenAdmitted(RgbImage image, Call call) {
        return answer(preparing(image, true), call, true);
    }

    @Override
    Function<Receipt, ImageClassification> decode(PreparedImage<Boolean> image, List<List<ModelArray>> outputs) {
        ModelArray array = outputs.get(0).get(output);
        array.requireNumbers();
        float[] probabilities = array.values();
        if (logits) {
            float[] values = array.values();
            probabilities = new float[values.length];
            Probabilities.softmax(values, 0, values.length, temperature, probabilities, 0);
        }
        List<LabelProbability> answer = new ArrayList<>(labels.size());
        for (int i = 0; i < labels.size(); i++) {
            answer.add(new LabelProbability(labels.get(i), probabilities[i]));
        }
        answer.sort(Comparator.comparingDouble(LabelProbability::probability).reversed());
        return receipt -> new ImageClassification(answer, receipt);
    }

    private static int output(ModelDirectory model, List<ModelArray> sample) {
        int labels = model.labels().size();
        for (int i = 0; i < sample.size(); i++) {
            if (sample.get(i).values().length == labels) {
                return i;
            }
        }
        throw new InferenceException(
                Kind.MODEL_NOT_READY,
                model + ": outputs: " + sample + " (expected: one with " + labels
                        + " values, the number of id2label in config.json)");
    }

    private static boolean logits(ModelDirectory model, float[] sample) {
        String said = model.property(OUTPUT, "");
        switch (said) {
            case "logits" -> {
                return true;
            }
            case "probabilities" -> {
                return false;
            }
            case "" -> {
                double sum = 0;
                boolean between = true;
                for (float value : sample) {
                    sum += value;
                    between &= value >= 0 && value <= 1;
                }
                return !between || Math.abs(sum - 1) > 1e-3;
            }
            default ->
                throw new InferenceException(
                        Kind.MODEL_NOT_READY,
                        model + ": " + OUTPUT + ": " + said + " (expected: logits, probabilities)");
        }
    }
}
