package dev.polymath.training.questionanswering;

import dev.polymath.inference.QuestionContext;
import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.TokenizedText;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads questions and their texts with the tokenizer of serving, each text once. An answer becomes the tokens of the words that it
 * touches, because serving answers in whole words. Not thread-safe.
 */
final class QuestionEncoder {
    private final TextTokenizer tokenizer;
    private final Map<String, TokenizedText> texts = new HashMap<>();

    QuestionEncoder(TextTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * A question as tokens.
     *
     * @param first first token in the text of its first answer; -1 if the text does not answer it
     * @param last last token of that answer; -1 likewise
     */
    record Encoded(Question question, QuestionContext context, int first, int last) {
        boolean isAnswered() {
            return first >= 0;
        }
    }

    /** Empty if the question is too long, or its answer has no tokens. */
    Optional<Encoded> encode(Question question) {
        TokenizedText asked = tokenizer.tokenize(question.text());
        if (asked.size() == 0 || asked.size() > tokenizer.maxQuestionTokens()) {
            return Optional.empty();
        }
        TokenizedText text = texts.computeIfAbsent(question.context(), tokenizer::tokenize);
        QuestionContext context = tokenizer.pair(asked, text);
        if (question.answers().isEmpty()) {
            return Optional.of(new Encoded(question, context, -1, -1));
        }
        Question.Answer answer = question.answers().get(0);
        int first = 0;
        while (first < text.size() && text.ends()[first] <= answer.begin()) {
            first++;
        }
        int last = text.size() - 1;
        while (last >= 0 && text.begins()[last] >= answer.end()) {
            last--;
        }
        if (first > last) {
            return Optional.empty();
        }
        while (!text.startsWord(first)) {
            first--;
        }
        while (!text.endsWord(last)) {
            last++;
        }
        return Optional.of(new Encoded(question, context, first, last));
    }
}
