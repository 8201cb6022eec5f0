package dev.polymath.text;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a text tells of its language.
 *
 * @param languages the most probable first; empty if the text has no letters, or nothing that a configured language has
 * @param script ISO 15924 code of the script that most letters of the text are in: {@code Latn}, {@code Cyrl}, {@code Jpan}
 *     for Japanese (Han with kana), {@code Hani} for Han alone; {@code Zyyy} if it has no letters
 * @param charactersAnalyzed UTF-16 units that were looked at: all of them, or those of the excerpts of a long text
 * @param undecided why the language is {@code und}, or null if it is known
 */
public record LanguageDetection(
        List<DetectedLanguage> languages,
        String script,
        int charactersAnalyzed,
        @Nullable Reason undecided) {
    /** Why the language of a text is not known. */
    public enum Reason {
        NO_LETTERS("no letters"),
        /** A text of the script could be decided if the detector were configured with a language that uses it. */
        UNKNOWN_SCRIPT("the script is of no configured language"),
        TOO_SHORT("too short to tell the languages apart"),
        TOO_CLOSE("several languages are about as probable");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** The reason in words. */
        @Override
        public String toString() {
            return text;
        }
    }

    /** BCP-47 code of the language, {@code und} if it is undecided. */
    public String languageCode() {
        return undecided == null ? languages.get(0).languageCode() : "und";
    }
}
