package dev.polymath.training.tokenclassification;

import java.util.List;
import picocli.CommandLine.Option;

/** What the model card says beyond what the run knows by itself. */
final class CardOptions {
    @Option(names = "--language", paramLabel = "TAG", description = "BCP-47 language of the data, for the model card.")
    String language = "en";

    @Option(names = "--licence", paramLabel = "NAME", description = "Licence of the new weights, e.g. Apache-2.0.")
    String licence = "";

    @Option(names = "--description", paramLabel = "TEXT", description = "What the model is for, in a sentence or two.")
    String description = "";

    @Option(
            names = "--source",
            paramLabel = "TEXT",
            description = "Origin and licence of a data set, for the model card; may be repeated.")
    List<String> sources = List.of();
}
