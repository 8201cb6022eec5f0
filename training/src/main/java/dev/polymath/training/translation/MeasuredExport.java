package dev.polymath.training.translation;

import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.ModelDirectoryWriter;
import dev.polymath.training.encoder.RunOptions;
import dev.polymath.training.graph.Int8Quantizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Translates the test sentences in every precision and writes the model directory of the one that is served.
 *
 * @param tests pairs of one pair of languages each; empty lists where nothing is to be measured
 * @param beam hypotheses that are followed, besides greedy search
 */
record MeasuredExport(TranslationExport export, RunOptions run, List<List<SentencePair>> tests, int beam) {

    /** @param scheme of the 8-bit weights; null for fp32 */
    private record Precision(String name, Int8Quantizer.@Nullable Scheme scheme) {}

    /** Writes both precisions to the run folder, measures them, and writes the directory of the better one. */
    void write(Function<TranslationCard.Figures, String> card) throws IOException {
        List<Precision> precisions = new ArrayList<>(List.of(new Precision("fp32", null)));
        if (run.int8) {
            precisions.add(new Precision("int8", run.int8Scheme));
        }
        Map<String, List<TranslationEvaluation>> evaluations = new LinkedHashMap<>();
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (Precision precision : precisions) {
            Path candidate = run.folder().resolve("export/" + precision.name + "/1");
            ModelDirectoryWriter.delete(candidate);
            ModelDirectory model = ModelDirectory.open(export.write(candidate, precision.scheme, ""));
            bytes.put(precision.name, TranslationExport.bytes(candidate));
            if (isMeasured()) {
                evaluations.put(precision.name, evaluate(model, precision.name));
            }
        }
        Precision served = precisions.get(precisions.size() - 1);
        if (run.int8 && isMeasured()) {
            double loss = (evaluations.getOrDefault("fp32", List.of()).get(0).bleu()
                            - evaluations.getOrDefault("int8", List.of()).get(0).bleu())
                    / 100;
            served = precisions.get(loss <= run.int8Loss ? 1 : 0);
            System.out.printf(Locale.ROOT, "%nint8 costs %.4f of BLEU / 100: %s is served%n", loss, served.name);
        }
        TranslationCard.Figures figures = new TranslationCard.Figures(served.name, evaluations, bytes);
        System.out.println("wrote " + export.write(run.out, served.scheme, card.apply(figures)));
    }

    private boolean isMeasured() {
        return tests.stream().noneMatch(List::isEmpty);
    }

    private List<TranslationEvaluation> evaluate(ModelDirectory model, String precision) {
        List<TranslationEvaluation> evaluations = new ArrayList<>();
        for (int size : beam == 1 ? List.of(1) : List.of(1, beam)) {
            TranslationEvaluation evaluation = TranslationEvaluation.of(model, tests, size);
            System.out.printf(
                    Locale.ROOT,
                    "%n%s, %s, %.0f sentences/s%n%n%s",
                    precision,
                    evaluation.search(),
                    evaluation.sentencesPerSecond(),
                    evaluation.toMarkdown());
            evaluations.add(evaluation);
        }
        return evaluations;
    }
}
