package dev.polymath.benchmarks;

import io.grpc.StatusRuntimeException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** The command line of the benchmarks. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        description = "Calls and measures the services. Loopback only by default, stops by itself.",
        subcommands = {
            CallCommand.class,
            LoadCommand.class,
            FloorCommand.class,
            SuiteCommand.class,
            OverloadCommand.class,
            CorpusScalingCommand.class,
            CoreNlpCommand.class,
            QualityCommand.class,
            TextAnalyticsCommand.class,
            TranslationCommand.class,
            VisionCommand.class
        })
final class Bench {
    private Bench() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench())
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println("bench: " + describe(failure));
                    return command.getCommandSpec().exitCodeOnExecutionException();
                })
                .execute(arguments));
    }

    static void require(boolean condition, String name, Object value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }

    /** One line that says what went wrong; a gRPC status with its code and, where the connection failed, why. */
    static String describe(Throwable failure) {
        if (failure instanceof ExecutionException && failure.getCause() != null) {
            return describe(failure.getCause());
        }
        if (failure instanceof StatusRuntimeException grpc) {
            Throwable cause = failure.getCause();
            String reason = cause == null ? grpc.getStatus().getDescription() : cause.getMessage();
            return grpc.getStatus().getCode() + ": " + reason;
        }
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.toString() : message;
    }
}
