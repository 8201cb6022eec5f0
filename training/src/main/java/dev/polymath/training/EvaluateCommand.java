package dev.polymath.training;

import dev.polymath.inference.ModelDirectory;
import dev.polymath.training.captioning.CaptionEvaluator;
import dev.polymath.training.imageclassification.ImageClassifierEvaluator;
import dev.polymath.training.objectdetection.DetectorEvaluator;
import dev.polymath.training.questionanswering.ReaderEvaluator;
import dev.polymath.training.textclassification.TextClassifierEvaluator;
import dev.polymath.training.tokenclassification.TokenClassifierEvaluator;
import dev.polymath.training.translation.TranslationEvaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** Measures a model directory as the services run it. The model says of which task it is, and the task which options there are. */
@Command(
        name = "evaluate",
        description = {
            "Measures a model directory on data of its task, as the services run it.",
            "Further options depend on the task: ./train evaluate --model DIR --help"
        },
        customSynopsis = "train evaluate --model DIR --data FILE... [OPTIONS]")
final class EvaluateCommand implements Callable<Integer> {
    @Option(
            names = {"-h", "--help"},
            description = "Show this help, or with a model that of its task, and exit.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", description = "A model directory, NAME/VERSION.")
    @Nullable
    Path model;

    @Unmatched
    List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        CommandLine commandLine = spec.commandLine();
        if (model == null) {
            if (help) {
                commandLine.usage(commandLine.getOut());
                return 0;
            }
            throw new ParameterException(commandLine, "Missing required option: '--model=DIR'");
        }
        ModelDirectory directory = ModelDirectory.open(model);
        ModelEvaluator evaluator = evaluator(directory);
        CommandLine options = new CommandLine(evaluator)
                .setOut(commandLine.getOut())
                .setErr(commandLine.getErr())
                .setUsageHelpAutoWidth(true);
        if (help) {
            options.usage(options.getOut());
            return 0;
        }
        options.parseArgs(arguments.toArray(String[]::new));
        commandLine.getOut().println(evaluator.evaluate(directory));
        return 0;
    }

    private static ModelEvaluator evaluator(ModelDirectory model) {
        String task = model.property("polymath.task", "token-classification");
        return switch (task) {
            case "token-classification" -> new TokenClassifierEvaluator();
            case "text-classification" -> new TextClassifierEvaluator();
            case "question-answering" -> new ReaderEvaluator();
            case "translation" -> new TranslationEvaluator();
            case "image-captioning" -> new CaptionEvaluator();
            case "object-detection" -> new DetectorEvaluator();
            case "image-classification" -> new ImageClassifierEvaluator();
            default ->
                throw new IllegalArgumentException(model + ": polymath.task: " + task
                        + " (expected: token-classification, text-classification, question-answering, translation,"
                        + " object-detection, image-classification or image-captioning)");
        };
    }
}
