package dev.polymath.training.translation;

import dev.polymath.training.generation.TextNormalizer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Pairs that nothing is learnt from. They are chosen by a hash of the side in the language that all pairs share, so that more data or
 * another order choose the same sentences, and what is held out of one file is held out of all: no sentence that equals a held-out one
 * but for case and punctuation, on either side, is trained on in any direction or with any language.
 *
 * @param dev by pair of languages, to choose the best weights with
 * @param test by pair of languages, which choose nothing
 */
record HeldOutPairs(Map<LanguagePair, List<SentencePair>> dev, Map<LanguagePair, List<SentencePair>> test) {

    /** The language that all pairs share; the first language where there is but one pair or none is shared. */
    static String pivot(List<LanguagePair> pairs) {
        LanguagePair first = pairs.get(0);
        boolean secondShared = pairs.stream()
                .allMatch(pair ->
                        pair.first().equals(first.second()) || pair.second().equals(first.second()));
        boolean firstShared = pairs.stream()
                .allMatch(pair ->
                        pair.first().equals(first.first()) || pair.second().equals(first.first()));
        return !firstShared && secondShared ? first.second() : first.first();
    }

    /**
     * Chooses sentences of each pair of languages, with one translation each.
     *
     * @param candidates by pair of languages
     * @param dev sentences per pair
     * @param test sentences per pair
     */
    static HeldOutPairs choose(Map<LanguagePair, List<SentencePair>> candidates, int dev, int test) {
        String pivot = pivot(List.copyOf(candidates.keySet()));
        Map<LanguagePair, List<SentencePair>> devPairs = new LinkedHashMap<>();
        Map<LanguagePair, List<SentencePair>> testPairs = new LinkedHashMap<>();
        candidates.forEach((languages, pairs) -> {
            String shared =
                    languages.first().equals(pivot) || languages.second().equals(pivot) ? pivot : languages.first();
            Map<String, SentencePair> bySentence = new HashMap<>();
            for (SentencePair pair : pairs) {
                bySentence.putIfAbsent(key(pair.side(shared)), pair);
            }
            if (bySentence.size() <= dev + test) {
                throw new IllegalArgumentException("dev and test sentences: " + (dev + test)
                        + " (expected: fewer than the " + bySentence.size() + " of " + languages + ")");
            }
            Map<String, String> hashes = new HashMap<>();
            bySentence.keySet().forEach(key -> hashes.put(key, hash(key)));
            List<SentencePair> chosen = bySentence.keySet().stream()
                    .sorted(Comparator.comparing(key -> hashes.getOrDefault(key, "")))
                    .limit((long) dev + test)
                    .map(bySentence::get)
                    .toList();
            devPairs.put(languages, chosen.subList(0, dev));
            testPairs.put(languages, chosen.subList(dev, dev + test));
        });
        return new HeldOutPairs(devPairs, testPairs);
    }

    /** The pairs with no side that is held out. */
    List<SentencePair> without(List<SentencePair> pairs) {
        Map<String, Set<String>> held = new HashMap<>();
        List<SentencePair> all = new ArrayList<>();
        dev.values().forEach(all::addAll);
        test.values().forEach(all::addAll);
        for (SentencePair pair : all) {
            for (String language :
                    List.of(pair.languages().first(), pair.languages().second())) {
                held.computeIfAbsent(language, key -> new HashSet<>()).add(key(pair.side(language)));
            }
        }
        return pairs.stream()
                .filter(pair -> List.of(
                                pair.languages().first(), pair.languages().second())
                        .stream()
                        .noneMatch(language ->
                                held.getOrDefault(language, Set.of()).contains(key(pair.side(language)))))
                .toList();
    }

    /** Letters and digits alone, in lower case. */
    static String key(String sentence) {
        StringBuilder key = new StringBuilder();
        TextNormalizer.normalize(sentence).toLowerCase(Locale.ROOT).codePoints().forEach(c -> {
            if (Character.isLetterOrDigit(c)) {
                key.appendCodePoint(c);
            } else if (key.length() > 0 && key.charAt(key.length() - 1) != ' ') {
                key.append(' ');
            }
        });
        return key.toString().strip();
    }

    private static String hash(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
