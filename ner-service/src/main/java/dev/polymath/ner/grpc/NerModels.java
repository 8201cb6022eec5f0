package dev.polymath.ner.grpc;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.Call;
import dev.polymath.inference.Iob2Decoder;
import dev.polymath.inference.Receipt;
import dev.polymath.inference.TokenClassification;
import dev.polymath.inference.TokenClassifier;
import dev.polymath.ner.EntityPattern;
import dev.polymath.ner.EntityRecognizer;
import dev.polymath.ner.PatternRecognizer;
import dev.polymath.ner.Recognizer;
import dev.polymath.ner.SpanModel.Spans;
import dev.polymath.service.Agreement;
import dev.polymath.service.ModelKind;
import dev.polymath.service.ModelSlot;
import dev.polymath.service.ModelSlots;
import dev.polymath.service.ModelVersion;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** The models of the service, each with the recognizers beside it. Thread-safe. */
@ApplicationScoped
class NerModels {
    static final String DEFAULT_SLOT = "ner";

    private static final ModelKind<TokenClassifier> KIND = ModelKind.of(
            "token-classification",
            TokenClassifier::load,
            classifier -> new Iob2Decoder(classifier.model().labels()).types(),
            Agreement.firstOf(
                    Agreement.ofItems("polymath.ner.v1.Entity", "type", "begin", "end"),
                    Agreement.ofItems("polymath.ner.v1.FieldValue", "type", "begin", "end")));

    private final ModelSlots modelSlots;
    private final List<Recognizer> recognizers;
    private volatile List<ModelSlot<TokenClassifier>> slots = List.of();

    @Inject
    NerModels(ModelSlots modelSlots, NerConfig config) {
        this.modelSlots = modelSlots;
        Stream<Recognizer> configured = config.patterns().entrySet().stream()
                .map(entry -> new PatternRecognizer(
                        new EntityPattern(
                                entry.getKey(),
                                entry.getValue().regex(),
                                entry.getValue().confidence().orElse(0)),
                        entry.getValue().description().orElse("As in the configuration."),
                        entry.getValue().example().orElse("")));
        recognizers = Stream.concat(Recognizer.standard().stream(), configured).toList();
    }

    void start(@Observes StartupEvent event) {
        slots = modelSlots.load(DEFAULT_SLOT, KIND);
    }

    List<ModelSlot<TokenClassifier>> slots() {
        return slots;
    }

    /** The model that a request asks for. */
    NerModel get(ModelRef ref) {
        return ModelSlots.select(slots, ref).made(this::model);
    }

    private NerModel model(ModelVersion<TokenClassifier> version) {
        TokenClassifier classifier = version.model();
        Iob2Decoder decoder = new Iob2Decoder(classifier.model().labels());
        return new NerModel(
                version.languages(),
                Receipt.none(classifier.model(), classifier.device()),
                recognizer(decoder, classifier::classify),
                recognizer(decoder, classifier::classifyWhenAdmitted));
    }

    private EntityRecognizer recognizer(
            Iob2Decoder decoder, BiFunction<String, Call, CompletableFuture<TokenClassification>> classify) {
        return new EntityRecognizer(
                (text, call) -> classify.apply(text, call).thenApply(classification -> spans(decoder, classification)),
                decoder.types(),
                recognizers);
    }

    private static Spans spans(Iob2Decoder decoder, TokenClassification classification) {
        long start = System.nanoTime();
        var spans = decoder.decode(classification);
        Duration decode = Duration.ofNanos(System.nanoTime() - start);
        return new Spans(
                spans, classification.windows(), classification.receipt().plusDecode(decode));
    }
}
