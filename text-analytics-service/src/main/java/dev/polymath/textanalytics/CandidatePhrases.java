package dev.polymath.textanalytics;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.text.BreakIterator;
import com.ibm.icu.util.ULocale;
import dev.polymath.text.TextSpan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The phrases of a text that may be key phrases, by their form and statistics alone: no model and no parts of speech.
 *
 * <p>A run is a stretch of words without a stop word, an adverb, punctuation or a blank line in it (as in RAKE, Rose et al.
 * 2010). Candidates are the runs of up to {@value #LONGEST} words, names (two and more capitalized words) within runs and what
 * they leave of a longer run, and what occurs more than once within runs and is not
 * always part of the same longer phrase (compare C-value, Frantzi, Ananiadou and Mima 2000). Forms of the same words, such
 * as singular and plural, are one candidate, named by the most frequent form. Words are those of Unicode Standard Annex
 * #29 as ICU has them, joined where only a hyphen is between them.
 *
 * <p>Time and memory are linear in the text.
 */
final class CandidatePhrases {
    /** Most words of a phrase. */
    static final int LONGEST = 5;

    /** A longer word is none, but a code, an address or noise. */
    private static final int LONGEST_WORD = 64;

    private static final BreakIterator WORDS = BreakIterator.getWordInstance(ULocale.ENGLISH);

    /**
     * A candidate.
     *
     * @param text as it is written where its most frequent form comes first
     * @param words number of them, 1 to {@value CandidatePhrases#LONGEST}
     * @param occurrences in all its forms, those within longer phrases included
     * @param complete how many of them are whole runs
     * @param first UTF-16 index of the first one
     * @param wordOccurrences mean number of occurrences of its words, whatever they are part of
     * @param mentions of the form that {@code text} has, whatever the case of its letters, in the order of the text,
     *     without overlaps
     */
    record Candidate(
            String text,
            int words,
            int occurrences,
            int complete,
            int first,
            double wordOccurrences,
            List<TextSpan> mentions) {
        Candidate {
            mentions = List.copyOf(mentions);
        }
    }

    /** @param joined whether it belongs to the run of the word before it */
    private record Word(int begin, int end, int stem, int form, boolean joined) {}

    private static final class Phrase {
        final int number;
        final int words;
        final @Nullable Phrase prefix;
        final @Nullable Phrase suffix;
        final double wordOccurrences;
        int occurrences;
        int complete;
        int first;
        /** Occurrences of the most frequent phrase that is one word longer. */
        int extended;

        Phrase(int number, @Nullable Phrase prefix, @Nullable Phrase suffix, int words, double wordOccurrences) {
            this.number = number;
            this.prefix = prefix;
            this.suffix = suffix;
            this.words = words;
            this.wordOccurrences = wordOccurrences;
        }

        boolean isCandidate() {
            return complete > 0 || (occurrences > 1 && occurrences > extended);
        }

        double promise() {
            return occurrences * (1 + Math.log(words));
        }
    }

    private final String text;
    private final List<Word> words = new ArrayList<>();
    /** Numbers of folded words, and of their stems by that number. */
    private final Map<String, Integer> forms = new HashMap<>();

    private final Map<String, Integer> stems = new HashMap<>();
    private final List<Integer> stemOfForm = new ArrayList<>();
    private final Map<Long, Phrase> phrases = new HashMap<>();

    private CandidatePhrases(String text) {
        this.text = text;
    }

    /**
     * The candidates of a text.
     *
     * @param limit at most this many: those with the most occurrences, longer ones before shorter and earlier ones before
     *     later
     * @return in the order of their first occurrence
     */
    static List<Candidate> find(String text, int limit) {
        return new CandidatePhrases(text).find(limit);
    }

    private List<Candidate> find(int limit) {
        findWords();
        countPhrases();
        Map<Phrase, List<Integer>> places = new HashMap<>();
        phrases.values().stream()
                .filter(Phrase::isCandidate)
                .sorted(Comparator.comparingDouble(Phrase::promise)
                        .reversed()
                        .thenComparingInt(phrase -> phrase.first)
                        .thenComparingInt(phrase -> phrase.words))
                .limit(limit)
                .forEach(phrase -> places.put(phrase, new ArrayList<>()));
        for (int i = 0; i < words.size(); i++) {
            Phrase phrase = null;
            for (int j = i;
                    j < words.size()
                            && j < i + LONGEST
                            && (j == i || words.get(j).joined());
                    j++) {
                phrase = phrases.get(key(phrase, words.get(j)));
                List<Integer> found = places.get(phrase);
                if (found != null) {
                    found.add(i);
                }
            }
        }
        return places.entrySet().stream()
                .map(entry -> candidate(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingInt(Candidate::first).thenComparingInt(Candidate::words))
                .toList();
    }

    private void findWords() {
        BreakIterator iterator = (BreakIterator) WORDS.clone();
        iterator.setText(text);
        int wordBegin = -1;
        int wordEnd = 0;
        int gapBegin = 0;
        int begin = iterator.first();
        for (int end = iterator.next(); end != BreakIterator.DONE; begin = end, end = iterator.next()) {
            if (iterator.getRuleStatus() >= BreakIterator.WORD_NONE_LIMIT) {
                if (wordBegin >= 0 && !isHyphen(wordEnd, begin)) {
                    gapBegin = addWord(wordBegin, wordEnd, gapBegin);
                    wordBegin = -1;
                }
                wordBegin = wordBegin < 0 ? begin : wordBegin;
                wordEnd = end;
            }
        }
        if (wordBegin >= 0) {
            addWord(wordBegin, wordEnd, gapBegin);
        }
    }

    /**
     * @param gapBegin end of the last word that was added, or less than 0 if a stop word came after it
     * @return the next {@code gapBegin}
     */
    private int addWord(int begin, int end, int gapBegin) {
        String folded = end - begin > LONGEST_WORD ? "" : EnglishWords.fold(text.substring(begin, end));
        if (folded.isEmpty() || EnglishWords.isStopWord(folded)) {
            return -1;
        }
        boolean joined = gapBegin >= 0 && !words.isEmpty() && isSpace(gapBegin, begin);
        boolean number = folded.codePoints().noneMatch(Character::isLetter);
        if (number && !joined) {
            return -1;
        }
        int form = forms.computeIfAbsent(folded, absent -> {
            stemOfForm.add(stems.computeIfAbsent(EnglishWords.stem(folded), stem -> stems.size()));
            return forms.size();
        });
        words.add(new Word(begin, end, stemOfForm.get(form), form, joined));
        return end;
    }

    private boolean isHyphen(int begin, int end) {
        return end - begin == 1 && "-\u2010\u2011\u2013".indexOf(text.charAt(begin)) >= 0;
    }

    /** White space, at most one line break in it, or nothing. */
    private boolean isSpace(int begin, int end) {
        int lineBreaks = 0;
        for (int i = begin; i < end; i++) {
            char c = text.charAt(i);
            if (!UCharacter.isUWhiteSpace(c)) {
                return false;
            }
            lineBreaks += c == '\n' || (c == '\r' && !text.startsWith("\n", i + 1)) || c == '\u2029' ? 1 : 0;
        }
        return lineBreaks <= 1;
    }

    private void countPhrases() {
        int[] stemOccurrences = new int[stems.size()];
        words.forEach(word -> stemOccurrences[word.stem()]++);
        Phrase[] next = new Phrase[LONGEST + 1];
        int runEnd = words.size();
        for (int i = words.size() - 1; i >= 0; i--) {
            Phrase[] here = new Phrase[LONGEST + 1];
            for (int length = 1; length <= Math.min(LONGEST, runEnd - i); length++) {
                Word last = words.get(i + length - 1);
                Phrase prefix = here[length - 1];
                Phrase suffix = next[length - 1];
                int lengthNow = length;
                double before = prefix == null ? 0 : prefix.wordOccurrences * (length - 1);
                Phrase phrase = phrases.computeIfAbsent(
                        key(prefix, last),
                        absent -> new Phrase(
                                phrases.size() + 1,
                                prefix,
                                suffix,
                                lengthNow,
                                (before + stemOccurrences[last.stem()]) / lengthNow));
                phrase.occurrences++;
                phrase.first = i;
                here[length] = phrase;
            }
            next = here;
            if (!words.get(i).joined()) {
                Phrase run = runEnd - i <= LONGEST ? here[runEnd - i] : null;
                if (run != null) {
                    run.complete++;
                }
                runEnd = i;
                next = new Phrase[LONGEST + 1];
            }
        }
        for (Phrase phrase : phrases.values()) {
            extend(phrase.prefix, phrase.occurrences);
            extend(phrase.suffix, phrase.occurrences);
        }
        completeParts();
    }

    /** Names within runs, and what is left of a run that is too long for a phrase. */
    private void completeParts() {
        for (int begin = 0, end; begin < words.size(); begin = end) {
            end = begin + 1;
            while (end < words.size() && words.get(end).joined()) {
                end++;
            }
            for (int from = begin, to; from < end; from = to) {
                boolean name = isName(from, end);
                to = from + 1;
                while (to < end && (name ? isCapitalized(to) : !isName(to, end))) {
                    to++;
                }
                boolean whole = to - from == end - begin;
                if (!whole && to - from <= LONGEST && (name || end - begin > LONGEST)) {
                    Phrase part = null;
                    for (int i = from; i < to; i++) {
                        part = phrases.get(key(part, words.get(i)));
                    }
                    Objects.requireNonNull(part).complete++;
                }
            }
        }
    }

    /** Whether at least two capitalized words begin here. */
    private boolean isName(int word, int end) {
        return word + 1 < end && isCapitalized(word) && isCapitalized(word + 1);
    }

    private boolean isCapitalized(int word) {
        return UCharacter.isUpperCase(text.codePointAt(words.get(word).begin()));
    }

    private static void extend(@Nullable Phrase phrase, int occurrences) {
        if (phrase != null) {
            phrase.extended = Math.max(phrase.extended, occurrences);
        }
    }

    private static long key(@Nullable Phrase prefix, Word word) {
        return (prefix == null ? 0L : (long) prefix.number << 32) | word.stem();
    }

    private Candidate candidate(Phrase phrase, List<Integer> places) {
        Map<List<Integer>, List<Integer>> forms = new LinkedHashMap<>();
        for (int place : places) {
            List<Integer> form = words.subList(place, place + phrase.words).stream()
                    .map(Word::form)
                    .toList();
            forms.computeIfAbsent(form, absent -> new ArrayList<>()).add(place);
        }
        Collection<List<Integer>> all = forms.values();
        List<Integer> most =
                all.stream().reduce((a, b) -> b.size() > a.size() ? b : a).orElseThrow();
        List<TextSpan> mentions = new ArrayList<>();
        for (int place : most) {
            TextSpan mention = new TextSpan(
                    words.get(place).begin(),
                    words.get(place + phrase.words - 1).end());
            if (mentions.isEmpty()
                    || mention.begin() >= mentions.get(mentions.size() - 1).end()) {
                mentions.add(mention);
            }
        }
        TextSpan first = mentions.get(0);
        return new Candidate(
                text.substring(first.begin(), first.end()),
                phrase.words,
                phrase.occurrences,
                phrase.complete,
                words.get(phrase.first).begin(),
                phrase.wordOccurrences,
                mentions);
    }
}
