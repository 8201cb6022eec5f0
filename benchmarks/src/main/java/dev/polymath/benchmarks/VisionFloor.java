package dev.polymath.benchmarks;

import ai.djl.engine.Engine;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.RgbImage;
import dev.polymath.inference.Call;
import dev.polymath.inference.ImageCaptioner;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What the models of vision can do on this machine where no picture is decoded or resized: images per second. */
final class VisionFloor {
    private static final int[] BATCHES = {1, 4, 8};
    private static final int CAPTIONS = 16;

    private VisionFloor() {}

    /**
     * One thread calls ONNX Runtime in a loop with pixels that are in place, with as many engine threads as there are cores; the
     * best of some batch sizes.
     *
     * @param duration of each batch size
     */
    static double engine(ModelDirectory model, Duration duration) throws OrtException {
        ImagePreprocessing preprocessing = preprocessing(model);
        // DJL unpacks and loads the native library.
        Engine.getEngine("OnnxRuntime");
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        double best = 0;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(Runtime.getRuntime().availableProcessors());
            try (OrtSession session = environment.createSession(
                    model.path().resolve(Floor.graph(model)).toString(), options)) {
                String input = session.getInputNames().iterator().next();
                for (int batch : BATCHES) {
                    long[] shape = {batch, 3, preprocessing.height(), preprocessing.width()};
                    FloatBuffer pixels = FloatBuffer.allocate(batch * preprocessing.size());
                    try (OnnxTensor tensor = OnnxTensor.createTensor(environment, pixels, shape)) {
                        best = Math.max(best, batch * rate(duration, () -> run(session, Map.of(input, tensor))));
                    }
                }
            }
        }
        return best;
    }

    private static void run(OrtSession session, Map<String, OnnxTensor> input) {
        try (OrtSession.Result result = session.run(input)) {
            ((OnnxTensor) result.get(0)).getFloatBuffer();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The captioner of the inference library with 16 pictures at a time that are decoded and as large as the model reads them: its
     * generation loop has no engine call to compare with that would do the same.
     *
     * @param picture to describe
     */
    static double captions(ModelDirectory model, RgbImage picture, Duration duration) {
        ImagePreprocessing preprocessing = preprocessing(model);
        RgbImage image = picture.resize(preprocessing.width(), preprocessing.height());
        List<RgbImage> images = Collections.nCopies(CAPTIONS, image);
        try (ImageCaptioner captioner =
                ImageCaptioner.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            return CAPTIONS
                    * rate(
                            duration,
                            () -> CompletableFuture.allOf(images.stream()
                                            .map(each -> captioner.captionWhenAdmitted(
                                                    each, captioner.defaults(), Call.unbounded()))
                                            .toArray(CompletableFuture[]::new))
                                    .join());
        }
    }

    private static ImagePreprocessing preprocessing(ModelDirectory model) {
        return ImagePreprocessing.read(model.file("preprocessor_config.json"));
    }

    /** Runs per second, after a lead of a quarter of the time. */
    private static double rate(Duration duration, Runnable run) {
        runs(duration.dividedBy(4), run);
        long start = System.nanoTime();
        int runs = runs(duration, run);
        return runs / ((System.nanoTime() - start) / 1e9);
    }

    private static int runs(Duration duration, Runnable run) {
        int runs = 0;
        for (long end = System.nanoTime() + duration.toNanos(); runs == 0 || System.nanoTime() - end < 0; runs++) {
            run.run();
        }
        return runs;
    }
}
