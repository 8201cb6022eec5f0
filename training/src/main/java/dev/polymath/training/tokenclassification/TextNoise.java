package dev.polymath.training.tokenclassification;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Rewrites a sentence as other people would have typed it: all in lower case, ALL IN UPPER CASE, In Title Case, without the
 * final or any punctuation. Labels stay with their words; only words labelled {@code O} are dropped. All probabilities are in
 * [0, 1]; the three of the case together are at most 1.
 *
 * @param lower probability that the sentence becomes lower case
 * @param upper probability that it becomes upper case
 * @param title probability that each of its words begins with a capital
 * @param dropFinal probability that punctuation at the end goes
 * @param dropInner probability that all other punctuation goes
 */
public record TextNoise(double lower, double upper, double title, double dropFinal, double dropInner) {
    public static final TextNoise NONE = new TextNoise(0, 0, 0, 0, 0);
    private static final Pattern PUNCTUATION = Pattern.compile("\\p{P}+");

    public TextNoise {
        requireProbability("lower", lower);
        requireProbability("upper", upper);
        requireProbability("title", title);
        requireProbability("lower + upper + title", lower + upper + title);
        requireProbability("drop-final", dropFinal);
        requireProbability("drop-inner", dropInner);
    }

    private static void requireProbability(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("noise " + name + ": " + value + " (expected: >= 0 and <= 1)");
        }
    }

    /** The sentence, changed or not. Draws the same number of random values for every sentence. */
    public TaggedSentence apply(TaggedSentence sentence, RandomGenerator random) {
        double casing = random.nextDouble();
        boolean withoutFinal = random.nextDouble() < dropFinal;
        boolean withoutInner = random.nextDouble() < dropInner;
        TaggedSentence result = sentence;
        if (withoutFinal || withoutInner) {
            result = dropPunctuation(result, withoutFinal, withoutInner);
        }
        if (casing < lower) {
            return lowerCase(result);
        }
        if (casing < lower + upper) {
            return upperCase(result);
        }
        return casing < lower + upper + title ? titleCase(result) : result;
    }

    static TaggedSentence lowerCase(TaggedSentence sentence) {
        return new TaggedSentence(sentence.words().stream()
                .map(word -> word.withText(word.text().toLowerCase(Locale.ROOT)))
                .toList());
    }

    static TaggedSentence upperCase(TaggedSentence sentence) {
        return new TaggedSentence(sentence.words().stream()
                .map(word -> word.withText(word.text().toUpperCase(Locale.ROOT)))
                .toList());
    }

    static TaggedSentence titleCase(TaggedSentence sentence) {
        return new TaggedSentence(sentence.words().stream()
                .map(word -> {
                    String text = word.text().toLowerCase(Locale.ROOT);
                    int first = text.codePointAt(0);
                    return word.withText(Character.toString(Character.toTitleCase(first))
                            + text.substring(Character.charCount(first)));
                })
                .toList());
    }

    /** Never drops the last word that is left. */
    private static TaggedSentence dropPunctuation(TaggedSentence sentence, boolean atEnd, boolean inside) {
        List<TaggedSentence.Word> words = sentence.words();
        int end = words.size();
        while (end > 0 && droppable(words.get(end - 1))) {
            end--;
        }
        List<TaggedSentence.Word> kept = new ArrayList<>(words.size());
        boolean space = false;
        for (int i = 0; i < words.size(); i++) {
            TaggedSentence.Word word = words.get(i);
            if (droppable(word) && (i < end ? inside : atEnd)) {
                space = true;
            } else {
                kept.add(space ? new TaggedSentence.Word(word.text(), word.label(), true) : word);
                space = false;
            }
        }
        return kept.isEmpty() ? sentence : new TaggedSentence(kept);
    }

    private static boolean droppable(TaggedSentence.Word word) {
        return word.label().equals("O") && PUNCTUATION.matcher(word.text()).matches();
    }
}
