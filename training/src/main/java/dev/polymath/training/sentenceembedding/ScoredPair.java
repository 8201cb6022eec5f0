package dev.polymath.training.sentenceembedding;

/**
 * Two texts and how alike people find them.
 *
 * @param score higher is more alike, on any scale
 */
record ScoredPair(String left, String right, double score) {}
