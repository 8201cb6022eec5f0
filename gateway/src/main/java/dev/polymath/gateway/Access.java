package dev.polymath.gateway;

import com.google.protobuf.util.Durations;
import com.google.rpc.RetryInfo;
import dev.polymath.common.v1.ErrorReason;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The sign-in of every protocol: from the header {@code authorization} to a session that a rule allows, or to the error to answer
 * with. The error carries the challenge of RFC 6750 in its trailers. Thread-safe; nothing blocks.
 */
final class Access {
    static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> CHALLENGE = Metadata.Key.of("www-authenticate", Metadata.ASCII_STRING_MARSHALLER);

    private static final Pattern BEARER = Pattern.compile("(?i)bearer +([A-Za-z0-9._~+/-]+=*)");
    private static final String REALM = "Bearer realm=\"polymath\"";
    private static final int RETRY_SECONDS = 2;

    private final @Nullable TokenVerifier verifier;
    private final @Nullable Revocation revocation;

    /**
     * @param verifier null to let everybody in
     * @param revocation null to believe a token until it expires
     */
    Access(@Nullable TokenVerifier verifier, @Nullable Revocation revocation) {
        this.verifier = verifier;
        this.revocation = revocation;
    }

    /** Whether there is a sign-in at all. */
    boolean required() {
        return verifier != null;
    }

    /**
     * The session of a caller.
     *
     * @param authorization values of the header {@code authorization}
     * @param what a method or page, for the message
     * @return fails with a {@link StatusRuntimeException}: UNAUTHENTICATED, PERMISSION_DENIED, or UNAVAILABLE if the sign-in server
     *     would have to be asked and cannot be
     */
    CompletionStage<Session> enter(List<String> authorization, Rule rule, String what) {
        if (verifier == null) {
            return CompletableFuture.completedStage(Session.ANONYMOUS);
        }
        if (authorization.isEmpty()) {
            return CompletableFuture.failedStage(
                    challenge("header authorization: missing (expected: Bearer and an access token)", REALM, Map.of()));
        }
        Matcher bearer = BEARER.matcher(authorization.get(0).strip());
        if (authorization.size() > 1 || !bearer.matches()) {
            return CompletableFuture.failedStage(challenge(
                    "header authorization: not readable (expected: once, Bearer and an access token)",
                    REALM + ", error=\"invalid_request\"",
                    Map.of()));
        }
        String token = bearer.group(1);
        CompletionStage<Session> verified = verifier.verify(token);
        if (revocation != null) {
            verified = verified.thenCompose(session -> revocation.check(session, token));
        }
        return verified.thenApply(session -> {
            if (!rule.allows(session.caller())) {
                throw denied(rule, what);
            }
            return session;
        });
    }

    private static StatusRuntimeException denied(Rule rule, String what) {
        if (rule.anyOf().isEmpty()) {
            return error(
                    Code.PERMISSION_DENIED,
                    ErrorReason.ERROR_REASON_PERMISSION_DENIED,
                    what + ": no rule of the gateway allows it to anybody",
                    REALM + ", error=\"insufficient_scope\"",
                    Map.of());
        }
        return error(
                Code.PERMISSION_DENIED,
                ErrorReason.ERROR_REASON_PERMISSION_DENIED,
                what + ": the token lacks the scope (expected: " + String.join(" or ", rule.anyOf()) + ")",
                REALM + ", error=\"insufficient_scope\", scope=\"" + String.join(" ", rule.anyOf()) + "\"",
                Map.of("scope", String.join(" ", rule.anyOf())));
    }

    /** @param problem goes on from "token": "has expired" */
    static StatusRuntimeException invalidToken(String problem) {
        String description = "the token " + problem;
        return challenge(
                description,
                REALM + ", error=\"invalid_token\", error_description=\"" + description.replaceAll("[\"\\\\]", "'")
                        + "\"",
                Map.of());
    }

    static StatusRuntimeException expired() {
        return invalidToken("has expired");
    }

    static StatusRuntimeException revoked() {
        return invalidToken("has been revoked");
    }

    /** The answer while the sign-in server would have to be asked and cannot be. */
    static StatusRuntimeException unavailable() {
        return Errors.of(
                Code.UNAVAILABLE,
                ErrorReason.ERROR_REASON_SERVICE_UNREACHABLE,
                "the sign-in server cannot be reached, so that the token cannot be verified",
                RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromSeconds(RETRY_SECONDS))
                        .build());
    }

    private static StatusRuntimeException challenge(String message, String challenge, Map<String, String> metadata) {
        return error(Code.UNAUTHENTICATED, ErrorReason.ERROR_REASON_UNAUTHENTICATED, message, challenge, metadata);
    }

    private static StatusRuntimeException error(
            Code code, ErrorReason reason, String message, String challenge, Map<String, String> metadata) {
        StatusRuntimeException error = Errors.of(code, reason, message, metadata);
        Metadata trailers = error.getTrailers();
        if (trailers == null) {
            throw new IllegalStateException("an error without trailers");
        }
        trailers.put(CHALLENGE, challenge);
        return error;
    }

    /** What an operator is told of a failure on the way to the sign-in server. */
    static String message(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    /** The error behind a failed stage. */
    static StatusRuntimeException refusal(Throwable failure) {
        Throwable cause = failure;
        while (!(cause instanceof StatusRuntimeException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof StatusRuntimeException known
                ? known
                : io.grpc.Status.INTERNAL.withCause(failure).asRuntimeException();
    }
}
