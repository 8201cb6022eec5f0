package dev.polymath.translation;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.Receipt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Answers each sentence with what a function makes of it. A token is a character. Thread-safe. */
final class FakeTranslationModel implements TranslationModel {
    /** Letters in upper case, placeholders as they are. */
    static final UnaryOperator<String> UPPER_CASE = text -> {
        StringBuilder upper = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            boolean inPlaceholder = text.startsWith("<x", i) && text.indexOf('>', i) == i + 3;
            if (inPlaceholder) {
                upper.append(text, i, i + 4);
                i += 3;
            } else {
                upper.append(Character.toUpperCase(text.charAt(i)));
            }
        }
        return upper.toString();
    };

    private final Set<LanguagePair> pairs;
    private final List<UnaryOperator<String>> answers;
    private final List<String> placeholders;
    private final int maxTokens;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    private FakeTranslationModel(
            Set<LanguagePair> pairs, List<UnaryOperator<String>> answers, List<String> placeholders, int maxTokens) {
        this.pairs = pairs;
        this.answers = answers;
        this.placeholders = placeholders;
        this.maxTokens = maxTokens;
    }

    /** A model with ten placeholders that answers with upper case. */
    static FakeTranslationModel upperCase() {
        return answering(UPPER_CASE);
    }

    /** A model with ten placeholders and the hypotheses that some functions make, the best first. */
    @SafeVarargs
    static FakeTranslationModel answering(UnaryOperator<String>... answers) {
        return new FakeTranslationModel(
                Set.of(new LanguagePair("en", "de")),
                List.of(answers),
                IntStream.range(0, 10).mapToObj(i -> "<x" + i + ">").toList(),
                1000);
    }

    FakeTranslationModel withPairs(LanguagePair... more) {
        return new FakeTranslationModel(Set.of(more), answers, placeholders, maxTokens);
    }

    FakeTranslationModel withoutPlaceholders() {
        return new FakeTranslationModel(pairs, answers, List.of(), maxTokens);
    }

    FakeTranslationModel withMaxTokens(int tokens) {
        return new FakeTranslationModel(pairs, answers, placeholders, tokens);
    }

    /** What it was asked, in the order in which it was. */
    List<String> asked() {
        return asked;
    }

    @Override
    public Set<LanguagePair> pairs() {
        return pairs;
    }

    @Override
    public List<String> placeholders() {
        return placeholders;
    }

    @Override
    public int maxTokens() {
        return maxTokens;
    }

    @Override
    public int countTokens(String text, LanguagePair pair) {
        return text.length();
    }

    @Override
    public Receipt noWork() {
        return receipt(0);
    }

    @Override
    public CompletableFuture<Output> translate(
            String text, LanguagePair pair, Search search, Call call, boolean patient) {
        if (text.length() > maxTokens) {
            return CompletableFuture.failedFuture(new InferenceException(Kind.INPUT_TOO_LONG, "text: too long"));
        }
        if (call.isCancelled()) {
            return CompletableFuture.failedFuture(new InferenceException(Kind.CANCELLED, "cancelled"));
        }
        asked.add(text);
        List<Hypothesis> hypotheses = new ArrayList<>();
        for (UnaryOperator<String> answer : answers) {
            String translation = answer.apply(text);
            hypotheses.add(new Hypothesis(
                    translation.replace("…", ""), -0.1 * (hypotheses.size() + 1), 10, !translation.endsWith("…")));
        }
        return CompletableFuture.completedFuture(new Output(hypotheses, receipt(text.length())));
    }

    private static Receipt receipt(int tokens) {
        return new Receipt(
                "fake",
                "1",
                "0".repeat(64),
                "cpu",
                tokens == 0 ? 0 : 1,
                tokens,
                tokens == 0 ? 0 : 10,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO);
    }
}
