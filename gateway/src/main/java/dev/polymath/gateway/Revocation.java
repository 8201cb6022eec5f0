package dev.polymath.gateway;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Asks the sign-in server whether it still stands by a token (RFC 7662): before its first call, and again when the last answer is
 * older than allowed, for open streams too. About a token that it stood by before, its silence changes nothing. Thread-safe; nothing
 * blocks.
 */
final class Revocation {
    private static final Logger LOG = Logger.getLogger(Revocation.class);

    private final Function<String, CompletionStage<String>> introspect;
    private final LongSupplier nanos;
    private final long intervalNanos;
    private final Map<Session, Check> checks = new ConcurrentHashMap<>();

    /**
     * @param introspect the body of the server's answer about a token, or a failure
     * @param nanos a clock that only goes forward, {@link System#nanoTime}
     * @param interval how old an answer may be
     */
    Revocation(Function<String, CompletionStage<String>> introspect, LongSupplier nanos, Duration interval) {
        this.introspect = introspect;
        this.nanos = nanos;
        this.intervalNanos = interval.toNanos();
    }

    /**
     * The session, if the server stands by its token.
     *
     * @return fails with UNAUTHENTICATED if it does not, with UNAVAILABLE if it has never answered
     */
    CompletionStage<Session> check(Session session, String token) {
        return checks.computeIfAbsent(session, s -> new Check(s, token)).now();
    }

    /** Asks again about tokens of open streams, and forgets those that are over; to be called every second or so. */
    void tick() {
        checks.values().forEach(check -> {
            if (check.session.hasStreams()) {
                var unused = check.now().exceptionally(failure -> check.session);
            } else if (check.session.ended() != null) {
                checks.remove(check.session);
            }
        });
    }

    private final class Check {
        private final Session session;
        private final String token;
        private boolean stoodBy;
        private long asked;
        private @Nullable CompletableFuture<Session> running;

        Check(Session session, String token) {
            this.session = session;
            this.token = token;
        }

        synchronized CompletionStage<Session> now() {
            if (running != null) {
                return running;
            }
            if (session.ended() != null) {
                return CompletableFuture.failedStage(Access.revoked());
            }
            if (stoodBy && nanos.getAsLong() - asked < intervalNanos) {
                return CompletableFuture.completedStage(session);
            }
            CompletableFuture<Session> result = new CompletableFuture<>();
            running = result;
            var unused = introspect.apply(token).thenApply(Check::active).whenComplete((active, failure) -> {
                boolean known;
                synchronized (this) {
                    running = null;
                    asked = nanos.getAsLong();
                    stoodBy |= failure == null && active;
                    known = stoodBy;
                }
                if (failure == null && !active) {
                    session.end(Access.revoked());
                    result.completeExceptionally(Access.revoked());
                } else if (known) {
                    if (failure != null) {
                        LOG.warn("the sign-in server cannot be asked about a token; what it said last counts");
                    }
                    result.complete(session);
                } else {
                    LOG.warnf("the sign-in server cannot be asked about a token: %s", Access.message(failure));
                    result.completeExceptionally(Access.unavailable());
                }
            });
            return result;
        }

        private static boolean active(String json) {
            try {
                JsonElement active =
                        JsonParser.parseString(json).getAsJsonObject().get("active");
                if (active != null && active.isJsonPrimitive()) {
                    return active.getAsBoolean();
                }
            } catch (JsonParseException | IllegalStateException e) {
                // said below
            }
            throw new IllegalArgumentException("the answer does not say whether the token is active");
        }
    }
}
