package dev.polymath.training.tokenclassification;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.polymath.inference.Call;
import dev.polymath.inference.EntitySpan;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.Iob2Decoder;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TokenClassification;
import dev.polymath.inference.TokenClassifier;
import dev.polymath.inference.TokenizedText;
import dev.polymath.training.DataFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Labels texts with models that there are, so that a new one learns from more text than people have labelled (self-training, Yarowsky
 * 1995; with noise on the learner's side, Xie et al. 2020, "Self-training with Noisy Student").
 */
@Command(
        name = "label",
        description = {
            "Labels texts with token classifiers and writes them as training data: for self-training, or to be corrected by hand.",
            "Give what it writes to ./train token-classification --train, beside data that people have labelled."
        },
        sortOptions = false,
        showDefaultValues = true)
public final class LabelCommand implements Callable<Integer> {
    /** Texts that wait for an answer at a time. */
    private static final int BLOCK = 2000;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Option(
            names = "--model",
            required = true,
            arity = "1..*",
            paramLabel = "DIR",
            description =
                    "Model directories of token classifiers; several of the same labels and tokenizer answer with their mean.")
    List<Path> models = List.of();

    @Option(
            names = "--texts",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Texts, one per line, best a sentence each; plain or .gz.")
    List<Path> texts = List.of();

    @Option(
            names = "--min-confidence",
            paramLabel = "P",
            description = "Leave out a text with a word whose most probable label is less probable than this.")
    double minConfidence = 0.5;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "JSON lines; must be new.")
    @SuppressWarnings("NullAway.Init")
    Path out;

    @Override
    public Integer call() throws IOException {
        if (!(minConfidence >= 0 && minConfidence <= 1)) {
            throw new IllegalArgumentException("--min-confidence: " + minConfidence + " (expected: 0 to 1)");
        }
        if (Files.exists(out)) {
            throw new FileAlreadyExistsException(out.toString(), null, "there is a file already (expected: a new one)");
        }
        List<String> lines = new ArrayList<>();
        for (Path file : texts) {
            new DataFile(file).lines().forEach(line -> lines.add(line.text()));
        }
        List<TokenClassifier> classifiers = new ArrayList<>();
        try {
            for (Path model : models) {
                classifiers.add(TokenClassifier.load(
                        ModelDirectory.open(model), InferenceOptions.defaults(), InferenceListener.NONE));
            }
            requireSameLabels(classifiers);
            write(lines, classifiers);
            return 0;
        } finally {
            classifiers.forEach(TokenClassifier::close);
        }
    }

    private void write(List<String> lines, List<TokenClassifier> classifiers) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(out, StandardOpenOption.CREATE_NEW)) {
            long kept = 0;
            long entities = 0;
            for (int from = 0; from < lines.size(); from += BLOCK) {
                int to = Math.min(lines.size(), from + BLOCK);
                for (Labelled labelled : label(classifiers, lines.subList(from, to))) {
                    if (labelled.confidence() >= minConfidence) {
                        writer.write(labelled.toJson() + "\n");
                        kept++;
                        entities += labelled.spans().size();
                    }
                }
                System.out.printf(Locale.ROOT, "%,d texts read, %,d kept with %,d entities%n", to, kept, entities);
            }
        }
    }

    /** @param confidence probability of the label of that word of which it is least certain; 1 without a word */
    private record Labelled(String text, List<EntitySpan> spans, double confidence) {
        JsonObject toJson() {
            JsonArray entities = new JsonArray();
            for (EntitySpan span : spans) {
                JsonObject entity = new JsonObject();
                entity.addProperty("begin", span.begin());
                entity.addProperty("end", span.end());
                entity.addProperty("type", span.label());
                entities.add(entity);
            }
            JsonObject object = new JsonObject();
            object.addProperty("text", text);
            object.add("entities", entities);
            return object;
        }
    }

    private static List<Labelled> label(List<TokenClassifier> classifiers, List<String> block) {
        List<List<CompletableFuture<TokenClassification>>> answers = block.stream()
                .map(text -> classifiers.stream()
                        .map(classifier -> classifier.classifyWhenAdmitted(text, Call.unbounded()))
                        .toList())
                .toList();
        List<String> labels = classifiers.get(0).model().labels();
        Iob2Decoder decoder = new Iob2Decoder(labels);
        List<Labelled> labelled = new ArrayList<>(block.size());
        for (int i = 0; i < block.size(); i++) {
            List<TokenClassification> each =
                    answers.get(i).stream().map(CompletableFuture::join).toList();
            TokenizedText tokens = each.get(0).tokens();
            float[] mean = mean(each);
            labelled.add(new Labelled(
                    block.get(i), decoder.decode(tokens, mean), leastCertain(tokens, mean, labels.size())));
        }
        return labelled;
    }

    private static float[] mean(List<TokenClassification> answers) {
        TokenizedText tokens = answers.get(0).tokens();
        float[] mean = new float[answers.get(0).probabilities().length];
        for (TokenClassification answer : answers) {
            if (!Arrays.equals(answer.tokens().begins(), tokens.begins())) {
                throw new IllegalArgumentException("the models split a text into " + tokens.size() + " and "
                        + answer.tokens().size() + " tokens (expected: models with the same tokenizer.json)");
            }
            for (int i = 0; i < mean.length; i++) {
                mean[i] += answer.probabilities()[i] / answers.size();
            }
        }
        return mean;
    }

    private static double leastCertain(TokenizedText tokens, float[] probabilities, int labels) {
        double least = 1;
        for (int token = 0; token < tokens.size(); token++) {
            if (tokens.startsWord(token)) {
                float best = 0;
                for (int label = 0; label < labels; label++) {
                    best = Math.max(best, probabilities[token * labels + label]);
                }
                least = Math.min(least, best);
            }
        }
        return least;
    }

    private static void requireSameLabels(List<TokenClassifier> classifiers) {
        List<String> expected = classifiers.get(0).model().labels();
        for (TokenClassifier classifier : classifiers) {
            if (!classifier.model().labels().equals(expected)) {
                throw new IllegalArgumentException(classifier.model() + ": labels "
                        + classifier.model().labels() + " (expected: " + expected + ", as in "
                        + classifiers.get(0).model() + ")");
            }
        }
    }
}
