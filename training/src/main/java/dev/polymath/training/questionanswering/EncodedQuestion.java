package dev.polymath.training.questionanswering;

import dev.polymath.inference.QuestionContext;
import dev.polymath.inference.TokenSequence;
import dev.polymath.inference.TokenizedText.Window;
import dev.polymath.training.encoder.EncodedText;

/**
 * One window of a question's text as the model reads it, with the positions it should point at.
 *
 * @param from first position in {@code input} that may begin an answer
 * @param to position after the last that may end one
 * @param start position of the answer's first token, or {@link QuestionContext#NO_ANSWER}
 * @param end position of its last token, or {@link QuestionContext#NO_ANSWER}
 */
record EncodedQuestion(TokenSequence input, int from, int to, int start, int end) implements EncodedText {

    static EncodedQuestion answered(QuestionContext context, Window window, int firstToken, int lastToken) {
        return of(context, window, context.position(window, firstToken), context.position(window, lastToken));
    }

    static EncodedQuestion unanswered(QuestionContext context, Window window) {
        return of(context, window, QuestionContext.NO_ANSWER, QuestionContext.NO_ANSWER);
    }

    private static EncodedQuestion of(QuestionContext context, Window window, int start, int end) {
        return new EncodedQuestion(
                context.sequence(window),
                context.position(window, window.from()),
                context.position(window, window.to()),
                start,
                end);
    }

    /** Whether the model may point here: the text, or "no answer". */
    boolean isCandidate(int position) {
        return position == QuestionContext.NO_ANSWER || (position >= from && position < to);
    }
}
