package dev.polymath.benchmarks;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Key phrases of documents against those of annotators: a phrase is right if all of its stemmed words are those of an
 * annotated phrase, in the same order. Counted over all documents together (micro average).
 */
record PhraseScores(double precision, double recall, double f1) {
    private static final Pattern PART = Pattern.compile("[^\\p{Punct}&&[^-']]+");
    private static final int LONGEST = 3;

    /**
     * @param found per document, the best first; of phrases with the same stems the first counts
     * @param annotated per document
     * @param most only so many phrases of each document count
     */
    static PhraseScores of(List<List<String>> found, List<? extends Set<String>> annotated, int most) {
        int right = 0;
        int given = 0;
        int wanted = 0;
        for (int i = 0; i < found.size(); i++) {
            Set<String> gold = annotated.get(i).stream()
                    .map(StemmedWords::phrase)
                    .filter(phrase -> !phrase.isEmpty())
                    .collect(Collectors.toSet());
            Set<String> best = found.get(i).stream()
                    .map(StemmedWords::phrase)
                    .distinct()
                    .limit(most)
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            given += best.size();
            wanted += gold.size();
            best.retainAll(gold);
            right += best.size();
        }
        double precision = (double) right / Math.max(1, given);
        double recall = (double) right / Math.max(1, wanted);
        return new PhraseScores(precision, recall, right == 0 ? 0 : 2 * precision * recall / (precision + recall));
    }

    /**
     * The baseline: the phrases of one to three words with the largest term frequency times inverse document frequency. They
     * neither begin nor end with a word that is in more than a quarter of the documents.
     *
     * @return per document, the best first
     */
    static List<List<String>> byTfIdf(List<String> documents, int most) {
        Map<String, Integer> documentsWithWord = new HashMap<>();
        documents.forEach(document -> new HashSet<>(StemmedWords.of(document))
                .forEach(word -> documentsWithWord.merge(word, 1, Integer::sum)));
        List<Map<String, Integer>> counts = documents.stream()
                .map(document ->
                        phrases(document, word -> documentsWithWord.getOrDefault(word, 0) > documents.size() / 4.0))
                .toList();
        Map<String, Integer> documentsWithPhrase = new HashMap<>();
        counts.forEach(
                document -> document.keySet().forEach(phrase -> documentsWithPhrase.merge(phrase, 1, Integer::sum)));
        return counts.stream()
                .map(document -> document.entrySet().stream()
                        .sorted(Collections.reverseOrder(Comparator.comparingDouble(entry -> entry.getValue()
                                * Math.log((double) documents.size()
                                        / documentsWithPhrase.getOrDefault(entry.getKey(), 1)))))
                        .limit(most)
                        .map(Map.Entry::getKey)
                        .toList())
                .toList();
    }

    private static Map<String, Integer> phrases(String document, Predicate<String> common) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        Matcher parts = PART.matcher(document);
        while (parts.find()) {
            List<String> words = StemmedWords.of(parts.group());
            for (int i = 0; i < words.size(); i++) {
                for (int end = i + 1; end <= Math.min(words.size(), i + LONGEST); end++) {
                    if (!common.test(words.get(i)) && !common.test(words.get(end - 1))) {
                        counts.merge(String.join(" ", words.subList(i, end)), 1, Integer::sum);
                    }
                }
            }
        }
        return counts;
    }
}
