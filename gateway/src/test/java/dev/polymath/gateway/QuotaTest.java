package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class QuotaTest {
    private static final String DEFAULT = "polymath.gateway.quota.default.";

    private static Quota configured(Map<String, String> properties) {
        Map<String, String> all = new HashMap<>(properties);
        all.put("polymath.gateway.services.any.address", "127.0.0.1:1");
        all.put("polymath.gateway.services.any.grpc-services", "any.Any");
        return Quota.configured(GatewayFixture.config(all).quota().defaults());
    }

    @Test
    void claimHasLimitsAndAWeight() {
        assertThat(Quota.of(Map.of(
                        "requestsPerSecond", 50L,
                        "charactersPerMinute", 60_000L,
                        "imagesPerMinute", 7,
                        "concurrentCalls", 8L,
                        "weight", 4L)))
                .isEqualTo(new Quota(
                        Map.of(Limit.REQUESTS, 50L, Limit.CHARACTERS, 60_000L, Limit.IMAGES, 7L, Limit.CALLS, 8L), 4));
        assertThat(Quota.of(null)).isEqualTo(Quota.NONE);
        assertThat(Quota.of(Map.of())).isEqualTo(Quota.NONE);
    }

    private static Stream<Arguments> claimsThatCannotBe() {
        return Stream.of(
                Arguments.of("text", "not an object (expected: names and numbers)"),
                Arguments.of(List.of(1L), "not an object (expected: names and numbers)"),
                Arguments.of(
                        Map.of("requestsPerSecond", -5L),
                        "requestsPerSecond: -5 (expected: a whole number from 1 to 1000000000)"),
                Arguments.of(
                        Map.of("imagesPerMinute", 0L),
                        "imagesPerMinute: 0 (expected: a whole number from 1 to 1000000000)"),
                Arguments.of(
                        Map.of("concurrentCalls", 1.5),
                        "concurrentCalls: not a whole number (expected: a whole number from 1 to 1000000000)"),
                Arguments.of(
                        Map.of("charactersPerMinute", "many"),
                        "charactersPerMinute: not a whole number (expected: a whole number from 1 to 1000000000)"),
                Arguments.of(Map.of("weight", 101L), "weight: 101 (expected: a whole number from 1 to 100)"),
                Arguments.of(
                        Map.of("requestPerSecond", 5L),
                        "'requestPerSecond': unknown (expected: one of requestsPerSecond, charactersPerMinute,"
                                + " imagesPerMinute, concurrentCalls, weight)"));
    }

    @ParameterizedTest
    @MethodSource("claimsThatCannotBe")
    void claimThatCannotBeIsSaid(Object claim, String says) {
        assertThatIllegalArgumentException().isThrownBy(() -> Quota.of(claim)).withMessage(says);
    }

    @Test
    void configurationGivesNothingUnlessItSaysSo() {
        assertThat(configured(Map.of())).isEqualTo(Quota.NONE);
        assertThat(configured(Map.of(
                        DEFAULT + "requests-per-second", "1",
                        DEFAULT + "characters-per-minute", "2",
                        DEFAULT + "images-per-minute", "3",
                        DEFAULT + "concurrent-calls", "4")))
                .isEqualTo(new Quota(
                        Map.of(Limit.REQUESTS, 1L, Limit.CHARACTERS, 2L, Limit.IMAGES, 3L, Limit.CALLS, 4L), 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"requests-per-second", "characters-per-minute", "images-per-minute", "concurrent-calls"})
    void configurationThatCannotBeIsNamed(String limit) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> configured(Map.of(DEFAULT + limit, "0")))
                .withMessage(DEFAULT + limit + ": 0 (expected: a whole number from 1 to 1000000000)");
    }

    @Test
    void limitThatTheClaimDoesNotNameIsThatOfTheConfiguration() {
        Quota both =
                new Quota(Map.of(Limit.REQUESTS, 5L), 3).or(new Quota(Map.of(Limit.REQUESTS, 1L, Limit.IMAGES, 2L), 1));

        assertThat(both).isEqualTo(new Quota(Map.of(Limit.REQUESTS, 5L, Limit.IMAGES, 2L), 3));
    }

    @Test
    void namesOfLimitsAreThoseOfTheConfiguration() {
        assertThat(Arrays.stream(Limit.values()).map(limit -> limit.key))
                .containsExactly(
                        "requests-per-second", "characters-per-minute", "images-per-minute", "concurrent-calls");
    }
}
