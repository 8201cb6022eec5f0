package dev.polymath.training.tokenclassification;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The scores of a model on data sets as they are, and on the same sentences in lower case and in upper case. */
record Evaluation(Map<String, EntityScores> scores) {
    private static final Map<String, UnaryOperator<TaggedSentence>> VARIANTS = variants();

    private static Map<String, UnaryOperator<TaggedSentence>> variants() {
        Map<String, UnaryOperator<TaggedSentence>> variants = new LinkedHashMap<>();
        variants.put("", sentence -> sentence);
        variants.put(", in lower case", TextNoise::lowerCase);
        variants.put(", in upper case", TextNoise::upperCase);
        return variants;
    }

    static Evaluation of(
            Function<List<EncodedSentence>, Predictions> model,
            SentenceEncoder encoder,
            List<String> labels,
            double temperature,
            Map<String, List<TaggedSentence>> dataSets,
            boolean withVariants) {
        Map<String, EntityScores> scores = new LinkedHashMap<>();
        dataSets.forEach((name, sentences) -> VARIANTS.forEach((suffix, variant) -> {
            if (suffix.isEmpty() || withVariants) {
                List<EncodedSentence> encoded = new ArrayList<>();
                sentences.forEach(sentence -> encoded.addAll(encoder.encode(variant.apply(sentence))));
                scores.put(name + suffix, model.apply(encoded).scores(labels, temperature));
            }
        }));
        return new Evaluation(scores);
    }

    /** Mean of the F1 over these data sets as they are. */
    double meanF1(Set<String> names) {
        return scores.entrySet().stream()
                .filter(entry -> names.contains(entry.getKey()))
                .mapToDouble(entry -> entry.getValue().micro().f1())
                .average()
                .orElse(0);
    }

    String toMarkdown() {
        StringBuilder text = new StringBuilder();
        scores.forEach((name, table) -> text.append("**")
                .append(name)
                .append("**\n\n")
                .append(table.toMarkdown())
                .append('\n'));
        return text.toString();
    }
}
