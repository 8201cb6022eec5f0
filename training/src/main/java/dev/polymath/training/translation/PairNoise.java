package dev.polymath.training.translation;

import dev.polymath.training.generation.Vocabulary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** How a pair is changed now and then before it is learnt, as options of a command line. */
public final class PairNoise {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}]+");
    private static final int MOST_REPLACED = 3;

    @Option(
            names = "--placeholder-share",
            paramLabel = "P",
            description =
                    "How often words that are the same on both sides (names, numbers) become placeholders, which the model"
                            + " learns to copy.")
    double placeholderShare = 0.1;

    @Option(
            names = "--wrap-share",
            paramLabel = "P",
            description =
                    "How often such a word, or the whole sentence, is put between two placeholders, as between tags.")
    double wrapShare = 0.03;

    @Option(names = "--noise-lower", paramLabel = "P", description = "How often the source is put in lower case.")
    double lower = 0.05;

    @Option(
            names = "--noise-drop-final",
            paramLabel = "P",
            description = "How often both sides lose their last punctuation mark.")
    double dropFinal = 0.05;

    /** Source and target of one direction. */
    record Sides(String source, String target) {}

    /** The sides as they are seen this time. */
    Sides apply(Sides sides, Random random) {
        Sides result = sides;
        double kind = random.nextDouble();
        if (kind < placeholderShare) {
            result = replace(result, random);
        } else if (kind < placeholderShare + wrapShare) {
            result = wrap(result, random);
        }
        if (random.nextDouble() < dropFinal) {
            result = dropFinal(result);
        }
        if (random.nextDouble() < lower) {
            // <x0> is in lower case already
            result = new Sides(result.source.toLowerCase(Locale.ROOT), result.target);
        }
        return result;
    }

    /** Words that begin with a capital or hold a digit and occur once on either side, in the order of the source. */
    static List<String> common(Sides sides) {
        Map<String, Integer> source = words(sides.source);
        Map<String, Integer> target = words(sides.target);
        return source.entrySet().stream()
                .filter(entry -> entry.getValue() == 1 && Integer.valueOf(1).equals(target.get(entry.getKey())))
                .map(Map.Entry::getKey)
                .filter(word -> Character.isUpperCase(word.codePointAt(0))
                        || word.codePoints().anyMatch(Character::isDigit))
                .toList();
    }

    private static Map<String, Integer> words(String text) {
        Map<String, Integer> words = new LinkedHashMap<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.merge(matcher.group(), 1, Integer::sum);
        }
        return words;
    }

    private static Sides replace(Sides sides, Random random) {
        List<String> words = new ArrayList<>(common(sides));
        if (words.isEmpty()) {
            return sides;
        }
        Set<String> chosen = new HashSet<>(words);
        while (chosen.size() > MOST_REPLACED) {
            chosen.remove(words.get(random.nextInt(words.size())));
        }
        words.retainAll(chosen);
        List<Integer> numbers = numbers(words.size(), random);
        Sides result = sides;
        for (int i = 0; i < words.size(); i++) {
            result = substitute(result, words.get(i), Vocabulary.placeholder(numbers.get(i)));
        }
        return result;
    }

    private static Sides wrap(Sides sides, Random random) {
        List<String> words = common(sides);
        List<Integer> numbers = numbers(2, random);
        String space = random.nextInt(3) > 0 ? " " : "";
        String before = Vocabulary.placeholder(numbers.get(0)) + space;
        String after = space + Vocabulary.placeholder(numbers.get(1));
        if (words.isEmpty() || random.nextInt(4) == 0) {
            return new Sides(before + sides.source + after, before + sides.target + after);
        }
        String word = words.get(random.nextInt(words.size()));
        return substitute(sides, word, before + word + after);
    }

    private static Sides substitute(Sides sides, String word, String by) {
        Pattern whole = Pattern.compile("(?<![\\p{L}\\p{M}\\p{N}])" + Pattern.quote(word) + "(?![\\p{L}\\p{M}\\p{N}])");
        String quoted = Matcher.quoteReplacement(by);
        return new Sides(
                whole.matcher(sides.source).replaceFirst(quoted),
                whole.matcher(sides.target).replaceFirst(quoted));
    }

    /** Rising; the first ones half of the time, any others else, so that all are learnt. */
    private static List<Integer> numbers(int count, Random random) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < Vocabulary.PLACEHOLDERS; i++) {
            all.add(i);
        }
        if (random.nextBoolean()) {
            Collections.shuffle(all, random);
        }
        List<Integer> numbers = new ArrayList<>(all.subList(0, count));
        Collections.sort(numbers);
        return numbers;
    }

    private static Sides dropFinal(Sides sides) {
        boolean both = isFinal(sides.source) && isFinal(sides.target);
        return both ? new Sides(withoutFinal(sides.source), withoutFinal(sides.target)) : sides;
    }

    private static boolean isFinal(String text) {
        return text.length() > 1 && (text.endsWith(".") || text.endsWith("!") || text.endsWith("?"));
    }

    private static String withoutFinal(String text) {
        return text.substring(0, text.length() - 1).strip();
    }
}
