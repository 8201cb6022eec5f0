package dev.polymath.benchmarks;

import com.google.gson.Gson;
import dev.polymath.inference.ModelDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The floor alone. */
@Command(name = "floor", description = "Runs the bare engine on the same texts, pre-tokenized and pre-batched.")
final class FloorCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            paramLabel = "DIRECTORY",
            defaultValue = "models/ner-en/1",
            description = "Default: ${DEFAULT-VALUE}.")
    Path model = Path.of("");

    @Option(
            names = "--threads",
            defaultValue = "0",
            description = "Threads of the engine; 0: one per core. Default: ${DEFAULT-VALUE}.")
    int threads;

    @Option(names = "--seconds", defaultValue = "20", description = "Default: ${DEFAULT-VALUE}.")
    int seconds = 20;

    @Mixin
    CorpusOptions corpus = new CorpusOptions();

    @Override
    public Integer call() throws Exception {
        Floor floor =
                Floor.measure(ModelDirectory.open(model), corpus.generate(), threads, Duration.ofSeconds(seconds));
        System.out.println(new Gson().toJson(floor));
        return 0;
    }
}
