package dev.polymath.textanalytics.corpus;

import dev.polymath.textanalytics.EnglishWords;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One or several words in a row that may be a key phrase: none of them a stop word or without a letter, and nothing but
 * white space between them. A single letter is none by itself.
 *
 * @param key the words in lower case and without a possessive {@code 's}, joined by one space: phrases with the same key
 *     are the same
 * @param begin UTF-16 index of the first character
 * @param end UTF-16 index after the last character
 * @param words how many, from 1
 */
record PhraseCandidate(String key, int begin, int end, int words) {
    /**
     * All candidates of a text in the order of their end, the longer first.
     *
     * @param maxWords most words of a candidate, from 1
     */
    static List<PhraseCandidate> find(String text, int maxWords) {
        if (maxWords < 1) {
            throw new IllegalArgumentException("maxWords: " + maxWords + " (expected: >= 1)");
        }
        List<PhraseCandidate> candidates = new ArrayList<>();
        List<PhraseCandidate> row = new ArrayList<>();
        int index = 0;
        while (index < text.length()) {
            int end = endOfWord(text, index);
            if (end == index) {
                int character = text.codePointAt(index);
                if (!Character.isWhitespace(character)) {
                    row.clear();
                }
                index += Character.charCount(character);
                continue;
            }
            String word = text.substring(index, end);
            if (word.codePoints().noneMatch(Character::isLetter) || EnglishWords.isStopWord(EnglishWords.fold(word))) {
                row.clear();
            } else {
                row.add(new PhraseCandidate(key(word), index, end, 1));
                for (int words = Math.min(maxWords, row.size()); words > 0; words--) {
                    PhraseCandidate candidate = join(row.subList(row.size() - words, row.size()));
                    if (candidate.key().length() > 1) {
                        candidates.add(candidate);
                    }
                }
            }
            index = end;
        }
        return candidates;
    }

    /** The end of the word that begins here, which may have hyphens and apostrophes inside; {@code begin} if none does. */
    private static int endOfWord(String text, int begin) {
        int end = begin;
        int index = begin;
        while (index < text.length()) {
            int character = text.codePointAt(index);
            index += Character.charCount(character);
            if (isWordPart(character)) {
                end = index;
            } else if (end == begin || end < index - 1 || "-'’‑".indexOf(character) < 0) {
                break;
            }
        }
        return end;
    }

    private static boolean isWordPart(int character) {
        return Character.isLetterOrDigit(character)
                || switch (Character.getType(character)) {
                    case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK -> true;
                    default -> false;
                };
    }

    private static String key(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        return lower.endsWith("'s") || lower.endsWith("’s") ? lower.substring(0, lower.length() - 2) : lower;
    }

    private static PhraseCandidate join(List<PhraseCandidate> words) {
        if (words.size() == 1) {
            return words.get(0);
        }
        String key = String.join(" ", words.stream().map(PhraseCandidate::key).toList());
        return new PhraseCandidate(
                key, words.get(0).begin(), words.get(words.size() - 1).end(), words.size());
    }
}
