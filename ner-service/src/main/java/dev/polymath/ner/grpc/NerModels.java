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
import dev.polymath.service.ModelKind;
import dev.polymath.service.ModelSlot;
import dev.polymath.service.ModelSlots;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** The models of the service, each with the recognizers beside it. Thread-safe. */
@ApplicationScoped
class NerModels {
    static final String DEFAULT_SLOT = "ner";

    private static final ModelKind<TokenClassifier> KIND = ModelKind.of(
            "token-classification",
            TokenClassifier::load,
            classifier -> new Iob2Decoder(classifier.model().labels()).types());

    private final ModelSlots modelSlots;
    private final List<Recognizer> recognizers;
    private final Map<ModelSlot<?>, NerModel> models = new ConcurrentHashMap<>();
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
        return get(ModelSlots.select(slots, ref));
    }

    NerModel get(ModelSlot<?> slot) {
        ModelSlot<TokenClassifier> chosen = slots.stream()
                .filter(candidate -> candidate == slot)
                .findFirst()
                .orElseThrow();
        TokenClassifier classifier = chosen.model();
        return models.computeIfAbsent(slot, key -> model(chosen, classifier));
    }

    private NerModel model(ModelSlot<TokenClassifier> slot, TokenClassifier classifier) {
        Iob2Decoder decoder = new Iob2Decoder(classifier.model().labels());
        return new NerModel(
                slot.languages(),
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
