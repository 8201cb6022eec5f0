package dev.polymath.training.questionanswering;

import java.util.List;

/**
 * A question to a text. Immutable.
 *
 * @param article title of what the text is a part of; questions of one article are trained on, or evaluated with, together
 * @param answers that people have marked in the text; empty: the text does not answer the question
 */
public record Question(String article, String context, String text, List<Answer> answers) {

    /** {@code context.substring(begin, begin + text.length())} is {@code text}. */
    public record Answer(String text, int begin) {
        int end() {
            return begin + text.length();
        }
    }

    public Question {
        answers = List.copyOf(answers);
    }

    /** The same question to a text that does not answer it. */
    Question withoutAnswerIn(String otherContext) {
        return new Question(article, otherContext, text, List.of());
    }
}
