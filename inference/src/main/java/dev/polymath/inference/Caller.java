package dev.polymath.inference;

/**
 * On whose behalf a call is made. Callers share a model by their weights, so that one who asks for much does not slow the
 * others; calls without a caller share as one.
 *
 * @param name empty for {@link #UNKNOWN}
 * @param weight share of the model while others wait too, relative to theirs, above 0 and finite
 */
public record Caller(String name, double weight) {
    /** Of calls that nobody is named for. It may use all of a queue, since there is nobody to keep room for. */
    public static final Caller UNKNOWN = new Caller("", 1);

    /** @throws IllegalArgumentException if the weight is out of its range */
    public Caller {
        if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("weight: " + weight + " (expected: > 0 and finite)");
        }
    }
}
