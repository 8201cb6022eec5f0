package dev.polymath.training.translation;

import dev.polymath.training.generation.TextNormalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** Which pairs are not worth learning from, as options of a command line. */
public final class PairCleaning {
    /** Added to both lengths before they are compared: two words may well become five. */
    private static final int RATIO_SLACK = 12;

    /** A sentence of so many characters is hardly the same in two languages. */
    private static final int LONGEST_SAME = 24;

    @Option(names = "--max-characters", paramLabel = "N", description = "Pairs with a longer side are dropped.")
    int maxCharacters = 400;

    @Option(
            names = "--max-length-ratio",
            paramLabel = "X",
            description =
                    "Pairs are dropped whose longer side has more than so many times the characters of the other.")
    double maxLengthRatio = 2.5;

    @Option(names = "--no-language-check", description = "Keep also what seems to be in another of the languages.")
    boolean keepOtherLanguages;

    /** What is left, and how many pairs were dropped for which reason. */
    record Result(List<SentencePair> pairs, Map<String, Integer> dropped) {
        /** {@code 166,653 pairs, dropped: 12 too long, 3 in another language}. */
        String describe() {
            String reasons = dropped.entrySet().stream()
                    .map(entry -> "%,d %s".formatted(entry.getValue(), entry.getKey()))
                    .collect(Collectors.joining(", "));
            return "%,d pairs%s".formatted(pairs.size(), reasons.isEmpty() ? "" : ", dropped: " + reasons);
        }
    }

    /**
     * @param known pairs that were kept before, by {@link #key}; those that are kept are added
     * @param languages knows the languages of all files
     */
    Result clean(List<SentencePair> pairs, Set<String> known, LanguageCheck languages) {
        List<SentencePair> kept = new ArrayList<>();
        Map<String, Integer> dropped = new LinkedHashMap<>();
        for (SentencePair pair : pairs) {
            String reason = reason(pair, languages);
            if (reason.isEmpty() && !known.add(key(pair))) {
                reason = "twice";
            }
            if (reason.isEmpty()) {
                kept.add(pair);
            } else {
                dropped.merge(reason, 1, Integer::sum);
            }
        }
        return new Result(kept, dropped);
    }

    /** As {@link #clean} of one file alone. */
    Result clean(List<SentencePair> pairs, LanguageCheck languages) {
        return clean(pairs, new HashSet<>(), languages);
    }

    private String reason(SentencePair pair, LanguageCheck languages) {
        int first = pair.first().length();
        int second = pair.second().length();
        if (first == 0 || second == 0) {
            return "empty";
        }
        if (Math.max(first, second) > maxCharacters) {
            return "too long";
        }
        double ratio = (double) (Math.max(first, second) + RATIO_SLACK) / (Math.min(first, second) + RATIO_SLACK);
        if (ratio > maxLengthRatio) {
            return "of unlike length";
        }
        if (first > LONGEST_SAME && pair.first().equalsIgnoreCase(pair.second())) {
            return "not translated";
        }
        if (!keepOtherLanguages
                && (languages.isWrong(pair.languages().first(), pair.first())
                        || languages.isWrong(pair.languages().second(), pair.second()))) {
            return "in another language";
        }
        return "";
    }

    private static String key(SentencePair pair) {
        return pair.languages() + "\t" + TextNormalizer.normalize(pair.first()) + "\t"
                + TextNormalizer.normalize(pair.second());
    }
}
