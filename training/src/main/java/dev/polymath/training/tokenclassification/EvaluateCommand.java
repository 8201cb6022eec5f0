package dev.polymath.training.tokenclassification;

import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures a model directory on labelled data, as the services run it. */
@Command(
        name = "evaluate",
        description = "Measures a model directory on labelled data: entity-level precision, recall and F1 per type.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
public final class EvaluateCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "A model directory, NAME/VERSION.")
    @SuppressWarnings("NullAway.Init")
    Path model;

    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "[NAME=]FILE",
            description = "Labelled sentences: CoNLL columns or JSON lines (.jsonl), plain or .gz.")
    List<String> data = List.of();

    @Option(names = "--case-variants", description = "Also measure the same sentences in lower case and in upper case.")
    boolean caseVariants;

    @Mixin
    DataOptions dataOptions = new DataOptions();

    @Override
    public Integer call() throws IOException {
        ModelDirectory directory = ModelDirectory.open(model);
        List<String> labels = directory.labels();
        Set<String> types = labels.stream()
                .filter(label -> label.startsWith("B-"))
                .map(label -> label.substring(2))
                .collect(Collectors.toSet());
        if (types.isEmpty()) {
            throw new IllegalArgumentException(
                    directory + ": labels " + labels + " (expected: IOB2 labels in config.json)");
        }
        Map<String, List<TaggedSentence>> sets = dataOptions.readNamed(data, types);
        String precision = directory.property("polymath.precision", "fp32");
        Path file = directory.path().resolve(precision.equals("fp32") ? "model.onnx" : "model_" + precision + ".onnx");
        double temperature = Double.parseDouble(directory.property("polymath.temperature", "1"));
        try (TextTokenizer tokenizer = TextTokenizer.open(directory);
                OnnxRuntimeLogits logits = new OnnxRuntimeLogits(file)) {
            SentenceEncoder encoder = new SentenceEncoder(tokenizer, labels, false);
            System.out.println(Evaluation.of(logits, encoder, labels, temperature, sets, caseVariants)
                    .toMarkdown());
        }
        return 0;
    }
}
