package dev.polymath.textanalytics.corpus;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * In how many documents each phrase occurs, in bounded memory: when there are too many phrases, the rarer half is forgotten
 * (lossy counting, Manku and Motwani 2002, with the buckets as long as memory allows). A count is never too high, and too
 * low by at most {@link #error()}. Not thread-safe.
 */
final class PhraseCounts {
    /**
     * A phrase that was not forgotten.
     *
     * @param id ascends in the order in which phrases came
     * @param documents lower bound of the number of documents
     * @param occurrences in these documents
     */
    record Phrase(int id, String text, int documents, long occurrences) {}

    private static final class Entry {
        final int id;
        /** How often the phrase may have occurred before, and been forgotten. */
        final int missed;

        int documents;
        long occurrences;

        Entry(int id, int missed) {
            this.id = id;
            this.missed = missed;
        }

        int bound() {
            return documents + missed;
        }
    }

    private final Map<String, Entry> entries = new HashMap<>();
    private final int capacity;
    private int nextId;
    private int error;

    /** @param capacity most phrases to remember from one document to the next, from 2 */
    PhraseCounts(int capacity) {
        this.capacity = capacity;
    }

    /**
     * Counts the phrases of a document.
     *
     * @param occurrences how often each of its phrases occurs
     * @param limit most ids to return
     * @return ids of the phrases that occur in most documents so far
     */
    int[] add(Map<String, Integer> occurrences, int limit) {
        List<Entry> found = occurrences.entrySet().stream()
                .map(phrase -> count(phrase.getKey(), phrase.getValue()))
                .toList();
        if (found.size() > limit) {
            found = found.stream()
                    .sorted(Comparator.comparingInt((Entry entry) -> -entry.documents)
                            .thenComparingInt(entry -> entry.id))
                    .limit(limit)
                    .toList();
        }
        int[] ids = found.stream().mapToInt(entry -> entry.id).toArray();
        if (entries.size() > capacity) {
            forget();
        }
        return ids;
    }

    private Entry count(String phrase, int occurrences) {
        Entry entry = entries.computeIfAbsent(phrase, key -> new Entry(nextId++, error));
        entry.documents++;
        entry.occurrences += occurrences;
        return entry;
    }

    private void forget() {
        int[] bounds = entries.values().stream().mapToInt(Entry::bound).sorted().toArray();
        error = bounds[bounds.length - capacity / 2 - 1];
        entries.values().removeIf(entry -> entry.bound() <= error);
    }

    /** How many phrases are remembered. */
    int size() {
        return entries.size();
    }

    /** By how much a count may be too low. */
    int error() {
        return error;
    }

    /** What is remembered, in the order of the ids. */
    List<Phrase> phrases() {
        return entries.entrySet().stream()
                .map(entry -> new Phrase(
                        entry.getValue().id, entry.getKey(), entry.getValue().documents, entry.getValue().occurrences))
                .sorted(Comparator.comparingInt(Phrase::id))
                .toList();
    }
}
