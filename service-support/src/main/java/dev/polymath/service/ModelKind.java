package dev.polymath.service;

import dev.polymath.inference.ExtractiveReader;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TextClassifier;
import dev.polymath.inference.TextEncoder;
import dev.polymath.inference.TextModel;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * What a slot must know of the models that it can hold.
 *
 * @param task as ListModels has it: {@code token-classification}
 * @param loader loads and warms up
 * @param device where a loaded model runs, comma-separated
 * @param labels what a loaded model can answer with; empty if it does not choose from a list
 * @param maxTokens the longest window of a loaded model, in tokens
 * @param agreement how far an answer of a shadow agrees with the one that was given
 */
public record ModelKind<M extends AutoCloseable>(
        String task,
        Loader<M> loader,
        Function<M, String> device,
        Function<M, List<String>> labels,
        ToIntFunction<M> maxTokens,
        Agreement agreement) {
    private static final String TEXT = "polymath.textanalytics.v1.";

    /** Sentence encoders. */
    public static final ModelKind<TextEncoder> TEXT_ENCODER = of(
            "feature-extraction",
            TextEncoder::load,
            encoder -> List.of(),
            Agreement.firstOf(
                    Agreement.ofVectors(TEXT + "EmbeddingResult", "embedding"),
                    Agreement.ofBest(TEXT + "TextClass", "label"),
                    Agreement.ofItems(TEXT + "KeyPhrase", "text"),
                    Agreement.ofItems(TEXT + "SummarySentence", "begin", "end")));

    /** Text classifiers; their labels are those of all heads. */
    public static final ModelKind<TextClassifier> TEXT_CLASSIFIER = of(
            "text-classification",
            TextClassifier::load,
            classifier -> classifier.heads().stream()
                    .flatMap(head -> head.labels().stream())
                    .distinct()
                    .toList(),
            Agreement.firstOf(
                    Agreement.ofItems(TEXT + "Sentiment", "label"), Agreement.ofBest(TEXT + "TextClass", "label")));

    /** Readers, which answer questions with parts of a text. */
    public static final ModelKind<ExtractiveReader> EXTRACTIVE_READER = of(
            "question-answering",
            ExtractiveReader::load,
            reader -> List.of(),
            Agreement.ofItems(TEXT + "Answer", "document_index", "begin", "end"));

    /** A kind of model that reads text. */
    public static <M extends TextModel<?, ?, ?, ?>> ModelKind<M> of(
            String task, Loader<M> loader, Function<M, List<String>> labels, Agreement agreement) {
        return new ModelKind<>(
                task,
                loader,
                TextModel::device,
                labels,
                model -> model.tokenizer().maxLength(),
                agreement);
    }

    /** Loads and warms up a model. */
    @FunctionalInterface
    public interface Loader<M> {
        M load(ModelDirectory model, InferenceOptions options, InferenceListener listener);
    }
}
