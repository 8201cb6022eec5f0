package dev.polymath.textanalytics.grpc;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.ExtractiveReader;
import dev.polymath.inference.Receipt;
import dev.polymath.inference.SequenceModel;
import dev.polymath.inference.TextClassifier;
import dev.polymath.inference.TextEncoder;
import dev.polymath.service.ModelKind;
import dev.polymath.service.ModelSlot;
import dev.polymath.service.ModelSlots;
import dev.polymath.service.ModelVersion;
import dev.polymath.text.SentenceSplitter;
import dev.polymath.textanalytics.CachedEmbedder;
import dev.polymath.textanalytics.Embedder;
import dev.polymath.textanalytics.ExtractiveSummarizer;
import dev.polymath.textanalytics.KeyPhraseExtractor;
import dev.polymath.textanalytics.SentimentAnalyzer;
import dev.polymath.textanalytics.SharedEmbedder;
import dev.polymath.textanalytics.ZeroShotClassifier;
import dev.polymath.textanalytics.ZeroShotClassifier.Calibration;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;
import java.util.function.BiFunction;

/**
 * The models of the service and what is made of each. A slot's kind is in its name: {@code embeddings},
 * {@code sentiment}, {@code question-answering} and {@code classification}, and {@code embeddings-...} and so on for more
 * than one. Thread-safe.
 */
@ApplicationScoped
class TextModels {
    static final String EMBEDDINGS = "embeddings";
    static final String SENTIMENT = "sentiment";
    static final String QUESTION_ANSWERING = "question-answering";
    static final String CLASSIFICATION = "classification";

    private final ModelSlots modelSlots;
    private final TextAnalyticsConfig config;
    private volatile List<ModelSlot<TextEncoder>> encoders = List.of();
    private volatile List<ModelSlot<TextClassifier>> sentiments = List.of();
    private volatile List<ModelSlot<TextClassifier>> classifiers = List.of();
    private volatile List<ModelSlot<ExtractiveReader>> readers = List.of();

    @Inject
    TextModels(ModelSlots modelSlots, TextAnalyticsConfig config) {
        this.modelSlots = modelSlots;
        this.config = config;
    }

    /**
     * A loaded model and what is made of it.
     *
     * @param ref its name and version
     * @param languages that it reads, BCP-47; empty means that it does not say
     * @param noWork the receipt of a request for which it had nothing to do
     * @param failFast fails with OVERLOADED where a queue has no room: for the first document of a call
     * @param patient waits for room on the calling thread: for documents of a call that has been admitted
     */
    record Hosted<T>(ModelRef ref, List<String> languages, Receipt noWork, T failFast, T patient) {
        T get(boolean waits) {
            return waits ? patient : failFast;
        }
    }

    /** What is made of a sentence encoder. */
    record Encoder(Embedder embedder, SentenceSplitter splitter, ZeroShotClassifier classifier) {
        KeyPhraseExtractor keyPhrases() {
            return new KeyPhraseExtractor(embedder);
        }

        ExtractiveSummarizer summarizer() {
            return new ExtractiveSummarizer(splitter, embedder);
        }

        /** The same for one document: what several features want to have embedded is embedded once. */
        Encoder sharing() {
            return new Encoder(new SharedEmbedder(embedder), splitter, classifier);
        }
    }

    void start(@Observes StartupEvent event) {
        encoders = modelSlots.loadNamed(EMBEDDINGS, ModelKind.TEXT_ENCODER);
        sentiments = modelSlots.loadNamed(SENTIMENT, ModelKind.TEXT_CLASSIFIER);
        classifiers = modelSlots.loadNamed(CLASSIFICATION, ModelKind.TEXT_CLASSIFIER);
        readers = modelSlots.loadNamed(QUESTION_ANSWERING, ModelKind.EXTRACTIVE_READER);
        modelSlots.requireNamed(EMBEDDINGS, SENTIMENT, CLASSIFICATION, QUESTION_ANSWERING);
    }

    List<ModelSlot<TextEncoder>> encoders() {
        return encoders;
    }

    List<ModelSlot<TextClassifier>> sentiments() {
        return sentiments;
    }

    List<ModelSlot<TextClassifier>> classifiers() {
        return classifiers;
    }

    List<ModelSlot<ExtractiveReader>> readers() {
        return readers;
    }

    Hosted<Encoder> encoder(ModelRef ref) {
        ModelVersion<TextEncoder> version = ModelSlots.select(encoders, ref, EMBEDDINGS);
        return hosted(version, (model, waits) -> {
            Embedder embedder = waits ? model::embedAllWhenAdmitted : model::embedAll;
            return new Encoder(
                    embedder,
                    splitter(version),
                    new ZeroShotClassifier(new CachedEmbedder(embedder, config.cachedLabels()), Calibration.MINILM));
        });
    }

    Hosted<SentimentAnalyzer> sentiment(ModelRef ref) {
        ModelVersion<TextClassifier> version = ModelSlots.select(sentiments, ref, SENTIMENT);
        return hosted(
                version,
                (model, waits) -> new SentimentAnalyzer(
                        splitter(version), waits ? model::classifyAllWhenAdmitted : model::classifyAll, model.heads()));
    }

    Hosted<TextClassifier> classifier(ModelRef ref) {
        return hosted(ModelSlots.select(classifiers, ref, CLASSIFICATION), (model, waits) -> model);
    }

    /** Whether a request means a fine-tuned classifier and not a sentence encoder. */
    boolean isClassifier(ModelRef ref) {
        return !ref.getName().isEmpty() && classifiers.stream().anyMatch(slot -> slot.has(ref.getName()));
    }

    Hosted<ExtractiveReader> reader(ModelRef ref) {
        return hosted(ModelSlots.select(readers, ref, QUESTION_ANSWERING), (model, waits) -> model);
    }

    private static SentenceSplitter splitter(ModelVersion<?> version) {
        return SentenceSplitter.forLanguage(
                version.languages().isEmpty() ? "und" : version.languages().get(0));
    }

    private static <M extends SequenceModel<?, ?>, T> Hosted<T> hosted(
            ModelVersion<M> version, BiFunction<M, Boolean, T> maker) {
        return version.made(made -> {
            M model = made.model();
            return new Hosted<>(
                    made.ref(),
                    made.languages(),
                    Receipt.none(model.model(), model.device()),
                    maker.apply(model, false),
                    maker.apply(model, true));
        });
    }
}
