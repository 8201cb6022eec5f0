package dev.polymath.admin;

import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a client may use, and its share where clients wait for a model, as its tokens say it to the gateway.
 *
 * @param limits numbers by the name of what they limit, from 1 to {@link #MAX_LIMIT}; {@code weight}, from 1 to {@link #MAX_WEIGHT}
 */
record Quota(Map<String, Long> limits) {
    /** Claim of access tokens. */
    static final String CLAIM = "polymath_quota";

    /** The most that the gateway takes. */
    private static final long MAX_LIMIT = 1_000_000_000;

    private static final long MAX_WEIGHT = 100;
    private static final String WEIGHT = "weight";

    private static final Map<String, String> NAMES = Map.of(
            "requests-per-second",
            "requestsPerSecond",
            "characters-per-minute",
            "charactersPerMinute",
            "images-per-minute",
            "imagesPerMinute",
            "concurrent-calls",
            "concurrentCalls",
            WEIGHT,
            WEIGHT);

    Quota {
        limits = Map.copyOf(limits);
    }

    /**
     * Reads what was given on the command line.
     *
     * @throws IllegalArgumentException if a name is unknown or a number out of its range
     */
    static Quota of(Map<String, Long> given) {
        given.forEach((name, limit) -> {
            if (!NAMES.containsKey(name)) {
                throw new IllegalArgumentException("--quota " + name + "=" + limit + " (expected: one of "
                        + String.join(", ", new TreeSet<>(NAMES.keySet())) + ")");
            }
            long max = name.equals(WEIGHT) ? MAX_WEIGHT : MAX_LIMIT;
            if (limit < 1 || limit > max) {
                throw new IllegalArgumentException("--quota " + name + "=" + limit + " (expected: 1 to " + max + ")");
            }
        });
        return new Quota(given);
    }

    /** The value of the claim. */
    String json() {
        return new TreeMap<>(limits)
                .entrySet().stream()
                        .map(limit -> "\"" + NAMES.get(limit.getKey()) + "\":" + limit.getValue())
                        .collect(Collectors.joining(",", "{", "}"));
    }

    @Override
    public String toString() {
        return new TreeMap<>(limits)
                .entrySet().stream()
                        .map(limit -> limit.getKey() + "=" + limit.getValue())
                        .collect(Collectors.joining(","));
    }
}
