package dev.polymath.training.graph;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * How a {@link TrainableGraph} treats its graph.
 *
 * @param frozen names of float initialisers that stay as they are; embedding tables are good candidates
 * @param seed seeds the engine's random numbers, from which dropout draws; empty leaves the engine alone
 * @param fuse whether decomposed LayerNorm, erf-GELU and MatMul + bias run as one operation each; the results agree to
 *     rounding, the memory and time do not
 * @param adapter low-rank adapters on chosen MatMul weights; everything that {@code frozen} does not name stays trainable
 *     beside them, so pass {@code frozen = all but the head} for the usual recipe
 */
public record TrainableGraphOptions(
        Predicate<String> frozen, OptionalInt seed, boolean fuse, Optional<LowRankAdapter> adapter) {

    /** Everything trainable, fused, unseeded, no adapters. */
    public static TrainableGraphOptions defaults() {
        return new TrainableGraphOptions(name -> false, OptionalInt.empty(), true, Optional.empty());
    }

    /** Returns these options with other frozen initialisers. */
    public TrainableGraphOptions withFrozen(Predicate<String> names) {
        return new TrainableGraphOptions(names, seed, fuse, adapter);
    }

    /** Returns these options with the engine's random numbers seeded. */
    public TrainableGraphOptions withSeed(int value) {
        return new TrainableGraphOptions(frozen, OptionalInt.of(value), fuse, adapter);
    }

    /** Returns these options with fusion switched. */
    public TrainableGraphOptions withFuse(boolean value) {
        return new TrainableGraphOptions(frozen, seed, value, adapter);
    }

    /** Returns these options with low-rank adapters. */
    public TrainableGraphOptions withAdapter(LowRankAdapter value) {
        return new TrainableGraphOptions(frozen, seed, fuse, Optional.of(value));
    }
}
