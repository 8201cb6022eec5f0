package dev.polymath.textanalytics.corpus;

import java.util.List;
import java.util.Map;

/**
 * What a collection is about. Immutable.
 *
 * @param documents number of documents
 * @param themes the largest first
 * @param unassignedDocuments documents in no theme; all of them if themes were not asked for
 * @param duplicateGroups the largest first
 * @param duplicateGroupCount number of groups, those left out of {@code duplicateGroups} included
 * @param duplicateDocuments documents of all groups but the first of each
 * @param outliers documents in no theme, the one with the lowest cosine to its nearest neighbour first
 * @param sentiments documents by sentiment label, in the order of the labels
 * @param languages documents by language, in the order of the codes
 * @param keyPhrases of the whole collection, the highest score first
 */
public record CorpusReport(
        long documents,
        List<Theme> themes,
        long unassignedDocuments,
        List<DuplicateGroup> duplicateGroups,
        long duplicateGroupCount,
        long duplicateDocuments,
        List<Document> outliers,
        Map<String, Long> sentiments,
        Map<String, Long> languages,
        List<KeyPhrase> keyPhrases) {

    /**
     * A document of the collection.
     *
     * @param id as given; the position if it was empty
     * @param position as given
     * @param excerpt the first characters of the text, at most {@value CorpusAnalyzer#EXCERPT_LENGTH}
     * @param similarity typical documents and outliers: cosine to the centre of the nearest theme in [-1, 1], 0 if there
     *     is no theme; near-duplicates: estimated share of character 5-grams in common with the first of the group in
     *     [0, 1]
     */
    public record Document(String id, long position, String excerpt, double similarity) {}

    /**
     * A phrase.
     *
     * @param text in lower case
     * @param documents number of documents it occurs in, near-duplicates included; for rare phrases a lower bound
     * @param score above 0; orders the phrases of one list
     */
    public record KeyPhrase(String text, long documents, double score) {}

    /**
     * Documents about the same thing.
     *
     * @param name its most typical key phrases, joined by commas; empty if no text has a phrase
     * @param documents number of documents, near-duplicates included
     * @param share of all documents, in [0, 1]
     * @param keyPhrases the most typical first
     * @param typicalDocuments those nearest to the centre, of each group of near-duplicates only the first
     * @param sentiments documents by sentiment label
     * @param cohesion mean cosine of its documents to its centre, in [-1, 1]
     */
    public record Theme(
            String name,
            long documents,
            double share,
            List<KeyPhrase> keyPhrases,
            List<Document> typicalDocuments,
            Map<String, Long> sentiments,
            double cohesion) {}

    /**
     * Documents that say nearly the same in nearly the same words.
     *
     * @param documentsCount number of documents, at least 2
     * @param documents in the order of the stream, at most {@value CorpusAnalyzer#GROUP_LENGTH}
     */
    public record DuplicateGroup(long documentsCount, List<Document> documents) {}
}
