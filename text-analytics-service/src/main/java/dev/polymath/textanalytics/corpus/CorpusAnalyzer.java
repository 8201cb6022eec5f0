package dev.polymath.textanalytics.corpus;

import dev.polymath.textanalytics.corpus.CorpusReport.Document;
import dev.polymath.textanalytics.corpus.CorpusReport.DuplicateGroup;
import dev.polymath.textanalytics.corpus.CorpusReport.KeyPhrase;
import dev.polymath.textanalytics.corpus.CorpusReport.Theme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a collection document by document and says at the end what it is about. Of a document it keeps the vector in one byte
 * per dimension, a fingerprint of {@value MinHash#LENGTH} bytes, the numbers of at most {@value #PHRASES_PER_DOCUMENT}
 * phrases, the first {@value #EXCERPT_LENGTH} characters and the labels: about 1.3 kB with 384 dimensions; and of all
 * together the counts of at most {@value #PHRASES} phrases. Time is linear in the number of documents, but for sorting.
 *
 * <p>The same documents in the same order give the same report. Not thread-safe: one thread at a time, each seeing what the
 * one before did.
 */
public final class CorpusAnalyzer {
    /** Characters of an excerpt. */
    public static final int EXCERPT_LENGTH = 200;

    /** Documents that are listed of a group of near-duplicates. */
    public static final int GROUP_LENGTH = 10;

    static final int PHRASES = 200_000;
    private static final int PHRASES_PER_DOCUMENT = 64;
    private static final int WORDS_PER_PHRASE = 3;
    private static final int PHRASES_PER_THEME = 10;
    private static final int PHRASES_PER_NAME = 3;
    private static final int TYPICAL_DOCUMENTS = 5;

    /**
     * What to report.
     *
     * @param themes whether to find themes, near-duplicates and outliers; each document must then have a vector
     * @param keyPhrases whether to find key phrases of the whole collection
     * @param maxThemes most themes, from 1
     * @param duplicateSimilarity share of character 5-grams in common (Jaccard similarity) from which on two documents are
     *     near-duplicates, in (0, 1]
     * @param maxItems most outliers, groups of near-duplicates and key phrases each, from 1
     */
    public record Options(boolean themes, boolean keyPhrases, int maxThemes, double duplicateSimilarity, int maxItems) {
        /** @throws IllegalArgumentException if a value is out of its range */
        public Options {
            require(maxThemes >= 1, "maxThemes", maxThemes, ">= 1");
            require(
                    duplicateSimilarity > 0 && duplicateSimilarity <= 1,
                    "duplicateSimilarity",
                    duplicateSimilarity,
                    "> 0 and <= 1");
            require(maxItems >= 1, "maxItems", maxItems, ">= 1");
        }
    }

    /** What is kept of a document. Without themes there is neither vector nor signature. */
    private record Entry(
            long position,
            String id,
            String excerpt,
            @Nullable QuantizedVector vector,
            byte[] signature,
            int[] phrases,
            @Nullable String sentiment) {}

    private final Options options;
    private final List<Entry> entries = new ArrayList<>();
    private final PhraseCounts phrases = new PhraseCounts(PHRASES);
    private final Map<String, Long> sentiments = new TreeMap<>();
    private final Map<String, Long> languages = new TreeMap<>();
    private int dimensions;

    public CorpusAnalyzer(Options options) {
        this.options = options;
    }

    /**
     * Takes in a document.
     *
     * @param position in the stream, above that of the document before
     * @param id empty means that the document is named by its position
     * @param text any text
     * @param vector what the text means, of any length above 0 but as many dimensions as those before; not kept
     * @param sentiment label to count
     * @param language code to count
     * @throws IllegalArgumentException if the vector is missing, has other dimensions, or has no direction; the document is
     *     then not part of the collection
     */
    public void add(
            long position,
            String id,
            String text,
            Optional<float[]> vector,
            Optional<String> sentiment,
            Optional<String> language) {
        entries.add(new Entry(
                position,
                id.isEmpty() ? Long.toString(position) : id,
                excerpt(text),
                options.themes() ? quantized(vector) : null,
                options.themes() ? MinHash.signature(text) : new byte[0],
                options.themes() || options.keyPhrases()
                        ? phrases.add(phrases(text), PHRASES_PER_DOCUMENT)
                        : new int[0],
                sentiment.orElse(null)));
        sentiment.ifPresent(label -> sentiments.merge(label, 1L, Long::sum));
        language.ifPresent(code -> languages.merge(code, 1L, Long::sum));
    }

    /** Number of documents taken in. */
    public long size() {
        return entries.size();
    }

    /** As {@link #finish(Runnable)}, to the end. */
    public CorpusReport finish() {
        return finish(() -> {});
    }

    /**
     * Says what the collection is about: seconds of work for 100,000 documents. More documents may be added afterwards.
     *
     * @param checkpoint called again and again while it works; what it throws ends the work, and changes nothing
     */
    public CorpusReport finish(Runnable checkpoint) {
        int[] first = options.themes()
                ? NearDuplicates.find(
                                entries.stream().map(Entry::signature).toList(),
                                options.duplicateSimilarity(),
                                checkpoint)
                        .first()
                : IntStream.range(0, entries.size()).toArray();
        List<KeyPhraseTable.Document> documents = IntStream.range(0, first.length)
                .mapToObj(i -> new KeyPhraseTable.Document(entries.get(i).phrases(), first[i] == i))
                .toList();
        KeyPhraseTable keyPhrases = new KeyPhraseTable(phrases.phrases(), documents);
        List<List<Integer>> groups = groups(first);
        int[] sizes = new int[first.length];
        for (int root : first) {
            sizes[root]++;
        }
        int[] distinct =
                IntStream.range(0, first.length).filter(i -> first[i] == i).toArray();
        Clustering clustering = Clustering.of(
                options.themes()
                        ? Arrays.stream(distinct).mapToObj(this::vector).toList()
                        : List.of(),
                Arrays.stream(distinct).map(i -> sizes[i]).toArray(),
                options.maxThemes(),
                checkpoint);
        List<Theme> themes = themes(first, distinct, clustering, documents, keyPhrases);
        return new CorpusReport(
                entries.size(),
                themes,
                entries.size() - themes.stream().mapToLong(Theme::documents).sum(),
                groups.stream().limit(options.maxItems()).map(this::group).toList(),
                groups.size(),
                first.length - distinct.length,
                outliers(distinct, sizes, clustering, checkpoint),
                Collections.unmodifiableMap(new TreeMap<>(sentiments)),
                Collections.unmodifiableMap(new TreeMap<>(languages)),
                options.keyPhrases() ? keyPhrases.ofWhole(options.maxItems()) : List.of());
    }

    private List<Theme> themes(
            int[] first,
            int[] distinct,
            Clustering clustering,
            List<KeyPhraseTable.Document> documents,
            KeyPhraseTable keyPhrases) {
        int[] themeOf = new int[first.length];
        for (int i = 0; i < clustering.nearest().length; i++) {
            themeOf[distinct[i]] = clustering.nearest()[i];
        }
        List<List<Integer>> members = new ArrayList<>();
        for (int theme = 0; theme < clustering.centers().length; theme++) {
            members.add(new ArrayList<>());
        }
        long assigned =
                Arrays.stream(clustering.nearest()).filter(theme -> theme >= 0).count();
        for (int i = 0; i < first.length && !members.isEmpty(); i++) {
            if (themeOf[first[i]] >= 0) {
                members.get(themeOf[first[i]]).add(i);
            }
        }
        List<Theme> themes = new ArrayList<>();
        for (int theme = 0; theme < members.size(); theme++) {
            themes.add(theme(
                    members.get(theme),
                    clustering.centers()[theme],
                    documents,
                    keyPhrases.ofTheme(
                            members.get(theme).stream().map(documents::get).toList(),
                            (double) assigned / members.size(),
                            Math.min(options.maxItems(), PHRASES_PER_THEME))));
        }
        themes.sort(Comparator.comparingLong(Theme::documents).reversed());
        return List.copyOf(themes);
    }

    private Theme theme(
            List<Integer> members,
            float[] center,
            List<KeyPhraseTable.Document> documents,
            List<KeyPhrase> keyPhrases) {
        Map<String, Long> labels = new TreeMap<>();
        List<Document> typical = new ArrayList<>();
        double cosines = 0;
        for (int i : members) {
            double cosine = QuantizedVector.dot(vector(i).toFloats(), center);
            cosines += cosine;
            String sentiment = entries.get(i).sentiment();
            if (sentiment != null) {
                labels.merge(sentiment, 1L, Long::sum);
            }
            if (documents.get(i).distinct()) {
                typical.add(document(i, cosine));
            }
        }
        return new Theme(
                KeyPhraseTable.name(keyPhrases, PHRASES_PER_NAME),
                members.size(),
                (double) members.size() / entries.size(),
                keyPhrases,
                typical.stream()
                        .sorted(Comparator.comparingDouble(Document::similarity).reversed())
                        .limit(TYPICAL_DOCUMENTS)
                        .toList(),
                Collections.unmodifiableMap(labels),
                cosines / members.size());
    }

    /** The members of each group of near-duplicates, the largest group first. */
    private static List<List<Integer>> groups(int[] first) {
        Map<Integer, List<Integer>> byFirst = new LinkedHashMap<>();
        for (int i = 0; i < first.length; i++) {
            if (first[i] != i) {
                int root = first[i];
                byFirst.computeIfAbsent(root, key -> new ArrayList<>(List.of(root)))
                        .add(i);
            }
        }
        return byFirst.values().stream()
                .sorted(Comparator.comparingInt((List<Integer> group) -> group.size())
                        .reversed())
                .toList();
    }

    private DuplicateGroup group(List<Integer> members) {
        byte[] signature = entries.get(members.get(0)).signature();
        return new DuplicateGroup(
                members.size(),
                members.stream()
                        .limit(GROUP_LENGTH)
                        .map(i -> document(
                                i, MinHash.similarity(signature, entries.get(i).signature())))
                        .toList());
    }

    /**
     * To find the nearest neighbour of every document would be quadratic, so it is done for the ones that are farthest from
     * any theme, a few more than are wanted.
     */
    private List<Document> outliers(int[] distinct, int[] sizes, Clustering clustering, Runnable checkpoint) {
        record Candidate(int document, double cosine, float[] vector) {}
        List<Candidate> candidates = IntStream.range(0, clustering.nearest().length)
                .filter(i -> clustering.nearest()[i] < 0 && sizes[distinct[i]] == 1 && distinct.length > 1)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> clustering.cosines()[i]))
                .limit(2L * options.maxItems() + 100)
                .map(i -> new Candidate(
                        distinct[i],
                        clustering.cosines()[i],
                        vector(distinct[i]).toFloats()))
                .toList();
        float[] toNeighbor = new float[candidates.size()];
        Arrays.fill(toNeighbor, -1);
        for (int i = 0; i < distinct.length && !candidates.isEmpty(); i++) {
            checkpoint.run();
            float[] vector = vector(distinct[i]).toFloats();
            for (int j = 0; j < toNeighbor.length; j++) {
                if (candidates.get(j).document != distinct[i]) {
                    toNeighbor[j] = Math.max(toNeighbor[j], QuantizedVector.dot(candidates.get(j).vector, vector));
                }
            }
        }
        return IntStream.range(0, toNeighbor.length)
                .boxed()
                .sorted(Comparator.comparingDouble(j -> toNeighbor[j]))
                .limit(options.maxItems())
                .map(j -> document(candidates.get(j).document, candidates.get(j).cosine))
                .toList();
    }

    private Document document(int index, double similarity) {
        Entry entry = entries.get(index);
        return new Document(entry.id(), entry.position(), entry.excerpt(), similarity);
    }

    private QuantizedVector vector(int index) {
        return Objects.requireNonNull(entries.get(index).vector());
    }

    private QuantizedVector quantized(Optional<float[]> vector) {
        float[] values = vector.orElseThrow(() -> new IllegalArgumentException("vector: none (expected: one)"));
        require(
                dimensions == 0 || values.length == dimensions,
                "vector",
                values.length + " dimensions",
                String.valueOf(dimensions));
        QuantizedVector quantized = QuantizedVector.of(values);
        dimensions = values.length;
        return quantized;
    }

    private static Map<String, Integer> phrases(String text) {
        Map<String, Integer> occurrences = new LinkedHashMap<>();
        for (PhraseCandidate phrase : PhraseCandidate.find(text, WORDS_PER_PHRASE)) {
            occurrences.merge(phrase.key(), 1, Integer::sum);
        }
        return occurrences;
    }

    /** The first characters, without half a surrogate pair at the end. */
    private static String excerpt(String text) {
        if (text.length() <= EXCERPT_LENGTH) {
            return text;
        }
        boolean cut = Character.isHighSurrogate(text.charAt(EXCERPT_LENGTH - 1));
        return text.substring(0, cut ? EXCERPT_LENGTH - 1 : EXCERPT_LENGTH);
    }

    private static void require(boolean condition, String name, Object value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }
}
