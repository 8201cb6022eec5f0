package dev.polymath.gateway;

import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a client may use, and its share where clients wait for a model.
 *
 * @param limits from 1 to {@link #MAX_LIMIT}; what is not in it is not limited
 * @param weight from 1 to {@link #MAX_WEIGHT}
 */
record Quota(Map<Limit, Long> limits, int weight) {
    /** Claim of access tokens. */
    static final String CLAIM = "polymath_quota";

    /** No limits, and the share that all have. */
    static final Quota NONE = new Quota(Map.of(), 1);

    static final long MAX_LIMIT = 1_000_000_000;
    static final int MAX_WEIGHT = 100;

    private static final String WEIGHT = "weight";
    private static final String CLAIM_NAMES = Stream.concat(
                    Stream.of(Limit.values()).map(limit -> limit.claim), Stream.of(WEIGHT))
            .collect(Collectors.joining(", "));

    Quota {
        limits = Map.copyOf(limits);
    }

    /**
     * Reads the claim of a token.
     *
     * @param claim an object with whole numbers; null if the token has none
     * @throws IllegalArgumentException if it is anything else; the message names what is wrong
     */
    static Quota of(@Nullable Object claim) {
        if (claim == null) {
            return NONE;
        }
        if (!(claim instanceof Map<?, ?> entries)) {
            throw new IllegalArgumentException("not an object (expected: names and numbers)");
        }
        Map<Limit, Long> limits = new EnumMap<>(Limit.class);
        int weight = 1;
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            String name = String.valueOf(entry.getKey());
            if (name.equals(WEIGHT)) {
                weight = (int) number(name, entry.getValue(), MAX_WEIGHT);
            } else {
                limits.put(limit(name), number(name, entry.getValue(), MAX_LIMIT));
            }
        }
        return new Quota(limits, weight);
    }

    private static Limit limit(String name) {
        return Stream.of(Limit.values())
                .filter(limit -> limit.claim.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        Errors.printable(name) + ": unknown (expected: one of " + CLAIM_NAMES + ")"));
    }

    private static long number(String name, @Nullable Object value, long max) {
        boolean whole = value instanceof Long || value instanceof Integer;
        if (whole && value instanceof Number number && number.longValue() >= 1 && number.longValue() <= max) {
            return number.longValue();
        }
        throw new IllegalArgumentException(name + ": " + (whole ? value : "not a whole number")
                + " (expected: a whole number from 1 to " + max + ")");
    }

    /**
     * Reads the limits of clients whose token names none.
     *
     * @throws IllegalArgumentException if one is out of its range; the message names the key
     */
    static Quota configured(GatewayConfig.Quota.Limits config) {
        Map<Limit, Long> limits = new EnumMap<>(Limit.class);
        for (Limit limit : Limit.values()) {
            OptionalLong given = switch (limit) {
                case REQUESTS -> config.requestsPerSecond();
                case CHARACTERS -> config.charactersPerMinute();
                case IMAGES -> config.imagesPerMinute();
                case CALLS -> config.concurrentCalls();
            };
            given.ifPresent(number ->
                    limits.put(limit, number("polymath.gateway.quota.default." + limit.key, number, MAX_LIMIT)));
        }
        return new Quota(limits, 1);
    }

    /** With the limits of another where this has none. */
    Quota or(Quota other) {
        Map<Limit, Long> both = new EnumMap<>(Limit.class);
        both.putAll(other.limits);
        both.putAll(limits);
        return new Quota(both, weight);
    }
}
