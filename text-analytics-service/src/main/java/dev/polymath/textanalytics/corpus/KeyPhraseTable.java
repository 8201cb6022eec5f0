package dev.polymath.textanalytics.corpus;

import dev.polymath.textanalytics.corpus.CorpusReport.KeyPhrase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which phrases are typical of the whole collection and of parts of it. Scores count each group of near-duplicates once, so
 * that a text that was sent a thousand times does not name everything; the numbers of documents count all.
 */
final class KeyPhraseTable {
    /** Phrases that are looked at for one list, per phrase wanted: many are parts of others. */
    private static final int POOL = 10;

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

    /** The phrases with the highest scores, without those that are nearly always part of a longer one. */
    private List<KeyPhrase> best(int limit, Counts counts, Score score) {
        List<KeyPhrase> pool = IntStream.range(0, ids.length)
                .filter(phrase -> counts.distinct[phrase] > 0)
                .mapToObj(phrase -> new KeyPhrase(phrases.get(phrase).text(), counts.all[phrase], score.of(phrase)))
                .sorted(Comparator.comparingDouble(KeyPhrase::score).reversed())
                .limit((long) POOL * limit)
                .toList();
        List<KeyPhrase> best = new ArrayList<>();
        for (KeyPhrase phrase : pool) {
            boolean nested = pool.stream()
                    .anyMatch(other -> contains(other, phrase) && 2 * other.documents() >= phrase.documents());
            boolean repeated = best.stream().anyMatch(other -> contains(other, phrase));
            if (!nested && !repeated && best.size() < limit) {
                best.add(phrase);
            }
        }
        return best;
    }

    private static boolean contains(KeyPhrase longer, KeyPhrase shorter) {
        return longer.text().length() > shorter.text().length()
                && (" " + longer.text() + " ").contains(" " + shorter.text() + " ");
    }
}
