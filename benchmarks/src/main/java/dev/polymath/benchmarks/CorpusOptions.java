package dev.polymath.benchmarks;

import picocli.CommandLine.Option;

/** Which texts are sent. */
final class CorpusOptions {
    @Option(
            names = "--texts",
            defaultValue = "256",
            description = "Number of different texts. Default: ${DEFAULT-VALUE}.")
    int texts = 256;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "Of the texts and the arrivals. Default: ${DEFAULT-VALUE}.")
    long seed = 1;

    Corpus generate() {
        return Corpus.generate(texts, seed);
    }
}
