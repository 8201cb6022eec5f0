package dev.polymath.training.generation;

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
 * Lets the model write the test texts in every precision and writes the model directory of the one that is served.
 *
 * @param measure evaluates a model with a beam of this size; null where nothing is to be measured
 * @param beam hypotheses that are followed, besides greedy search
 */
public record MeasuredExport(
        GeneratorExport<?> export, RunOptions run, @Nullable Measure measure, int beam) {

    /** Measures a model as it is served. */
    @FunctionalInterface
    public interface Measure {
        GenerationEvaluation evaluate(ModelDirectory model, int beamSize) throws IOException;
    }

    /**
     * What the run measured.
     *
     * @param served the precision in the directory
     * @param evaluations of the test texts, by precision
     * @param bytes of the graphs, by precision
     */
    public record Figures(String served, Map<String, List<GenerationEvaluation>> evaluations, Map<String, Long> bytes) {

        /** A heading and a table for each precision and search, and the sizes. */
        public String toMarkdown() {
            StringBuilder text = new StringBuilder();
            evaluations.forEach((precision, each) -> each.forEach(evaluation -> text.append(String.format(
                            Locale.ROOT,
                            "%n### %s, %s%s%n%n",
                            precision,
                            evaluation.search(),
                            precision.equals(served) ? " (served)" : ""))
                    .append(evaluation.toMarkdown())));
            text.append("\n| precision | MB |\n|---|---|\n");
            bytes.forEach((precision, size) ->
                    text.append(String.format(Locale.ROOT, "| %s | %.1f |%n", precision, size / 1e6)));
            return text.toString();
        }
    }

    /** @param scheme of the 8-bit weights; null for fp32 */
    private record Precision(String name, Int8Quantizer.@Nullable Scheme scheme) {}

    /** Writes both precisions to the run folder, measures them, and writes the directory of the better one. */
    public void write(Function<Figures, String> card) throws IOException {
        List<Precision> precisions = new ArrayList<>(List.of(new Precision("fp32", null)));
        if (run.int8) {
            precisions.add(new Precision("int8", run.int8Scheme));
        }
        Map<String, List<GenerationEvaluation>> evaluations = new LinkedHashMap<>();
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (Precision precision : precisions) {
            Path candidate = run.folder().resolve("export/" + precision.name + "/1");
            ModelDirectoryWriter.delete(candidate);
            ModelDirectory model = ModelDirectory.open(export.write(candidate, precision.scheme, ""));
            bytes.put(precision.name, GeneratorExport.bytes(candidate));
            if (measure != null) {
                evaluations.put(precision.name, evaluate(measure, model, precision.name));
            }
        }
        Precision served = precisions.get(precisions.size() - 1);
        if (run.int8 && measure != null) {
            GenerationEvaluation full =
                    evaluations.getOrDefault("fp32", List.of()).get(0);
            double loss = full.score()
                    - evaluations.getOrDefault("int8", List.of()).get(0).score();
            served = precisions.get(loss <= run.int8Loss ? 1 : 0);
            System.out.printf(
                    Locale.ROOT, "%nint8 costs %.4f of %s: %s is served%n", loss, full.scoreName(), served.name);
        }
        Figures figures = new Figures(served.name, evaluations, bytes);
        System.out.println("wrote " + export.write(run.out, served.scheme, card.apply(figures)));
    }

    private List<GenerationEvaluation> evaluate(Measure each, ModelDirectory model, String precision)
            throws IOException {
        List<GenerationEvaluation> evaluations = new ArrayList<>();
        for (int size : beam == 1 ? List.of(1) : List.of(1, beam)) {
            GenerationEvaluation evaluation = each.evaluate(model, size);
            System.out.printf(
                    "%n%s, %s, %s%n%n%s", precision, evaluation.search(), evaluation.speed(), evaluation.toMarkdown());
            evaluations.add(evaluation);
        }
        return evaluations;
    }
}
