package dev.polymath.translation;

import dev.polymath.inference.Call;
import dev.polymath.inference.GeneratedText;
import dev.polymath.inference.GenerationOptions;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.Receipt;
import dev.polymath.inference.TextGenerator;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * A model directory of an encoder-decoder model that translates. Beside what {@link TextGenerator} reads, serving.properties
 * says what it is asked with:
 *
 * <ul>
 *   <li>{@code polymath.translation.pairs}: its directions, {@code en-de,de-en}
 *   <li>{@code polymath.translation.prefix}: what stands before each sentence, and a space; {@code {source}} and
 *       {@code {target}} in it are the languages, {@code {source-name}} and {@code {target-name}} their English names
 *   <li>{@code polymath.translation.forced-bos}: the token with which each translation begins, {@code {target}} for example
 *   <li>{@code polymath.translation.codes}: the model's own names of the languages, {@code en=eng_Latn,de=deu_Latn}
 *   <li>{@code polymath.translation.placeholders}: tokens that it has learnt to copy
 * </ul>
 *
 * Thread-safe.
 */
public final class GeneratorTranslationModel implements TranslationModel, AutoCloseable {
    private static final String KEY = "polymath.translation.";

    private final TextGenerator generator;
    private final Set<LanguagePair> pairs;
    private final List<String> placeholders;
    private final Map<LanguagePair, String> prefixes = new HashMap<>();
    private final Map<LanguagePair, OptionalInt> firstTokens = new HashMap<>();

    private GeneratorTranslationModel(TextGenerator generator) {
        ModelDirectory model = generator.model();
        this.generator = generator;
        this.pairs = pairs(model);
        this.placeholders = list(model.property(KEY + "placeholders", ""));
        Map<String, String> codes = codes(model);
        String prefix = model.property(KEY + "prefix", "").strip();
        String forced = model.property(KEY + "forced-bos", "").strip();
        for (LanguagePair pair : pairs) {
            prefixes.put(pair, prefix.isEmpty() ? "" : fill(prefix, pair, codes) + " ");
            firstTokens.put(pair, firstToken(forced, pair, codes));
        }
        for (String placeholder : placeholders) {
            if (generator.tokenId(placeholder).isEmpty()) {
                throw unusable(model, "placeholders: " + placeholder + " (expected: a token of the vocabulary)");
            }
        }
    }

    /**
     * Loads and warms up a model.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static GeneratorTranslationModel load(
            ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        TextGenerator generator = TextGenerator.load(model, options, listener);
        try {
            return new GeneratorTranslationModel(generator);
        } catch (RuntimeException e) {
            generator.close();
            throw e;
        }
    }

    private static Set<LanguagePair> pairs(ModelDirectory model) {
        Set<LanguagePair> pairs = new TreeSet<>();
        for (String pair : list(model.property(KEY + "pairs", ""))) {
            String[] languages = pair.split("-", -1);
            if (languages.length != 2 || languages[0].isBlank() || languages[1].isBlank()) {
                throw unusable(model, "pairs: " + pair + " (expected: two languages, for example en-de)");
            }
            pairs.add(new LanguagePair(languages[0].strip(), languages[1].strip()));
        }
        if (pairs.isEmpty()) {
            throw unusable(model, "pairs: missing (expected: its directions, for example en-de,de-en)");
        }
        return pairs;
    }

    private static Map<String, String> codes(ModelDirectory model) {
        Map<String, String> codes = new HashMap<>();
        for (String code : list(model.property(KEY + "codes", ""))) {
            String[] parts = code.split("=", 2);
            if (parts.length != 2) {
                throw unusable(model, "codes: " + code + " (expected: for example en=eng_Latn)");
            }
            codes.put(parts[0].strip(), parts[1].strip());
        }
        return codes;
    }

    private static String fill(String template, LanguagePair pair, Map<String, String> codes) {
        return template.replace("{source}", codes.getOrDefault(pair.source(), pair.source()))
                .replace("{target}", codes.getOrDefault(pair.target(), pair.target()))
                .replace("{source-name}", name(pair.source()))
                .replace("{target-name}", name(pair.target()));
    }

    private static String name(String language) {
        return Locale.forLanguageTag(language).getDisplayLanguage(Locale.ENGLISH);
    }

    private OptionalInt firstToken(String forced, LanguagePair pair, Map<String, String> codes) {
        if (forced.isEmpty()) {
            return OptionalInt.empty();
        }
        String token = fill(forced, pair, codes);
        OptionalInt id = generator.tokenId(token);
        if (id.isEmpty()) {
            throw unusable(generator.model(), "forced-bos: " + token + " (expected: a token of the vocabulary)");
        }
        return id;
    }

    private static List<String> list(String commaSeparated) {
        return Arrays.stream(commaSeparated.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    private static InferenceException unusable(ModelDirectory model, String problem) {
        return new InferenceException(Kind.MODEL_NOT_READY, model + ": " + KEY + problem);
    }

    /** Its directory. */
    public ModelDirectory directory() {
        return generator.model();
    }

    /** Where it runs, comma-separated. */
    public String device() {
        return generator.device();
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
        return generator.maxSourceTokens();
    }

    @Override
    public int countTokens(String text, LanguagePair pair) {
        return generator.countTokens(prefixes.get(pair) + text);
    }

    @Override
    public Receipt noWork() {
        return Receipt.none(generator.model(), generator.device());
    }

    @Override
    public CompletableFuture<Output> translate(
            String text, LanguagePair pair, Search search, Call call, boolean patient) {
        GenerationOptions options = options(pair, search);
        String source = prefixes.get(pair) + text;
        return (patient
                        ? generator.generateWhenAdmitted(source, options, call)
                        : generator.generate(source, options, call))
                .thenApply(generated -> output(generated, search));
    }

    private GenerationOptions options(LanguagePair pair, Search search) {
        GenerationOptions options = generator.defaults();
        if (search.beamSize() > 0) {
            options = options.withBeamSize(search.beamSize());
        }
        int wanted = search.alternatives() == Search.ALL ? options.beamSize() : search.alternatives() + 1;
        options = options.withAlternatives(wanted);
        OptionalInt firstToken = firstTokens.getOrDefault(pair, OptionalInt.empty());
        return firstToken.isPresent() ? options.withFirstToken(firstToken.getAsInt()) : options;
    }

    private static Output output(GeneratedText text, Search search) {
        List<Hypothesis> hypotheses = text.hypotheses().stream()
                .map(hypothesis -> new Hypothesis(
                        hypothesis.text(), hypothesis.score(), hypothesis.tokens().length, hypothesis.finished()))
                .toList();
        // those that are there only in case the best is dropped are none of the answer
        return new Output(
                hypotheses,
                search.alternatives() == Search.ALL
                        ? withGeneratedTokens(text.receipt(), hypotheses.get(0).tokens())
                        : text.receipt());
    }

    private static Receipt withGeneratedTokens(Receipt receipt, int tokens) {
        return new Receipt(
                receipt.model(),
                receipt.version(),
                receipt.sha256(),
                receipt.device(),
                receipt.batchSize(),
                receipt.tokens(),
                tokens,
                receipt.tokenize(),
                receipt.queue(),
                receipt.infer(),
                receipt.decode());
    }

    @Override
    public void close() {
        generator.close();
    }
}
