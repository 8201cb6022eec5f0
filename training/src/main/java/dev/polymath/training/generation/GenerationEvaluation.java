package dev.polymath.training.generation;

/** What was measured of a model that writes texts, with one way to search. */
public interface GenerationEvaluation {
    /** Hypotheses that were followed; 1 is greedy. */
    int beamSize();

    /** What int8 may not cost too much of, in [0, 1]. */
    double score();

    /** Name of the score, for messages: {@code BLEU / 100}. */
    String scoreName();

    /** How fast it was: {@code 40 sentences/s}. */
    String speed();

    /** A table of the figures. */
    String toMarkdown();

    /** {@code greedy} or {@code beam 4}. */
    default String search() {
        return beamSize() == 1 ? "greedy" : "beam " + beamSize();
    }
}
