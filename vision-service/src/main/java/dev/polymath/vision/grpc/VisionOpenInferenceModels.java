package dev.polymath.vision.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.Call;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.ModelSlot;
import dev.polymath.service.OpenInferenceModel;
import dev.polymath.service.ResultJson;
import dev.polymath.service.Violations;
import dev.polymath.vision.ImageAnalyzer;
import dev.polymath.vision.grpc.ImageTask.Answers;
import dev.polymath.vision.grpc.VisionPlans.Checked;
import dev.polymath.vision.v1.AnalyzeImageRequest;
import dev.polymath.vision.v1.CaptionImageRequest;
import dev.polymath.vision.v1.DetectObjectsRequest;
import dev.polymath.vision.v1.Feature;
import dev.polymath.vision.v1.Image;
import dev.polymath.vision.v1.TagOptions;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Over the Open Inference Protocol: the bytes of image files in a tensor {@code image}, for each a DetectionResult,
 * CaptionResult or ImageAnalysis in JSON out, with the options of a request that says nothing but its model.
 */
@Dependent
class VisionOpenInferenceModels {
    private final HostedVisionModels models;
    private final VisionPlans plans;
    private final ImageChecks checks;
    private final ImageAnalyzer analyzer;

    @Inject
    VisionOpenInferenceModels(
            HostedVisionModels models, VisionPlans plans, VisionConfig config, ImageAnalyzer analyzer) {
        this.models = models;
        this.plans = plans;
        this.checks = new ImageChecks(config.limits().maxImages());
        this.analyzer = analyzer;
    }

    @Produces
    @Singleton
    OpenInferenceModel detectors() {
        return new Images<>(
                models::detectorSlots,
                "detection",
                (ref, violations) -> plans.detection(
                        DetectObjectsRequest.newBuilder().setModel(ref).build(), violations),
                VisionMessages.DETECTION);
    }

    @Produces
    @Singleton
    OpenInferenceModel captioners() {
        return new Images<>(
                models::captionerSlots,
                "caption",
                (ref, violations) -> plans.caption(
                        CaptionImageRequest.newBuilder().setModel(ref).build(), violations),
                VisionMessages.CAPTION);
    }

    @Produces
    @Singleton
    OpenInferenceModel taggers() {
        return new Images<>(
                models::taggerSlots,
                "tags",
                (ref, violations) -> plans.analysis(
                        AnalyzeImageRequest.newBuilder()
                                .addFeatures(Feature.FEATURE_TAGS)
                                .setTags(TagOptions.newBuilder().setModel(ref))
                                .build(),
                        violations),
                VisionMessages.analysis(false));
    }

    /** Images in, one result message each out. */
    private final class Images<R extends Message> implements OpenInferenceModel {
        private final Supplier<List<? extends ModelSlot<?>>> slots;
        private final String output;
        private final BiFunction<ModelRef, Violations, Checked> plan;
        private final Answers<R> answers;

        Images(
                Supplier<List<? extends ModelSlot<?>>> slots,
                String output,
                BiFunction<ModelRef, Violations, Checked> plan,
                Answers<R> answers) {
            this.slots = slots;
            this.output = output;
            this.plan = plan;
            this.answers = answers;
        }

        @Override
        public List<? extends ModelSlot<?>> slots() {
            return slots.get();
        }

        @Override
        public String input() {
            return "image";
        }

        @Override
        public String output() {
            return output;
        }

        @Override
        public CompletionStage<List<ByteString>> infer(ModelRef model, List<ByteString> elements, Call call) {
            List<Image> images = elements.stream()
                    .map(file -> Image.newBuilder().setContent(file).build())
                    .toList();
            Violations violations = new Violations();
            checks.check(images, violations);
            Checked checked = plan.apply(model, violations);
            violations.throwIfAny();
            return DocumentBatch.analyze("images", images, new ImageTask<>(analyzer, checked.plan(), call, answers))
                    .thenApply(answer ->
                            answer.results().stream().map(ResultJson::of).toList());
        }
    }
}
