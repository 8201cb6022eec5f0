package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.inference.Call;
import dev.polymath.inference.ClassificationHead;
import dev.polymath.inference.Receipt;
import dev.polymath.inference.TextClassifier;
import dev.polymath.service.Checks;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.ClassLabel;
import dev.polymath.textanalytics.Classification;
import dev.polymath.textanalytics.TextClass;
import dev.polymath.textanalytics.ZeroShotClassifier;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import dev.polymath.textanalytics.v1.ClassificationResult;
import dev.polymath.textanalytics.v1.ClassifyTextRequest;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;

/** ClassifyText. */
record ClassificationFeature(List<String> languages, Receipt noWork, Classifier classifier)
        implements TextFeature<ClassificationResult> {
    private static final int MAX_NAME = 200;
    private static final int MAX_DESCRIPTION = 2000;

    /** Sorts a text into the classes of the request. */
    interface Classifier {
        CompletableFuture<Classification> classify(AnalyzedText text, Call call, boolean patient);
    }

    static ClassificationFeature of(
            ClassifyTextRequest request,
            String path,
            TextModels models,
            TextAnalyticsConfig config,
            Call call,
            Violations violations) {
        Checks.confidence(request.getMinConfidence(), path + "min_confidence", violations);
        int topK = Checks.count(request.getTopK(), 0, Integer.MAX_VALUE, path + "top_k", violations);
        int most = topK == 0 ? Integer.MAX_VALUE : topK;
        if (models.isClassifier(request.getModel())) {
            if (request.getLabelsCount() > 0) {
                violations.add(
                        path + "labels",
                        request.getLabelsCount()
                                + " labels (expected: none with a fine-tuned model, which brings its own)");
            }
            if (request.getMultiLabel()) {
                violations.add(path + "multi_label", "true (expected: false with a fine-tuned model)");
            }
            Hosted<TextClassifier> hosted = models.classifier(request.getModel());
            return new ClassificationFeature(
                    hosted.languages(),
                    hosted.noWork(),
                    (text, own, patient) -> fineTuned(hosted.patient(), text.text(), own, patient)
                            .thenApply(all -> top(all, request.getMinConfidence(), most)));
        }
        labels(request.getLabelsList(), path + "labels", config.maxLabels(), violations);
        violations.throwIfAny();
        Hosted<TextModels.Encoder> hosted = models.encoder(request.getModel());
        ZeroShotClassifier.Labels failFast = labels(hosted.failFast(), request, call);
        ZeroShotClassifier.Labels patientLabels = labels(hosted.patient(), request, call);
        return new ClassificationFeature(
                hosted.languages(),
                hosted.noWork(),
                (text, own, patient) -> (patient ? patientLabels : failFast)
                        .classify(
                                text.encoder(hosted, patient).embedder(),
                                text.text(),
                                request.getMultiLabel(),
                                most,
                                request.getMinConfidence(),
                                own));
    }

    private static ZeroShotClassifier.Labels labels(
            TextModels.Encoder encoder, ClassifyTextRequest request, Call call) {
        return encoder.classifier()
                .labels(
                        request.getLabelsList().stream()
                                .map(label -> new ClassLabel(label.getLabel(), label.getDescription()))
                                .toList(),
                        call);
    }

    private static CompletableFuture<Classification> fineTuned(
            TextClassifier model, String text, Call call, boolean patient) {
        return (patient ? model.classifyWhenAdmitted(text, call) : model.classify(text, call)).thenApply(read -> {
            ClassificationHead head = model.heads().get(0);
            float[] probabilities = read.probabilities().get(0);
            return new Classification(
                    IntStream.range(0, probabilities.length)
                            .filter(i -> !head.multiLabel() || probabilities[i] >= head.threshold(i))
                            .mapToObj(i -> new TextClass(head.labels().get(i), probabilities[i]))
                            .sorted(Comparator.comparingDouble(TextClass::confidence)
                                    .reversed())
                            .toList(),
                    read.windows(),
                    read.receipt());
        });
    }

    private static Classification top(Classification all, double minConfidence, int most) {
        return new Classification(
                all.classes().stream()
                        .filter(each -> each.confidence() >= minConfidence)
                        .limit(most)
                        .toList(),
                all.windows(),
                all.receipt());
    }

    private static void labels(
            List<dev.polymath.textanalytics.v1.ClassLabel> labels, String field, int maxLabels, Violations violations) {
        String count = labels.size() + " labels (expected: 2 to " + maxLabels + ", or a fine-tuned model)";
        if (labels.size() < 2) {
            violations.add(field, count);
        } else if (labels.size() > maxLabels) {
            violations.add(ErrorReason.ERROR_REASON_INPUT_TOO_LONG, field, count);
            return;
        }
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            String name = labels.get(i).getLabel();
            String path = field + "[" + i + "]";
            if (name.isBlank()) {
                violations.add(path + ".label", "empty (expected: a name)");
            } else if (name.length() > MAX_NAME) {
                violations.add(path + ".label", name.length() + " characters (expected: <= " + MAX_NAME + ")");
            }
            Integer first = seen.putIfAbsent(name, i);
            if (first != null) {
                violations.add(path + ".label", "the same as " + field + "[" + first + "].label (expected: unique)");
            }
            int length = labels.get(i).getDescription().length();
            if (length > MAX_DESCRIPTION) {
                violations.add(path + ".description", length + " characters (expected: <= " + MAX_DESCRIPTION + ")");
            }
        }
    }

    @Override
    public CompletionStage<Analyzed<ClassificationResult>> analyze(AnalyzedText text, Call call, boolean patient) {
        return classifier.classify(text, call, patient).thenApply(classification -> {
            ClassificationResult.Builder result = ClassificationResult.newBuilder()
                    .setId(text.id())
                    .setCoverage(text.coverage(classification.windows()));
            classification
                    .classes()
                    .forEach(each -> result.addClasses(dev.polymath.textanalytics.v1.TextClass.newBuilder()
                            .setLabel(each.label())
                            .setConfidence(each.confidence())));
            return new Analyzed<>(result.build(), List.of(classification.receipt()));
        });
    }

    @Override
    public ClassificationResult failed(Document document, Status error) {
        return ClassificationResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }
}
