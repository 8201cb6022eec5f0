package dev.polymath.textanalytics.corpus;

import java.util.Arrays;
import java.util.List;

/**
 * Groups of texts whose signatures are alike, found by locality-sensitive hashing (Leskovec, Rajaraman and Ullman, Mining of
 * Massive Datasets, chapter 3): a signature is cut into bands, texts that agree in a band are candidates, and candidates
 * are compared by their whole signatures. A group is all that is linked by such pairs, so its first and its last may be
 * less alike than the threshold.
 *
 * <p>Within a band a text is compared with at most {@value #LEADERS} others, so the work is linear whatever the texts: of
 * 100,000 equal ones each is compared once. What is lost by that are pairs which agree in a band with many texts that they
 * are not alike to.
 *
 * @param first for each text the index of the first of its group; its own if it is the first or in no group
 * @param comparisons how many pairs of signatures were compared
 */
record NearDuplicates(int[] first, long comparisons) {
    /** Of a pair exactly at the threshold, the share that no band sees is at most this. */
    private static final double MISSED = 0.01;

    private static final int LEADERS = 16;

    /**
     * @param signatures as {@link MinHash} makes them
     * @param similarity from which on two texts are alike, in (0, 1]
     * @param checkpoint called again and again; what it throws ends the search
     */
    static NearDuplicates find(List<byte[]> signatures, double similarity, Runnable checkpoint) {
        int rows = rows(similarity);
        int[] first = new int[signatures.size()];
        Arrays.setAll(first, i -> i);
        long comparisons = 0;
        // Hash of the band above, index below: sorted, each bucket is in a row and in the order of the texts.
        long[] keys = new long[first.length];
        int[] leaders = new int[LEADERS];
        for (int band = 0; band + rows <= MinHash.LENGTH; band += rows) {
            checkpoint.run();
            for (int i = 0; i < keys.length; i++) {
                keys[i] = hash(signatures.get(i), band, band + rows) << 32 | i;
            }
            Arrays.sort(keys);
            int count = 0;
            for (int i = 0; i < keys.length; i++) {
                if (i > 0 && keys[i] >> 32 != keys[i - 1] >> 32) {
                    count = 0;
                }
                int text = (int) keys[i];
                boolean alike = false;
                for (int j = 0; j < count && !alike; j++) {
                    int leader = leaders[j];
                    alike = root(first, leader) == root(first, text);
                    if (!alike) {
                        comparisons++;
                        alike = MinHash.similarity(signatures.get(leader), signatures.get(text)) >= similarity;
                        if (alike) {
                            unite(first, leader, text);
                        }
                    }
                }
                if (!alike && count < LEADERS) {
                    leaders[count++] = text;
                }
            }
        }
        for (int i = 0; i < first.length; i++) {
            first[i] = root(first, i);
        }
        return new NearDuplicates(first, comparisons);
    }

    /** The longest bands that still see nearly all pairs at the threshold: the longer, the fewer false candidates. */
    private static int rows(double similarity) {
        int rows = MinHash.LENGTH;
        while (rows > 1 && Math.pow(1 - Math.pow(similarity, rows), MinHash.LENGTH / rows) > MISSED) {
            rows--;
        }
        return rows;
    }

    private static long hash(byte[] signature, int begin, int end) {
        long hash = 0;
        for (int i = begin; i < end; i++) {
            hash = hash * 0x9E3779B97F4A7C15L + signature[i];
        }
        return MinHash.mix(hash);
    }

    private static int root(int[] first, int text) {
        int root = text;
        while (first[root] != root) {
            first[root] = first[first[root]];
            root = first[root];
        }
        return root;
    }

    private static void unite(int[] first, int left, int right) {
        int a = root(first, left);
        int b = root(first, right);
        first[Math.max(a, b)] = Math.min(a, b);
    }
}
