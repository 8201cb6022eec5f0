package dev.polymath.textanalytics.corpus;

import dev.polymath.textanalytics.EnglishWords;
import dev.polymath.textanalytics.corpus.CorpusReport.KeyPhrase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which phrases are typical of the whole collection and of parts of it. Scores count each group of near-duplicates once, so
 * that a text that was sent a thousand times does not name everything; the numbers of documents count all.
 */
final class KeyPhraseTable {
    /**
     * The phrases of a document.
     *
     * @param ids of phrases, those that are not known any more included
     * @param distinct whether it is no near-duplicate of an earlier one
     */
    record Document(int[] ids, boolean distinct) {}

    private record Counts(int[] all, int[] distinct) {}

    private interface Score {
        double of(int phrase);
    }

    private final List<PhraseCounts.Phrase> phrases;
    private final int[] ids;
    private final Counts whole;
    private final long distinctDocuments;

    KeyPhraseTable(List<PhraseCounts.Phrase> phrases, List<Document> documents) {
        this.phrases = phrases;
        this.ids = phrases.stream().mapToInt(PhraseCounts.Phrase::id).toArray();
        this.whole = count(documents);
        this.distinctDocuments = documents.stream().filter(Document::distinct).count();
    }

    /**
     * Of the whole, by TF-IDF: how often the phrase occurs per document, times the logarithm of the inverse of the share of
     * documents that have it.
     *
     * @param limit most phrases
     */
    List<KeyPhrase> ofWhole(int limit) {
        int[] documents =
                phrases.stream().mapToInt(PhraseCounts.Phrase::documents).toArray();
        return best(limit, new Counts(documents, whole.distinct), phrase -> {
            PhraseCounts.Phrase counted = phrases.get(phrase);
            double share = whole.distinct[phrase] / (distinctDocuments + 1.0);
            return -share * counted.occurrences() / counted.documents() * Math.log(share);
        });
    }

    /**
     * Of a theme, by class-based TF-IDF (Grootendorst 2022): the share of its documents that have the phrase, times the
     * logarithm of 1 plus the mean number of documents of a theme by the number of all documents that have it.
     *
     * @param members the documents of the theme
     * @param documentsPerTheme mean number of documents of a theme, near-duplicates left out
     */
    List<KeyPhrase> ofTheme(List<Document> members, double documentsPerTheme, int limit) {
        Counts counts = count(members);
        double distinctMembers = members.stream().filter(Document::distinct).count();
        return best(
                limit,
                counts,
                phrase -> counts.distinct[phrase]
                        / Math.max(1, distinctMembers)
                        * Math.log1p(documentsPerTheme / Math.max(1, whole.distinct[phrase])));
    }

    private Counts count(List<Document> documents) {
        Counts counts = new Counts(new int[ids.length], new int[ids.length]);
        for (Document document : documents) {
            for (int id : document.ids()) {
                int phrase = Arrays.binarySearch(ids, id);
                if (phrase >= 0) {
                    counts.all[phrase]++;
                    counts.distinct[phrase] += document.distinct() ? 1 : 0;
                }
            }
        }
        return counts;
    }

    /**
     * The first phrases that have no word in common, in any of its forms.
     *
     * @param limit most phrases
     */
    static String name(List<KeyPhrase> keyPhrases, int limit) {
        Set<String> words = new HashSet<>();
        return keyPhrases.stream()
                .map(KeyPhrase::text)
                .filter(phrase -> {
                    List<String> own = List.of(stems(phrase).split(" "));
                    return Collections.disjoint(words, own) && words.addAll(own);
                })
                .limit(limit)
                .collect(Collectors.joining(", "));
    }

    /**
     * The phrases with the highest scores, without those that are nearly always part of a longer one, or another form of a
     * better one.
     */
    private List<KeyPhrase> best(int limit, Counts counts, Score score) {
        List<KeyPhrase> ranked = IntStream.range(0, ids.length)
                .filter(phrase -> counts.distinct[phrase] > 0)
                .mapToObj(phrase -> new KeyPhrase(phrases.get(phrase).text(), counts.all[phrase], score.of(phrase)))
                .sorted(Comparator.comparingDouble(KeyPhrase::score).reversed())
                // More than are wanted, as many are parts of others.
                .limit(2L * limit + 100)
                .toList();
        List<String> stems = ranked.stream().map(phrase -> stems(phrase.text())).toList();
        List<Integer> best = new ArrayList<>();
        for (int i = 0; i < ranked.size() && best.size() < limit; i++) {
            String stem = stems.get(i);
            long documents = ranked.get(i).documents();
            boolean nested = IntStream.range(0, ranked.size())
                    .anyMatch(j -> stems.get(j).length() > stem.length()
                            && 2 * ranked.get(j).documents() >= documents
                            && contains(stems.get(j), stem));
            boolean repeated = best.stream().anyMatch(j -> contains(stems.get(j), stem));
            if (!nested && !repeated) {
                best.add(i);
            }
        }
        return best.stream().map(ranked::get).toList();
    }

    private static String stems(String phrase) {
        return Arrays.stream(phrase.split(" "))
                .map(word -> EnglishWords.stem(EnglishWords.fold(word)))
                .collect(Collectors.joining(" "));
    }

    private static boolean contains(String longer, String shorter) {
        return (" " + longer + " ").contains(" " + shorter + " ");
    }
}
