package dev.polymath.vision.grpc;

import dev.polymath.inference.Call;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.StreamHandler;
import dev.polymath.service.StreamOptions;
import dev.polymath.vision.ImageAnalyzer;
import dev.polymath.vision.grpc.VisionPlans.Checked;
import dev.polymath.vision.v1.DetectObjectsRequest;
import dev.polymath.vision.v1.DetectionResult;
import dev.polymath.vision.v1.Image;
import dev.polymath.vision.v1.StreamDetectObjectsRequest;
import dev.polymath.vision.v1.StreamDetectObjectsResponse;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** One stream: the options first, then images. */
final class DetectionStream implements StreamHandler<StreamDetectObjectsRequest, StreamDetectObjectsResponse> {
    private final ImageAnalyzer analyzer;
    private final Call call;
    private final StreamOptions<DetectObjectsRequest, Checked> options;

    DetectionStream(ImageAnalyzer analyzer, Call call, Function<DetectObjectsRequest, Checked> check) {
        this.analyzer = analyzer;
        this.call = call;
        this.options = new StreamOptions<>(DetectObjectsRequest.getDefaultInstance(), check, "images");
    }

    @Override
    public CompletionStage<StreamDetectObjectsResponse> next(StreamDetectObjectsRequest message) {
        return switch (message.getItemCase()) {
            case OPTIONS ->
                options.set(message.getOptions(), message.getOptions().getImagesCount());
            case IMAGE -> detect(message.getImage(), options.get());
            case ITEM_NOT_SET -> throw StreamOptions.neither("image");
        };
    }

    private CompletionStage<StreamDetectObjectsResponse> detect(Image image, Checked checked) {
        ImageTask<DetectionResult> task = new ImageTask<>(analyzer, checked.plan(), call, VisionMessages.DETECTION);
        return DocumentBatch.analyzeOne("image", image, task)
                .thenApply(answer -> StreamDetectObjectsResponse.newBuilder()
                        .setResult(answer.results().get(0))
                        .setReceipt(VisionMessages.receipts(answer.receipts(), checked)
                                .get(0))
                        .setImageDecodeDuration(VisionMessages.duration(task.decodeDuration()))
                        .build());
    }
}
