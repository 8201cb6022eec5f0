package dev.polymath.gateway;

import java.time.Duration;

/** What a quota can limit. */
enum Limit {
    REQUESTS("requestsPerSecond", "requests-per-second", "requests", Duration.ofSeconds(1)),
    CHARACTERS("charactersPerMinute", "characters-per-minute", "characters", Duration.ofMinutes(1)),
    IMAGES("imagesPerMinute", "images-per-minute", "images", Duration.ofMinutes(1)),
    /** At the same time, whatever the time. */
    CALLS("concurrentCalls", "concurrent-calls", "calls", Duration.ZERO);

    /** Name in the claim of tokens. */
    final String claim;

    /** Name in configuration, metrics and errors. */
    final String key;

    /** What is counted, in the plural. */
    final String unit;

    /** In which as much may be used as the limit says; zero if time has no part in it. */
    final Duration period;

    Limit(String claim, String key, String unit, Duration period) {
        this.claim = claim;
        this.key = key;
        this.unit = unit;
        this.period = period;
    }
}
