package dev.polymath.inference;

import dev.polymath.inference.TokenizedText.Window;
import java.util.Arrays;
import java.util.List;

/**
 * A question and the text that may hold its answer, in the windows in which a model reads them: each window is the whole
 * question and a part of the text, for BERT {@code [CLS] question [SEP] part of the text [SEP]}. Training, evaluation and
 * serving read the same. Immutable by agreement: the arrays are not copied and must not be changed.
 *
 * @param text tokens of the text; its own windows mean nothing here
 * @param windows overlapping ranges of tokens of the text that together cover all of them; at least one, empty for a
 *     text without tokens
 * @param head ids of what stands before each window: special tokens and the question
 * @param suffix ids of the special tokens after each window
 * @param headType token type id of the head
 * @param textType token type id of the text and of the suffix
 */
public record QuestionContext(
        TokenizedText text, List<Window> windows, int[] head, int[] suffix, int headType, int textType) {
    /** Position in every sequence of the token that stands for "no answer in this window". */
    public static final int NO_ANSWER = 0;

    /** Where token {@code t} of the text is in the sequence of a window that holds it. */
    public int position(Window window, int t) {
        return head.length + t - window.from();
    }

    /** The model's input for one window: one of {@link #windows()}, or any other range of tokens. */
    public TokenSequence sequence(Window window) {
        int length = head.length + window.size() + suffix.length;
        int[] ids = Arrays.copyOf(head, length);
        System.arraycopy(text.ids(), window.from(), ids, head.length, window.size());
        System.arraycopy(suffix, 0, ids, head.length + window.size(), suffix.length);
        int[] types = new int[length];
        Arrays.fill(types, 0, head.length, headType);
        Arrays.fill(types, head.length, length, textType);
        return new TokenSequence(ids, types);
    }
}
