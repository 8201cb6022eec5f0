package dev.polymath.admin;

import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a client may use, as its tokens say it to the gateway.
 *
 * @param limits numbers > 0 by the name of what they limit
 */
record Quota(Map<String, Long> limits) {
    /** Claim of access tokens. */
    static final String CLAIM = "polymath_quota";

    private static final Map<String, String> NAMES = Map.of(
            "requests-per-second", "requestsPerSecond",
            "characters-per-minute", "charactersPerMinute",
            "images-per-minute", "imagesPerMinute",
            "concurrent-calls", "concurrentCalls");

    Quota {
        limits = Map.copyOf(limits);
    }

    /**
     * Reads what was given on the command line.
     *
     * @throws IllegalArgumentException if a name is unknown or a number is not > 0
     */
    static Quota of(Map<String, Long> given) {
        given.forEach((name, limit) -> {
            if (!NAMES.containsKey(name) || limit <= 0) {
                throw new IllegalArgumentException("--quota " + name + "=" + limit + " (expected: one of "
                        + String.join(", ", new TreeSet<>(NAMES.keySet())) + ", and a number > 0)");
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
