package dev.polymath.text;

import com.github.pemistahl.lingua.api.IsoCode639_1;
import com.github.pemistahl.lingua.api.Language;
import com.github.pemistahl.lingua.api.LanguageDetectorBuilder;
import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UScript;
import com.ibm.icu.util.ULocale;
import dev.polymath.text.LanguageDetection.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Tells the language of a text with the n-gram models of Lingua. Thread-safe.
 *
 * <p>Only the letters of the text's most frequent script count, so that a product name in Latin letters does not decide
 * on a Thai text. Of a text with more than 800 characters in that script four excerpts of 200 characters, evenly
 * spread, are looked at: from 120 characters on, Lingua hardly ever errs.
 *
 * <p>Confidences are calibrated. Lingua orders the languages by a sum of log probabilities {@code s} and tells the ratios
 * {@code r = s(best) / s}; here a language has the weight {@code exp(-a n^b (1/r - 1))}, {@code n} being the letters,
 * and the weights are divided by their sum. {@code a} and {@code b} were fitted on words, sentences and paragraphs of
 * English, German, French and Spanish (Tatoeba, Python documentation) against the 26 default languages. A text is undecided
 * when no language is more probable than all others together.
 */
public final class LanguageDetector {
    /** What is detected where nothing else is configured: the larger European languages and those with most readers. */
    public static final Set<String> DEFAULT_LANGUAGES = Set.of(
            "ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "hi", "hu", "id", "it", "ja", "ko", "nb", "nl", "pl",
            "pt", "ro", "ru", "sv", "tr", "uk", "vi", "zh");

    private static final int MAX_CHARACTERS = 800;
    private static final int EXCERPTS = 4;

    /** How far the edge of an excerpt moves so that no word is cut. */
    private static final int LONGEST_WORD = 40;

    /** Undecided texts with fewer letters are too short. */
    private static final int SHORT = 40;

    private static final Set<String> SUPPORTED = Arrays.stream(Language.values())
            .filter(language -> language != Language.UNKNOWN)
            .map(LanguageDetector::code)
            .collect(Collectors.toUnmodifiableSet());

    private final Set<String> languages;
    /** Of the languages, codes of {@link UScript}. */
    private final Set<Integer> scripts;

    private final boolean highAccuracy;
    private final com.github.pemistahl.lingua.api.LanguageDetector lingua;

    private LanguageDetector(
            Set<String> languages, boolean highAccuracy, com.github.pemistahl.lingua.api.LanguageDetector lingua) {
        this.languages = languages;
        this.scripts = languages.stream()
                .flatMapToInt(language -> Arrays.stream(UScript.getCode(ULocale.forLanguageTag(language))))
                .boxed()
                .collect(Collectors.toUnmodifiableSet());
        this.highAccuracy = highAccuracy;
        this.lingua = lingua;
    }

    /** All languages that there are models for: BCP-47 codes of two letters. */
    public static Set<String> supportedLanguages() {
        return new TreeSet<>(SUPPORTED);
    }

    /**
     * A detector. The models are shared by all detectors of the process and stay in memory; README.md of this module has
     * the figures.
     *
     * @param languages BCP-47 codes, at least two; the fewer, the surer, faster and smaller
     * @param highAccuracy whether texts of less than 120 characters are compared with n-grams of one to five characters and
     *     not only of three: one and a half to three times fewer errors, for twenty times the memory
     * @param preload whether the models are loaded now, and not when a text needs them
     * @throws IllegalArgumentException if there is no model of a language
     */
    public static LanguageDetector of(Collection<String> languages, boolean highAccuracy, boolean preload) {
        Set<String> codes = new TreeSet<>(languages);
        if (codes.size() < 2) {
            throw new IllegalArgumentException("languages: " + codes + " (expected: at least two)");
        }
        for (String code : codes) {
            if (!SUPPORTED.contains(code)) {
                throw new IllegalArgumentException(
                        "languages: " + code + " (expected: of " + String.join(", ", supportedLanguages()) + ")");
            }
        }
        LanguageDetectorBuilder builder = LanguageDetectorBuilder.fromIsoCodes639_1(codes.stream()
                .map(code -> IsoCode639_1.valueOf(code.toUpperCase(Locale.ROOT)))
                .toArray(IsoCode639_1[]::new));
        if (!highAccuracy) {
            builder.withLowAccuracyMode();
        }
        if (preload) {
            builder.withPreloadedLanguageModels();
        }
        return new LanguageDetector(Set.copyOf(codes), highAccuracy, builder.build());
    }

    /** The languages that are told apart, BCP-47. */
    public Set<String> languages() {
        return languages;
    }

    /**
     * Detects the language of a text.
     *
     * @param text any length, empty too
     * @param topK languages in the answer at most, at least 1
     */
    public LanguageDetection detect(String text, int topK) {
        int script = mostFrequentScript(text);
        if (script == UScript.COMMON) {
            return new LanguageDetection(List.of(), UScript.getShortName(script), text.length(), Reason.NO_LETTERS);
        }
        String letters = inScript(text, script);
        String excerpts = excerpts(letters);
        int analyzed = letters.length() <= MAX_CHARACTERS ? text.length() : excerpts.length() - EXCERPTS;

        SortedMap<Language, Double> ratios = lingua.computeLanguageConfidenceValues(excerpts);
        List<DetectedLanguage> detected = detected(ratios, excerpts);
        Reason undecided = null;
        if (detected.isEmpty() && scripts.stream().noneMatch(known -> isIn(known, script))) {
            undecided = Reason.UNKNOWN_SCRIPT;
        } else if (detected.isEmpty() || detected.get(0).confidence() <= 0.5) {
            undecided = countLetters(excerpts) < SHORT ? Reason.TOO_SHORT : Reason.TOO_CLOSE;
        }
        List<DetectedLanguage> top = List.copyOf(detected.subList(0, Math.min(topK, detected.size())));
        return new LanguageDetection(top, UScript.getShortName(script), analyzed, undecided);
    }

    private List<DetectedLanguage> detected(SortedMap<Language, Double> ratios, String text) {
        double scale = highAccuracy ? 4 * Math.pow(countLetters(text), 0.85) : 0.6 * Math.pow(countLetters(text), 1.15);
        double sum = 0;
        for (double ratio : ratios.values()) {
            sum += weight(ratio, scale);
        }
        List<DetectedLanguage> detected = new ArrayList<>();
        for (Map.Entry<Language, Double> ratio : ratios.entrySet()) {
            detected.add(new DetectedLanguage(code(ratio.getKey()), weight(ratio.getValue(), scale) / sum));
        }
        return detected;
    }

    private static double weight(double ratio, double scale) {
        return Math.exp(-scale * (1 / ratio - 1));
    }

    /** A code of {@link UScript}; COMMON if the text has no letters. */
    private static int mostFrequentScript(String text) {
        int[] counts = new int[UScript.CODE_LIMIT];
        int best = UScript.COMMON;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (UCharacter.isLetter(c)) {
                counts[UScript.getScript(c)]++;
            }
        }
        int kana = counts[UScript.HIRAGANA] + counts[UScript.KATAKANA];
        if (kana > 0) {
            counts[UScript.JAPANESE] = kana + counts[UScript.HAN];
        }
        counts[UScript.COMMON] = 0;
        counts[UScript.INHERITED] = 0;
        for (int script = 0; script < counts.length; script++) {
            if (counts[script] >= counts[best] && counts[script] > 0) {
                best = script;
            }
        }
        return best;
    }

    /** The text with letters of other scripts, digits and white space as single spaces. */
    private static String inScript(String text, int script) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean other = UCharacter.isLetter(c)
                    ? !isIn(UScript.getScript(c), script)
                    : UCharacter.isDigit(c) || UCharacter.isUWhiteSpace(c) || UCharacter.isISOControl(c);
            if (!other) {
                letters.appendCodePoint(c);
            } else if (letters.length() > 0 && letters.charAt(letters.length() - 1) != ' ') {
                letters.append(' ');
            }
        }
        return letters.toString();
    }

    private static boolean isIn(int letter, int script) {
        return letter == script
                || letter == UScript.COMMON
                || letter == UScript.INHERITED
                || (script == UScript.JAPANESE
                        && (letter == UScript.HAN || letter == UScript.HIRAGANA || letter == UScript.KATAKANA));
    }

    private static String excerpts(String text) {
        if (text.length() <= MAX_CHARACTERS) {
            return text;
        }
        int length = MAX_CHARACTERS / EXCERPTS;
        StringBuilder excerpts = new StringBuilder(MAX_CHARACTERS + EXCERPTS);
        for (int i = 0; i < EXCERPTS; i++) {
            int begin = (int) ((text.length() - length) * (long) i / (EXCERPTS - 1));
            int end = begin + length;
            int space = text.indexOf(' ', begin);
            if (begin > 0 && space >= 0 && space < begin + LONGEST_WORD) {
                begin = space + 1;
            }
            space = text.lastIndexOf(' ', end);
            if (end < text.length() && space > end - LONGEST_WORD) {
                end = space;
            }
            excerpts.append(text, begin, end).append(' ');
        }
        return excerpts.toString();
    }

    private static long countLetters(String text) {
        return text.codePoints().filter(UCharacter::isLetter).count();
    }

    private static String code(Language language) {
        return language.getIsoCode639_1().name().toLowerCase(Locale.ROOT);
    }
}
