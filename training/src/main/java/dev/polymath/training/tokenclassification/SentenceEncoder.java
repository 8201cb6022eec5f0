package dev.polymath.training.tokenclassification;

import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.TokenSequence;
import dev.polymath.inference.TokenizedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Aligns the words of the data with the tokens of the model. The sentence is tokenised as the text that it is, by the tokenizer of
 * serving, so that both see the same tokens. The first sub-word of each of the tokenizer's words carries the label; a word of the
 * data that is several of them ({@code U.S.}) continues with {@code I-}. Other sub-words are ignored, or repeat the label as
 * {@code I-}. Thread-safe.
 */
final class SentenceEncoder {
    private final TextTokenizer tokenizer;
    private final Map<String, Integer> ids = new HashMap<>();
    private final boolean labelAllSubwords;

    /** @param labels in id order, IOB2 */
    SentenceEncoder(TextTokenizer tokenizer, List<String> labels, boolean labelAllSubwords) {
        this.tokenizer = tokenizer;
        this.labelAllSubwords = labelAllSubwords;
        for (String label : labels) {
            ids.put(label, ids.size());
        }
    }

    /** The sentence in as many parts as the model's window asks for: nearly always one. Nothing is cut off. */
    List<EncodedSentence> encode(TaggedSentence sentence) {
        List<EncodedSentence> parts = new ArrayList<>(1);
        encode(sentence, parts);
        return parts;
    }

    private void encode(TaggedSentence sentence, List<EncodedSentence> parts) {
        TokenizedText tokens = tokenizer.tokenize(sentence.text());
        List<TaggedSentence.Word> words = sentence.words();
        if (tokens.windows().size() > 1 && words.size() > 1) {
            int middle = middle(words);
            encode(new TaggedSentence(words.subList(0, middle)), parts);
            encode(new TaggedSentence(words.subList(middle, words.size())), parts);
            return;
        }
        parts.add(align(sentence, tokens));
    }

    /** A place near the middle that does not cut an entity, if there is one. */
    private static int middle(List<TaggedSentence.Word> words) {
        int middle = words.size() / 2;
        for (int distance = 0; distance < words.size() / 2; distance++) {
            for (int candidate : new int[] {middle - distance, middle + distance}) {
                if (candidate > 0
                        && candidate < words.size()
                        && !words.get(candidate).label().startsWith("I-")) {
                    return candidate;
                }
            }
        }
        return middle;
    }

    private EncodedSentence align(TaggedSentence sentence, TokenizedText tokens) {
        List<TaggedSentence.Word> words = sentence.words();
        int[] begins = sentence.begins();
        TokenizedText.Window window = tokens.windows().get(0);
        TokenSequence input = tokens.sequence(window);
        int offset = tokens.prefix().length;

        int[] labels = new int[input.length()];
        Arrays.fill(labels, EncodedSentence.IGNORED);
        int[] wordStarts = new int[window.size()];
        int[] startOfWord = new int[words.size()];
        Arrays.fill(startOfWord, -1);
        int starts = 0;
        int word = 0;
        for (int t = 0; t < window.size(); t++) {
            while (word + 1 < words.size() && tokens.begins()[t] >= begins[word + 1]) {
                word++;
            }
            if (tokens.startsWord(t)) {
                labels[offset + t] = id(words.get(word).label(), startOfWord[word] >= 0);
                if (startOfWord[word] < 0) {
                    startOfWord[word] = starts;
                }
                wordStarts[starts++] = offset + t;
            } else if (labelAllSubwords) {
                labels[offset + t] = id(words.get(word).label(), true);
            }
        }
        // a word of the data that begins inside a word of the tokenizer (do + n't) shares its answer
        for (int w = 1; w < startOfWord.length; w++) {
            if (startOfWord[w] < 0 && startOfWord[w - 1] >= 0 && !words.get(w).spaceBefore()) {
                startOfWord[w] = startOfWord[w - 1];
            }
        }
        return new EncodedSentence(
                sentence.text(), input, labels, Arrays.copyOf(wordStarts, starts), startOfWord, sentence.labels());
    }

    private int id(String label, boolean continued) {
        String wanted = continued && label.startsWith("B-") ? "I-" + label.substring(2) : label;
        Integer id = ids.get(wanted);
        if (id == null) {
            throw new IllegalArgumentException("label " + wanted + " (expected: one of " + ids.keySet() + ")");
        }
        return id;
    }

    /**
     * The label of each word of the data.
     *
     * @param decoded label per entry of {@link EncodedSentence#wordStarts()}
     */
    static List<String> wordLabels(EncodedSentence sentence, List<String> decoded) {
        List<String> labels = new ArrayList<>(sentence.startOfWord().length);
        int previousStart = -1;
        for (int start : sentence.startOfWord()) {
            String label = start < 0 ? "O" : decoded.get(start);
            boolean shared = start >= 0 && start == previousStart;
            labels.add(shared && label.startsWith("B-") ? "I-" + label.substring(2) : label);
            previousStart = start;
        }
        return labels;
    }
}
