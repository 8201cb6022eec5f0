package dev.polymath.training.tokenclassification;

import java.util.List;

/** The words of one sentence, each with its IOB2 label ({@code O}, {@code B-PERSON}, {@code I-PERSON}). Immutable. */
public record TaggedSentence(List<Word> words) {

    /**
     * One word as the data splits it.
     *
     * @param label {@code O}, or {@code B-} or {@code I-} and an entity type
     * @param spaceBefore whether white space separates it from the word before it
     */
    public record Word(String text, String label, boolean spaceBefore) {
        Word withText(String newText) {
            return new Word(newText, label, spaceBefore);
        }

        Word withLabel(String newLabel) {
            return new Word(text, newLabel, spaceBefore);
        }
    }

    public TaggedSentence {
        words = List.copyOf(words);
    }

    /** The sentence as running text: what serving would be given. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Word word : words) {
            if (word.spaceBefore() && text.length() > 0) {
                text.append(' ');
            }
            text.append(word.text());
        }
        return text.toString();
    }

    /** UTF-16 offset in {@link #text()} of the first character of each word. */
    public int[] begins() {
        int[] begins = new int[words.size()];
        int position = 0;
        for (int i = 0; i < begins.length; i++) {
            if (words.get(i).spaceBefore() && position > 0) {
                position++;
            }
            begins[i] = position;
            position += words.get(i).text().length();
        }
        return begins;
    }

    public List<String> labels() {
        return words.stream().map(Word::label).toList();
    }
}
