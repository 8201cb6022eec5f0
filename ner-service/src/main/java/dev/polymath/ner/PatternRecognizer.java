package dev.polymath.ner;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Finds what an {@link EntityPattern} describes, with RE2/J. One search is linear in the text, but an expression that
 * looks far ahead for every short match would still make all searches together quadratic; so the work is bounded, too:
 * a pattern that reads the text more than {@value #READS_PER_CHARACTER} times over is refused. */
public final class PatternRecognizer implements Recognizer {
    /** The name of all recognizers of patterns. */
    public static final String NAME = "pattern";

    private static final int READS_PER_CHARACTER = 50;
    private static final int READS_AT_LEAST = 100_000;

    private final EntityPattern pattern;
    private final Pattern compiled;
    private final String description;
    private final String example;

    /**
     * @param pattern what to find
     * @param description one sentence on what it is
     * @param example a text with one in it
     */
    public PatternRecognizer(EntityPattern pattern, String description, String example) {
        this.pattern = pattern;
        this.compiled = pattern.compiled();
        this.description = description;
        this.example = example;
    }

    /** A recognizer for one request, which is not listed and so needs no description. */
    public PatternRecognizer(EntityPattern pattern) {
        this(pattern, "", "");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String type() {
        return pattern.type();
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public String example() {
        return example;
    }

    @Override
    public double confidence() {
        return pattern.confidence();
    }

    /** @throws dev.polymath.inference.InferenceException INVALID_INPUT if the pattern is too costly for this text */
    @Override
    public List<Match> find(String text, Locale locale) {
        return find(text, Call.unbounded(), "regex");
    }

    /**
     * As above, and fails with CANCELLED soon after the call is cancelled.
     *
     * @param field path of the expression in the request, for messages
     */
    List<Match> find(String text, Call call, String field) {
        List<Match> matches = new ArrayList<>();
        boolean named = compiled.namedGroups().containsKey(EntityPattern.VALUE_GROUP);
        Matcher matcher = compiled.matcher(new MeteredText(text, call, field));
        while (matcher.find()) {
            int begin = named ? matcher.start(EntityPattern.VALUE_GROUP) : matcher.start();
            int end = named ? matcher.end(EntityPattern.VALUE_GROUP) : matcher.end();
            if (begin >= 0 && begin < end) {
                matches.add(new Match(begin, end, "", "", false));
            }
        }
        return matches;
    }

    /** The text, as long as it is not read too often and still wanted. */
    private static final class MeteredText implements CharSequence {
        private static final int READS_BETWEEN_CHECKS = 1 << 14;

        private final String text;
        private final Call call;
        private final String field;
        private long reads;

        MeteredText(String text, Call call, String field) {
            this.text = text;
            this.call = call;
            this.field = field;
            this.reads = Math.max(READS_AT_LEAST, (long) READS_PER_CHARACTER * text.length());
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (--reads < 0) {
                throw InvalidInput.of(
                        field,
                        "its matches need more than " + READS_PER_CHARACTER + " passes over the text",
                        "matches that do not look far ahead, such as `[^\\n]{0,100}` for `.*`");
            }
            if (reads % READS_BETWEEN_CHECKS == 0 && call.isCancelled()) {
                throw new InferenceException(InferenceException.Kind.CANCELLED, "the caller cancelled the call");
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
