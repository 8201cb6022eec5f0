package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SuiteCommandTest {
    private static final List<LoadResult> LADDER = List.of(run(10, 100), run(20, 300), run(40, 400));

    @Test
    void throughputAtALatencyIsInterpolatedBetweenRuns() {
        assertThat(SuiteCommand.wordsPerSecondAt(10, LADDER)).isEqualTo(100);
        assertThat(SuiteCommand.wordsPerSecondAt(15, LADDER)).isEqualTo(200);
        assertThat(SuiteCommand.wordsPerSecondAt(35, LADDER)).isEqualTo(375);
    }

    @Test
    void throughputBeyondTheRunsIsThatOfTheNearest() {
        assertThat(SuiteCommand.wordsPerSecondAt(5, LADDER)).isEqualTo(100);
        assertThat(SuiteCommand.wordsPerSecondAt(99, LADDER)).isEqualTo(400);
    }

    private static LoadResult run(double p95Millis, double wordsPerSecond) {
        return new LoadResult("run", 1, Map.of(), 1, wordsPerSecond, 1, p95Millis, 100, 0, 0);
    }
}
