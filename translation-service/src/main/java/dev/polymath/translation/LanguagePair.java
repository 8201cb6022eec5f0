package dev.polymath.translation;

/**
 * A direction of translation.
 *
 * @param source BCP-47, the language alone
 * @param target BCP-47, the language alone
 */
public record LanguagePair(String source, String target) implements Comparable<LanguagePair> {
    @Override
    public int compareTo(LanguagePair other) {
        int bySource = source.compareTo(other.source);
        return bySource != 0 ? bySource : target.compareTo(other.target);
    }

    @Override
    public String toString() {
        return source + "-" + target;
    }
}
