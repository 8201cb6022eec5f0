package dev.polymath.training;

import dev.polymath.inference.InferenceException;
import dev.polymath.training.captioning.ImageCaptioningCommand;
import dev.polymath.training.imageclassification.ImageClassificationCommand;
import dev.polymath.training.objectdetection.ObjectDetectionCommand;
import dev.polymath.training.questionanswering.QuestionAnsweringCommand;
import dev.polymath.training.sentenceembedding.SentenceEmbeddingCommand;
import dev.polymath.training.textclassification.TextClassificationCommand;
import dev.polymath.training.tokenclassification.LabelCommand;
import dev.polymath.training.tokenclassification.TokenClassificationCommand;
import dev.polymath.training.translation.TranslationCommand;
import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command line of training: one subcommand per task, {@code evaluate} and {@code label}. With {@link EvaluateCommand} the only class here that
 * knows the tasks.
 */
@Command(
        name = "train",
        description = "Fine-tunes the models of Polymath on your own data, on this machine.",
        synopsisSubcommandLabel = "TASK",
        subcommands = {
            TokenClassificationCommand.class,
            TextClassificationCommand.class,
            QuestionAnsweringCommand.class,
            SentenceEmbeddingCommand.class,
            TranslationCommand.class,
            ObjectDetectionCommand.class,
            ImageClassificationCommand.class,
            ImageCaptioningCommand.class,
            EvaluateCommand.class,
            LabelCommand.class
        })
public final class Train {
    /** Exit status when the data, the options or the disk are at fault, and not the program. */
    private static final int FAULT_OF_INPUT = 1;

    /** Held, because the logging of the JDK forgets the level of a logger that nobody holds. */
    private static final Logger ENGINE_LOGGER = Logger.getLogger("ai.djl");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    private Train() {}

    public static void main(String[] arguments) {
        // DJL asks for a GPU and warns where there is none
        ENGINE_LOGGER.setLevel(Level.SEVERE);
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Train());
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setExecutionExceptionHandler((e, command, result) -> {
            if (e instanceof BadDataException
                    || e instanceof IOException
                    || e instanceof IllegalArgumentException
                    || e instanceof ArithmeticException
                    || e instanceof InferenceException) {
                command.getErr().println(command.getColorScheme().errorText("train: " + message(e)));
                return FAULT_OF_INPUT;
            }
            throw e;
        });
        return commandLine;
    }

    private static String message(Exception e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
