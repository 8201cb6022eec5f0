package dev.polymath.benchmarks;

import dev.polymath.inference.Call;
import dev.polymath.inference.EntitySpan;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.Iob2Decoder;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TokenClassification;
import dev.polymath.inference.TokenClassifier;
import dev.polymath.training.tokenclassification.TaggedSentence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What a model directory says of annotated sentences, over the path that serving takes. */
final class ModelLabels {
    private ModelLabels() {}

    /** IOB2 labels for the data's own words. */
    static List<List<String>> of(Path directory, List<TaggedSentence> sentences) {
        ModelDirectory model = ModelDirectory.open(directory);
        Iob2Decoder decoder = new Iob2Decoder(model.labels());
        try (TokenClassifier classifier =
                TokenClassifier.load(model, InferenceOptions.defaults(), InferenceListener.NONE)) {
            List<CompletableFuture<TokenClassification>> answers = new ArrayList<>();
            for (TaggedSentence sentence : sentences) {
                answers.add(classifier.classifyWhenAdmitted(sentence.text(), Call.unbounded()));
            }
            List<List<String>> labels = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                labels.add(wordLabels(
                        sentences.get(i), decoder.decode(answers.get(i).join())));
            }
            return labels;
        }
    }

    /**
     * Spans of characters as labels of words: a word has the type of the span that covers its first character, or that
     * begins within it.
     */
    static List<String> wordLabels(TaggedSentence sentence, List<EntitySpan> spans) {
        int[] begins = sentence.begins();
        String[] labels = new String[begins.length];
        Arrays.fill(labels, "O");
        for (EntitySpan span : spans) {
            String prefix = "B-";
            for (int word = 0; word < begins.length; word++) {
                int end = begins[word] + sentence.words().get(word).text().length();
                if (end > span.begin() && begins[word] < span.end() && labels[word].equals("O")) {
                    labels[word] = prefix + span.label();
                    prefix = "I-";
                }
            }
        }
        return List.of(labels);
    }
}
