package dev.polymath.inference;

import ai.djl.Device;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.RgbImage;
import dev.polymath.inference.InferenceException.Kind;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A model that reads images and says numbers of them. For batches and for admission, and in receipts, an image counts as a
 * token for each 16 x 16 pixels that the model reads, the patches of a vision transformer. Thread-safe.
 *
 * @param <Q> what is asked about an image
 * @param <R> what the model says of an image
 */
public abstract sealed class ImageModel<Q, R>
        extends QueuedModel<PreparedImage<Q>, PreparedImage<Q>, List<ModelArray>, R>
        permits ImageClassifier, ObjectDetector {
    private static final int PATCH = 16;

    private final ImagePreprocessing preprocessing;
    private final int tokens;

    /** What {@link #load} has loaded, for the constructor of a subclass. */
    record Loaded<Q>(
            ModelDirectory model,
            ImagePreprocessing preprocessing,
            List<LoadedModel> weights,
            List<ImageRunner<Q>> runners,
            BatchOptions batch,
            InferenceListener listener,
            List<ModelArray> sample) {

        /** Frees what is loaded if it turns out to be of no use. */
        void close() {
            weights.forEach(LoadedModel::close);
        }
    }

    ImageModel(Loaded<Q> loaded) {
        super(new Parts<>(
                loaded.model,
                loaded.weights,
                loaded.runners,
                image -> tokens(loaded.preprocessing),
                image -> 1,
                loaded.batch,
                loaded.listener));
        this.preprocessing = loaded.preprocessing;
        this.tokens = tokens(loaded.preprocessing);
    }

    /**
     * Loads the weights on every device, finds out how the graph takes images, and runs one and the largest batch, so that too
     * little memory shows now and not at noon.
     *
     * @param question any
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    static <Q> Loaded<Q> load(ModelDirectory model, InferenceOptions options, InferenceListener listener, Q question) {
        ImagePreprocessing preprocessing = preprocessing(model);
        BatchOptions batch = options.batch();
        int rows = Math.max(1, Math.min(batch.maxBatchSize(), batch.maxBatchTokens() / tokens(preprocessing)));
        List<Device> devices = LoadedModel.devices(model, options);
        List<LoadedModel> loaded = new ArrayList<>();
        List<ImageRunner<Q>> runners = new ArrayList<>();
        List<ModelArray> sample = List.of();
        try {
            for (Device device : devices) {
                LoadedModel weights = LoadedModel.load(model, options, device);
                loaded.add(weights);
                String name = LoadedModel.deviceName(device);
                try {
                    ImageRunner<Q> first = ImageRunner.probe(weights, name, preprocessing, rows, question);
                    sample = first.sample(question);
                    runners.add(first);
                } catch (RuntimeException e) {
                    throw new InferenceException(
                            Kind.MODEL_NOT_READY,
                            model + ": the first run on " + name + " with images of " + preprocessing.width() + "x"
                                    + preprocessing.height() + " failed: " + e.getMessage(),
                            Map.of(),
                            e);
                }
                for (int i = 1; i < options.workersOn(device); i++) {
                    runners.add(runners.get(runners.size() - 1).another());
                }
            }
            BatchOptions possible = runners.stream().allMatch(ImageRunner::batches) ? batch : batch.withMaxBatchSize(1);
            return new Loaded<>(model, preprocessing, loaded, runners, possible, listener, sample);
        } catch (RuntimeException e) {
            loaded.forEach(LoadedModel::close);
            throw e;
        }
    }

    /** What preprocessor_config.json of a model says. */
    static ImagePreprocessing preprocessing(ModelDirectory model) {
        try {
            return ImagePreprocessing.read(model.file("preprocessor_config.json"));
        } catch (IllegalArgumentException | UncheckedIOException e) {
            throw new InferenceException(Kind.MODEL_NOT_READY, model + ": " + e.getMessage(), Map.of(), e);
        }
    }

    /** How images are prepared; an image with {@link ImagePreprocessing#minSide} pixels of each side loses nothing. */
    public final ImagePreprocessing preprocessing() {
        return preprocessing;
    }

    @Override
    final List<PreparedImage<Q>> items(PreparedImage<Q> image) {
        return List.of(image);
    }

    @Override
    final int tokens(PreparedImage<Q> image) {
        return tokens;
    }

    @Override
    final int generatedTokens(List<ModelArray> output) {
        return 0;
    }

    final Supplier<PreparedImage<Q>> preparing(RgbImage image, Q question) {
        return () -> {
            float[] planes = new float[preprocessing.size()];
            return new PreparedImage<>(
                    planes, preprocessing.apply(image, planes, 0), image.width(), image.height(), question);
        };
    }

    private static int tokens(ImagePreprocessing preprocessing) {
        return Math.max(1, preprocessing.width() / PATCH) * Math.max(1, preprocessing.height() / PATCH);
    }
}
