package dev.polymath.inference;

import dev.polymath.inference.SpanDecoder.Answers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A question-answering model that is loaded, warmed up and ready: finds the parts of a text that answer a question.
 * Thread-safe.
 */
public final class ExtractiveReader extends SequenceModel<ExtractiveReader.Reading, TextAnswers> {
    private static final int DEFAULT_ANSWER_TOKENS = 30;

    private final SpanDecoder decoder;

    /** What a call reads, and how many answers it wants. */
    record Reading(QuestionContext context, int limit) {}

    private ExtractiveReader(Loaded loaded, SpanDecoder decoder) {
        super(loaded);
        this.decoder = decoder;
    }

    /**
     * Loads and warms up a model with the outputs {@code start_logits} and {@code end_logits} {@code [batch, length]}; returns
     * when it is ready to answer. Beside what {@link TextTokenizer#open} and {@link LoadedModel} read, serving.properties may
     * have {@code polymath.max-answer-tokens}, 30 by default, and {@code polymath.temperature}, 1 by default, both as in
     * {@link SpanDecoder}.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static ExtractiveReader load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        SpanDecoder decoder = new SpanDecoder(
                model.positive("polymath.max-answer-tokens", DEFAULT_ANSWER_TOKENS), Probabilities.temperature(model));
        List<ModelOutput> outputs = List.of(
                new ModelOutput("start_logits", ModelOutput.Kind.TOKENS, 1),
                new ModelOutput("end_logits", ModelOutput.Kind.TOKENS, 1));
        return new ExtractiveReader(load(model, options, listener, outputs), decoder);
    }

    /**
     * Looks for the answer to a question; fails fast when the queue is full. Tokenizing happens on the calling thread, the
     * future completes on the common pool.
     *
     * @param question at most {@link TextTokenizer#maxQuestionTokens} tokens; fails with INPUT_TOO_LONG otherwise
     * @param text any length; an empty one has no answer
     * @param limit most answers wanted, >= 0
     * @param call when the answer is no longer wanted
     */
    public CompletableFuture<TextAnswers> answer(String question, String text, int limit, Call call) {
        return answer(reading(question, text, limit), call, false);
    }

    /** As {@link #answer(String, String, int, Call)}, but waits until the queue has room. */
    public CompletableFuture<TextAnswers> answerWhenAdmitted(String question, String text, int limit, Call call) {
        return answer(reading(question, text, limit), call, true);
    }

    @Override
    List<TokenSequence> sequences(Reading reading) {
        QuestionContext context = reading.context();
        return context.text().size() == 0
                ? List.of()
                : context.windows().stream().map(context::sequence).toList();
    }

    @Override
    Function<Receipt, TextAnswers> decode(Reading reading, List<float[][]> outputs) {
        QuestionContext context = reading.context();
        TokenizedText text = context.text();
        Answers answers = outputs.isEmpty()
                ? new Answers(List.of(), 1)
                : decoder.decode(
                        context,
                        outputs.stream().map(logits -> logits[0]).toList(),
                        outputs.stream().map(logits -> logits[1]).toList(),
                        reading.limit());
        List<AnswerSpan> spans = answers.spans().stream()
                .map(span -> new AnswerSpan(span.begin(text), span.end(text), span.probability()))
                .toList();
        return receipt -> new TextAnswers(
                spans, answers.noAnswer(), text.size(), context.windows().size(), receipt);
    }

    private Supplier<Reading> reading(String question, String text, int limit) {
        return () -> new Reading(tokenizer().tokenizeQuestion(question, text), limit);
    }
}
