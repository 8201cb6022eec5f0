package dev.polymath.translation;

import dev.polymath.inference.Call;
import dev.polymath.inference.Receipt;
import dev.polymath.translation.Translated.Candidate;
import dev.polymath.translation.TranslationModel.Hypothesis;
import dev.polymath.translation.TranslationModel.Output;
import dev.polymath.translation.TranslationModel.Search;
import dev.polymath.translation.format.Mark;
import dev.polymath.translation.format.Mark.Kind;
import dev.polymath.translation.format.Marks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Translates sentences with marks in one direction. Whatever the model does, each mark of a sentence is in its translation
 * once: an answer that has lost one is dropped, and if there is no other, tags are put where their words are found, or what
 * stands between the marks is translated piece by piece. A sentence that is too long, or has more marks than the model has placeholders, is divided. Thread-safe.
 */
final class SentenceTranslator {
    /** How often a sentence that the model came to no end with is divided. */
    private static final int MOST_DIVISIONS = 2;

    private static final String CLAUSE = ",;:—–，；：、";

    private final TranslationModel model;
    private final LanguagePair pair;
    private final Search search;
    private final Call call;
    private final BooleanSupplier patient;
    private final Executor later;
    private final List<String> placeholders;
    private final Pattern placeholder;

    /**
     * @param patient whether the next sentence waits for room in the queue
     * @param later runs what follows on an answer of the model
     */
    SentenceTranslator(
            TranslationModel model,
            LanguagePair pair,
            Search search,
            Call call,
            BooleanSupplier patient,
            Executor later) {
        this.model = model;
        this.pair = pair;
        this.search = search;
        this.call = call;
        this.patient = patient;
        this.later = later;
        this.placeholders = model.placeholders();
        this.placeholder =
                Pattern.compile(placeholders.stream().map(Pattern::quote).collect(Collectors.joining("|")));
    }

    /** Translates a sentence, or any text without anything that could be divided into sentences. */
    CompletableFuture<Translated> translate(String text, Marks marks) {
        return translate(withoutPlaceholders(text, marks), marks, 0);
    }

    /** What looks like a placeholder of the model is no word for it. */
    private String withoutPlaceholders(String text, Marks marks) {
        return placeholders.isEmpty()
                ? text
                : placeholder.matcher(text).replaceAll(found -> marks.add(Mark.of(Kind.TERM, found.group())));
    }

    private CompletableFuture<Translated> translate(String text, Marks marks, int divisions) {
        if (text.codePoints().noneMatch(c -> !Marks.isMark(c) && Character.isLetter(c))) {
            return CompletableFuture.completedFuture(Translated.verbatim(text));
        }
        long count = text.codePoints()
                .filter(c -> Marks.isMark(c) && marks.get(c).kind() != Kind.BREAK)
                .count();
        if (count > placeholders.size()) {
            return placeholders.isEmpty() ? withTags(text, marks) : divided(text, marks, divisions);
        }
        MarkedSentence sentence = new MarkedSentence(text, marks, placeholders, pair.target());
        if (isTooLong(sentence.input())) {
            return divided(text, marks, divisions);
        }
        // where an answer can be dropped, the next best one is wanted
        Search wanted =
                sentence.hasMarks() || sentence.hasDigits() ? new Search(search.beamSize(), Search.ALL) : search;
        return model.translate(sentence.input(), pair, wanted, call, patient.getAsBoolean())
                .thenCompose(output -> chosen(text, marks, sentence, output, divisions));
    }

    private boolean isTooLong(String text) {
        // a character is at most as many tokens as it has bytes, and a few are added
        return text.length() * 4 + 8 > model.maxTokens() && model.countTokens(text, pair) > model.maxTokens();
    }

    private CompletableFuture<Translated> chosen(
            String text, Marks marks, MarkedSentence sentence, Output output, int divisions) {
        List<Candidate> good = new ArrayList<>();
        List<Candidate> otherDigits = new ArrayList<>();
        for (Hypothesis hypothesis : output.hypotheses()) {
            String decoded =
                    hypothesis.finished() ? sentence.decode(hypothesis.text(), placeholder, placeholders) : null;
            if (decoded != null && hasLetters(decoded)) {
                Candidate candidate =
                        new Candidate(decoded, hypothesis.score() * hypothesis.tokens(), hypothesis.tokens());
                (sentence.sameDigits(decoded) ? good : otherDigits).add(candidate);
            }
        }
        List<Receipt> receipts = List.of(output.receipt());
        if (good.isEmpty() && !sentence.hasDigits()) {
            // a number in words has become one in digits
            good = otherDigits;
        }
        if (!good.isEmpty()) {
            List<Candidate> candidates = good.stream().distinct().toList();
            return CompletableFuture.completedFuture(new Translated(candidates, receipts, 1, 0));
        }
        Supplier<CompletableFuture<Translated>> next;
        if (sentence.hasDigits() && !otherDigits.isEmpty()) {
            next = () -> translate(Protection.protectNumbers(text, marks), marks, divisions);
        } else if (sentence.hasMarks()) {
            next = () -> withTags(text, marks);
        } else if (divisions < MOST_DIVISIONS && divide(text, marks) != null) {
            next = () -> divided(text, marks, divisions + 1);
        } else {
            return CompletableFuture.completedFuture(Translated.kept(text).after(receipts, 1));
        }
        return CompletableFuture.completedFuture(next)
                .thenComposeAsync(Supplier::get, later)
                .thenApply(translated -> translated.after(receipts, 1));
    }

    private static boolean hasLetters(String text) {
        return text.codePoints().anyMatch(Character::isLetterOrDigit);
    }

    /** The sentence without its tags, which are put where their words are found; if one is not found, the pieces. */
    private CompletableFuture<Translated> withTags(String text, Marks marks) {
        TagPlacement tags = TagPlacement.of(text, marks);
        if (tags == null) {
            return pieces(text, marks);
        }
        List<CompletableFuture<Translated>> parts = new ArrayList<>();
        parts.add(translate(tags.plain(), marks, 0));
        tags.pairs().forEach(pair -> parts.add(translate(pair.inner(), marks, 0)));
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenComposeAsync(
                        done -> {
                            List<Translated> all =
                                    parts.stream().map(CompletableFuture::join).toList();
                            Candidate whole = all.get(0).candidate(0);
                            String placed = tags.place(
                                    whole.text(),
                                    all.stream()
                                            .skip(1)
                                            .map(part -> part.candidate(0).text())
                                            .toList());
                            List<Receipt> receipts = all.stream()
                                    .flatMap(part -> part.receipts().stream())
                                    .toList();
                            int pieces =
                                    all.stream().mapToInt(Translated::pieces).sum();
                            return placed == null
                                    ? pieces(text, marks).thenApply(translated -> translated.after(receipts, pieces))
                                    : CompletableFuture.completedFuture(new Translated(
                                            List.of(new Candidate(placed, whole.logProbability(), whole.tokens())),
                                            receipts,
                                            pieces,
                                            all.get(0).kept()));
                        },
                        later);
    }

    /** What stands between the marks, each by itself. */
    private CompletableFuture<Translated> pieces(String text, Marks marks) {
        List<CompletableFuture<Translated>> parts = new ArrayList<>();
        int begin = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            if (Marks.isMark(c) && marks.get(c).kind() != Kind.BREAK) {
                piece(text.substring(begin, i), marks, parts);
                parts.add(CompletableFuture.completedFuture(Translated.verbatim(text.substring(i, next))));
                begin = next;
            }
            i = next;
        }
        piece(text.substring(begin), marks, parts);
        return join(parts);
    }

    /** A piece, whose ends stay as they are but for its words. */
    private void piece(String text, Marks marks, List<CompletableFuture<Translated>> parts) {
        int begin = 0;
        int end = text.length();
        while (begin < end && !Character.isLetterOrDigit(text.codePointAt(begin))) {
            begin += Character.charCount(text.codePointAt(begin));
        }
        while (begin < end && isSpace(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        parts.add(CompletableFuture.completedFuture(Translated.verbatim(text.substring(0, begin))));
        if (begin < end) {
            parts.add(translate(text.substring(begin, end), marks, 0));
        }
        parts.add(CompletableFuture.completedFuture(Translated.verbatim(text.substring(end))));
    }

    private static boolean isSpace(int c) {
        return Marks.isMark(c) || Character.isWhitespace(c);
    }

    private CompletableFuture<Translated> divided(String text, Marks marks, int divisions) {
        int[] cut = divide(text, marks);
        if (cut == null) {
            return CompletableFuture.completedFuture(Translated.kept(text));
        }
        return join(List.of(
                translate(text.substring(0, cut[0]), marks, divisions),
                CompletableFuture.completedFuture(Translated.verbatim(text.substring(cut[0], cut[1]))),
                translate(text.substring(cut[1]), marks, divisions)));
    }

    private static CompletableFuture<Translated> join(List<CompletableFuture<Translated>> parts) {
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenApply(done -> Translated.join(
                        parts.stream().map(CompletableFuture::join).toList()));
    }

    /**
     * Where a text is divided, and where it goes on: at the white space nearest to its middle that follows on a clause and is
     * not far from there, else at any white space, else at the nearest character. Null if it is a single character.
     */
    private static int @Nullable [] divide(String text, Marks marks) {
        int middle = text.length() / 2;
        int[] best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            if (i > 0 && isBlank(c, marks)) {
                int end = next;
                while (end < text.length() && isBlank(text.codePointAt(end), marks)) {
                    end += Character.charCount(text.codePointAt(end));
                }
                boolean clause = CLAUSE.indexOf(text.codePointBefore(i)) >= 0;
                int distance = Math.abs(i - middle) + (clause ? 0 : text.length() / 4);
                if (end < text.length() && distance < bestDistance) {
                    best = new int[] {i, end};
                    bestDistance = distance;
                }
                next = end;
            }
            i = next;
        }
        if (best != null) {
            return best;
        }
        int cut = middle;
        while (cut < text.length() && !isBoundary(text, cut)) {
            cut++;
        }
        if (cut >= text.length()) {
            cut = middle;
            while (cut > 0 && !isBoundary(text, cut)) {
                cut--;
            }
        }
        return cut > 0 && cut < text.length() ? new int[] {cut, cut} : null;
    }

    private static boolean isBlank(int c, Marks marks) {
        return Marks.isMark(c) ? marks.get(c).kind() == Kind.BREAK : Character.isWhitespace(c);
    }

    /** Whether two characters may be taken apart. */
    private static boolean isBoundary(String text, int place) {
        if (place == 0 || Character.isLowSurrogate(text.charAt(place))) {
            return false;
        }
        int type = Character.getType(text.codePointAt(place));
        return type != Character.NON_SPACING_MARK
                && type != Character.ENCLOSING_MARK
                && type != Character.COMBINING_SPACING_MARK;
    }
}
