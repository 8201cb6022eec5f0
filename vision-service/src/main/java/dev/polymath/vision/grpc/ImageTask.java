package dev.polymath.vision.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.inference.Call;
import dev.polymath.inference.Receipt;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import dev.polymath.vision.AnalyzedImage;
import dev.polymath.vision.ImageAnalyzer;
import dev.polymath.vision.ImagePlan;
import dev.polymath.vision.UnusableImageException;
import dev.polymath.vision.v1.Image;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What is done with each image of a call.
 *
 * @param <R> the result of an image on the wire
 */
final class ImageTask<R> implements DocumentBatch.Task<Image, R> {
    private final ImageAnalyzer analyzer;
    private final ImagePlan plan;
    private final Call call;
    private final Answers<R> answers;
    private final LongAdder decodeNanos = new LongAdder();

    /**
     * How a result is written.
     *
     * @param found of an image
     * @param failed of an image that has an error
     * @param receipts of an image, in the order in which they are sent
     */
    record Answers<R>(
            BiFunction<Image, AnalyzedImage, R> found,
            BiFunction<Image, Status, R> failed,
            Function<AnalyzedImage.Receipts, List<Receipt>> receipts) {}

    ImageTask(ImageAnalyzer analyzer, ImagePlan plan, Call call, Answers<R> answers) {
        this.analyzer = analyzer;
        this.plan = plan;
        this.call = call;
        this.answers = answers;
    }

    @Override
    public CompletionStage<Analyzed<R>> analyze(Image image, String path, boolean patient) {
        Violations violations = new Violations();
        ImageChecks.check(image, path, violations);
        violations.throwIfAny();
        return analyze(analyzer, image, path, plan, call, patient).thenApply(found -> {
            decodeNanos.add(found.receipts().decode().toNanos());
            return new Analyzed<>(
                    answers.found().apply(image, found), answers.receipts().apply(found.receipts()));
        });
    }

    /**
     * Analyzes an image.
     *
     * @return fails with an InvalidRequestException that names the field if the file is to blame
     */
    static CompletableFuture<AnalyzedImage> analyze(
            ImageAnalyzer analyzer, Image image, String path, ImagePlan plan, Call call, boolean patient) {
        return analyzer.analyze(() -> image.getContent().toByteArray(), plan, call, patient)
                .handle((found, failure) -> {
                    if (failure != null) {
                        throw new CompletionException(onWire(failure, path + ".content"));
                    }
                    return found;
                });
    }

    private static Throwable onWire(Throwable failure, String field) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (!(cause instanceof UnusableImageException unusable)) {
            return cause;
        }
        Violations violations = new Violations();
        violations.add(
                switch (unusable.kind()) {
                    case UNDECODABLE -> ErrorReason.ERROR_REASON_UNDECODABLE_IMAGE;
                    case TOO_LARGE -> ErrorReason.ERROR_REASON_INPUT_TOO_LONG;
                    case TOO_SMALL -> ErrorReason.ERROR_REASON_INVALID_INPUT;
                },
                field,
                String.valueOf(unusable.getMessage()));
        return violations.exception();
    }

    @Override
    public R failed(Image image, Status error) {
        return answers.failed().apply(image, error);
    }

    /** Time spent decoding the images that were analyzed. */
    Duration decodeDuration() {
        return Duration.ofNanos(decodeNanos.sum());
    }
}
