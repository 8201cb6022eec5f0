package dev.polymath.training.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/**
 * Learns byte-pair encoding from counted words (Sennrich, Haddow and Birch 2016): the most frequent pair of neighbours becomes a token,
 * again and again. Counts are kept up to date by the words that hold the pair, so that a merge costs what it changes.
 */
public final class BytePairLearner {
    /** A word as tokens, with its count. */
    private static final class Word {
        private int[] tokens;
        private final long count;

        Word(int[] tokens, long count) {
            this.tokens = tokens;
            this.count = count;
        }
    }

    /** A pair with the count it had when it was queued; outdated when the count has changed since. */
    private record Candidate(long pair, long count) {}

    private final List<String> tokens = new ArrayList<>();
    private final Map<Long, Long> counts = new HashMap<>();
    private final Map<Long, Set<Word>> places = new HashMap<>();
    private final PriorityQueue<Candidate> queue = new PriorityQueue<>(
            Comparator.comparingLong(Candidate::count).reversed().thenComparingLong(Candidate::pair));

    private BytePairLearner() {}

    /**
     * @param pieces counted parts of words, in which merges stay ({@link TextNormalizer#split})
     * @param languages that can be asked for
     * @param size of the vocabulary with everything reserved; smaller where no pair occurs twice
     * @param rarest count below which a character is left to its bytes
     */
    public static Vocabulary learn(Map<String, Long> pieces, Collection<String> languages, int size, long rarest) {
        return new BytePairLearner().run(pieces, languages, size, rarest);
    }

    private Vocabulary run(Map<String, Long> pieces, Collection<String> languages, int size, long rarest) {
        tokens.addAll(Vocabulary.reserved(languages));
        Map<Integer, Long> characters = new TreeMap<>();
        pieces.forEach((piece, count) -> piece.codePoints().forEach(c -> characters.merge(c, count, Long::sum)));
        Map<Integer, Integer> ids = new HashMap<>();
        characters.forEach((character, count) -> {
            if (count >= rarest) {
                ids.put(character, tokens.size());
                tokens.add(Character.toString(character));
            }
        });
        if (tokens.size() > size) {
            throw new IllegalArgumentException("vocabulary-size: " + size + " (expected: at least " + tokens.size()
                    + ", for reserved tokens and the characters of the data)");
        }
        new TreeMap<>(pieces).forEach((piece, count) -> {
            int[] word = piece.codePoints().map(c -> ids.getOrDefault(c, -1)).toArray();
            if (word.length > 1) {
                addPairs(new Word(word, count));
            }
        });
        counts.forEach((pair, count) -> queue.add(new Candidate(pair, count)));
        List<Vocabulary.Merge> merges = new ArrayList<>();
        Map<String, Integer> byToken = new HashMap<>();
        for (int i = 0; i < tokens.size(); i++) {
            byToken.put(tokens.get(i), i);
        }
        while (tokens.size() < size) {
            Candidate best = queue.poll();
            if (best == null || best.count < 2) {
                break;
            }
            if (counts.getOrDefault(best.pair, 0L) != best.count) {
                continue;
            }
            String left = token(best.pair >>> 32);
            String right = token(best.pair & 0xffffffffL);
            // two ways to the same letters are one token
            Integer merged = byToken.get(left + right);
            if (merged == null) {
                merged = tokens.size();
                tokens.add(left + right);
                byToken.put(left + right, merged);
            }
            merges.add(new Vocabulary.Merge(left, right));
            merge(best.pair, merged);
        }
        return new Vocabulary(
                tokens, merges, languages.stream().distinct().sorted().toList());
    }

    private String token(long id) {
        return tokens.get((int) id);
    }

    private void merge(long pair, int merged) {
        int left = (int) (pair >>> 32);
        int right = (int) pair;
        Set<Word> words = places.remove(pair);
        Set<Long> changed = new HashSet<>();
        for (Word word : words == null ? Set.<Word>of() : words) {
            for (int i = 0; i + 1 < word.tokens.length; i++) {
                subtract(word, i, changed);
            }
            int[] shorter = new int[word.tokens.length];
            int length = 0;
            for (int i = 0; i < word.tokens.length; i++) {
                if (i + 1 < word.tokens.length && word.tokens[i] == left && word.tokens[i + 1] == right) {
                    shorter[length++] = merged;
                    i++;
                } else {
                    shorter[length++] = word.tokens[i];
                }
            }
            word.tokens = Arrays.copyOf(shorter, length);
            changed.addAll(addPairs(word));
        }
        counts.remove(pair);
        changed.remove(pair);
        for (long each : changed) {
            long count = counts.getOrDefault(each, 0L);
            if (count > 0) {
                queue.add(new Candidate(each, count));
            }
        }
    }

    private void subtract(Word word, int i, Set<Long> changed) {
        if (word.tokens[i] < 0 || word.tokens[i + 1] < 0) {
            return;
        }
        long pair = pair(word.tokens[i], word.tokens[i + 1]);
        counts.merge(pair, -word.count, Long::sum);
        changed.add(pair);
    }

    private Set<Long> addPairs(Word word) {
        Set<Long> pairs = new HashSet<>();
        for (int i = 0; i + 1 < word.tokens.length; i++) {
            if (word.tokens[i] >= 0 && word.tokens[i + 1] >= 0) {
                long pair = pair(word.tokens[i], word.tokens[i + 1]);
                counts.merge(pair, word.count, Long::sum);
                places.computeIfAbsent(pair, key -> new HashSet<>()).add(word);
                pairs.add(pair);
            }
        }
        return pairs;
    }

    private static long pair(int left, int right) {
        return ((long) left << 32) | right;
    }
}
