package dev.polymath.training;

import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.questionanswering.ReaderEvaluator;
import dev.polymath.training.tokenclassification.TokenClassifierEvaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a model directory on labelled data, as the services run it. The model says of which task it is. */
@Command(
        name = "evaluate",
        description = "Measures a model directory on data of its task, as the services run it.",
        showDefaultValues = true)
final class EvaluateCommand implements Callable<Integer> {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "A model directory, NAME/VERSION.")
    @SuppressWarnings("NullAway.Init")
    Path model;

    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "[NAME=]FILE",
            description = "Data as the training of the task reads it.")
    List<String> data = List.of();

    @Mixin
    TokenClassifierEvaluator tokenClassification = new TokenClassifierEvaluator();

    @Override
    public Integer call() throws IOException {
        ModelDirectory directory = ModelDirectory.open(model);
        String task = directory.property("polymath.task", "token-classification");
        ModelEvaluator evaluator = switch (task) {
            case "token-classification" -> tokenClassification;
            case "question-answering" -> new ReaderEvaluator();
            case "text-classification" ->
                throw new IllegalArgumentException(
                        directory + ": polymath.task: " + task + " (expected: ./train evaluate-texts)");
            default ->
                throw new IllegalArgumentException(directory + ": polymath.task: " + task
                        + " (expected: token-classification or question-answering)");
        };
        spec.commandLine().getOut().println(evaluator.evaluate(directory, data));
        return 0;
    }
}
