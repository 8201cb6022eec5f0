package dev.polymath.inference;

import java.util.List;

/**
 * A text as tokens, without special tokens, and the windows in which a model reads them. Token {@code t} is
 * {@code text[begin(t), end(t))} in UTF-16 units and belongs to word {@code word(t)}; words are those of the
 * tokenizer's pre-tokenizer (runs of letters and digits, single punctuation marks), numbered from 0 in order. Immutable
 * by agreement: the arrays are not copied and must not be changed.
 *
 * @param ids token ids
 * @param typeIds token type ids
 * @param begins first UTF-16 index of each token
 * @param ends UTF-16 index after each token
 * @param words word of each token, ascending
 * @param windows overlapping ranges of tokens that together cover all of them; at least one, empty for a text without
 *     tokens
 * @param prefix ids of the special tokens before each window
 * @param suffix ids of the special tokens after each window
 */
public record TokenizedText(
        int[] ids,
        int[] typeIds,
        int[] begins,
        int[] ends,
        int[] words,
        List<Window> windows,
        int[] prefix,
        int[] suffix) {

    /**
     * Tokens {@code [from, to)} of a text.
     *
     * @param from first token
     * @param to token after the last
     */
    public record Window(int from, int to) {
        public int size() {
            return to - from;
        }
    }

    /** Number of tokens, special tokens not counted. */
    public int size() {
        return ids.length;
    }

    /** Whether token {@code t} is the first of its word. */
    public boolean startsWord(int t) {
        return t == 0 || words[t] != words[t - 1];
    }

    /** Whether token {@code t} is the last of its word. */
    public boolean endsWord(int t) {
        return t == size() - 1 || words[t] != words[t + 1];
    }

    /**
     * The first token whose result is taken from window {@code w}: in the overlap of two windows each decides on the half
     * that is farther from its edge.
     */
    public int decidesFrom(int w) {
        return w == 0 ? 0 : (windows.get(w).from + windows.get(w - 1).to + 1) / 2;
    }

    /** The token after the last whose result is taken from window {@code w}. */
    public int decidesTo(int w) {
        return w == windows.size() - 1 ? size() : decidesFrom(w + 1);
    }

    /** The model's input for one window: prefix, the window's tokens, suffix. Special tokens have type id 0. */
    public TokenSequence sequence(Window window) {
        int length = prefix.length + window.size() + suffix.length;
        int[] sequence = new int[length];
        int[] types = new int[length];
        System.arraycopy(prefix, 0, sequence, 0, prefix.length);
        System.arraycopy(ids, window.from, sequence, prefix.length, window.size());
        System.arraycopy(typeIds, window.from, types, prefix.length, window.size());
        System.arraycopy(suffix, 0, sequence, prefix.length + window.size(), suffix.length);
        return new TokenSequence(sequence, types);
    }

    /** The model's inputs for all windows. */
    public List<TokenSequence> sequences() {
        return windows.stream().map(this::sequence).toList();
    }

    /**
     * One vector for the text from one for each window: their mean, weighted by the tokens that each window
     * {@linkplain #decidesFrom decides} on.
     */
    float[] mean(List<float[]> perWindow) {
        if (perWindow.size() == 1) {
            return perWindow.get(0);
        }
        float[] mean = new float[perWindow.get(0).length];
        for (int w = 0; w < perWindow.size(); w++) {
            float weight = (float) (decidesTo(w) - decidesFrom(w)) / size();
            for (int i = 0; i < mean.length; i++) {
                mean[i] += weight * perWindow.get(w)[i];
            }
        }
        return mean;
    }
}
