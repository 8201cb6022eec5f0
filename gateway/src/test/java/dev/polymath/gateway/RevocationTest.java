package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class RevocationTest {
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final List<String> asked = new ArrayList<>();
    private final long[] nanos = {0};
    private CompletionStage<String> answer = CompletableFuture.completedStage("{\"active\":true,\"azp\":\"shop\"}");
    private final Revocation revocation = new Revocation(
            token -> {
                asked.add(token);
                return answer;
            },
            () -> nanos[0],
            Duration.ofSeconds(30));
    private final Session session = session();

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private Session session() {
        return new Session(
                new Caller("shop", "", Set.of(), Instant.now().plusSeconds(300), Quota.NONE), Clock.systemUTC(), timer);
    }

    private CompletableFuture<Session> check() {
        return revocation.check(session, "token").toCompletableFuture();
    }

    private static Code refusal(CompletableFuture<Session> checked) {
        assertThat(checked).isCompletedExceptionally();
        return Access.refusal(checked.handle((s, failure) -> failure).join())
                .getStatus()
                .getCode();
    }

    private void pass(int seconds) {
        nanos[0] += Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void answerCountsForTheInterval() {
        assertThat(check()).isCompletedWithValue(session);
        pass(29);
        assertThat(check()).isCompletedWithValue(session);
        assertThat(asked).containsExactly("token");

        pass(1);
        assertThat(check()).isCompletedWithValue(session);
        assertThat(asked).hasSize(2);
    }

    @Test
    void revokedTokenIsRefusedForGood() {
        assertThat(check()).isCompletedWithValue(session);
        pass(30);
        answer = CompletableFuture.completedStage("{\"active\":false}");

        assertThat(refusal(check())).isEqualTo(Code.UNAUTHENTICATED);

        answer = CompletableFuture.completedStage("{\"active\":true}");
        pass(30);
        assertThat(refusal(check())).isEqualTo(Code.UNAUTHENTICATED);
        assertThat(session.ended().getStatus().getDescription()).isEqualTo("the token has been revoked");
    }

    @Test
    void openStreamEndsWithoutACallThatAsks() {
        assertThat(check()).isCompletedWithValue(session);
        List<StatusRuntimeException> ends = new ArrayList<>();
        session.onEnd(ends::add);
        answer = CompletableFuture.completedStage("{\"active\":false}");

        revocation.tick();
        assertThat(ends).as("the last answer is young").isEmpty();
        pass(30);
        revocation.tick();

        assertThat(ends).extracting(end -> end.getStatus().getCode()).containsExactly(Code.UNAUTHENTICATED);
    }

    @Test
    void silenceAboutAnUnknownTokenIsNoAnswer() {
        answer = CompletableFuture.failedStage(new IOException("connection refused"));

        assertThat(refusal(check())).isEqualTo(Code.UNAVAILABLE);

        answer = CompletableFuture.completedStage("{\"active\":true}");
        assertThat(check()).isCompletedWithValue(session);
    }

    @Test
    void silenceAboutAKnownTokenChangesNothing() {
        assertThat(check()).isCompletedWithValue(session);
        answer = CompletableFuture.failedStage(new IOException("connection refused"));
        pass(30);

        assertThat(check()).isCompletedWithValue(session);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "{}", "[]", "{\"active\":{}}", "{\"active\":null}"})
    void whatIsNoAnswerLetsNobodyIn(String body) {
        answer = CompletableFuture.completedStage(body);

        assertThat(refusal(check())).isEqualTo(Code.UNAVAILABLE);
    }

    @Test
    void callsThatComeTogetherShareOneRequest() {
        CompletableFuture<String> later = new CompletableFuture<>();
        answer = later;
        CompletableFuture<Session> first = check();
        CompletableFuture<Session> second = check();

        later.complete("{\"active\":true}");

        assertThat(first).isCompletedWithValue(session);
        assertThat(second).isCompletedWithValue(session);
        assertThat(asked).hasSize(1);
    }
}
