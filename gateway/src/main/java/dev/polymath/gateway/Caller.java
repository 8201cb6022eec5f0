package dev.polymath.gateway;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a call.
 *
 * @param client the client that the token was given to; empty if the gateway has no sign-in
 * @param subject the user or service account behind it; empty if the token names none
 * @param scopes what the token allows
 * @param expiry when it ends, allowed clock skew included; null without sign-in
 * @param quota the claim {@code polymath_quota} of the token; empty if it has none
 */
record Caller(
        String client,
        String subject,
        Set<String> scopes,
        @Nullable Instant expiry,
        Map<String, Object> quota) {
    /** Claim that has the caller's limits. */
    static final String QUOTA = "polymath_quota";

    static final Caller ANONYMOUS = new Caller("", "", Set.of(), null, Map.of());

    Caller {
        scopes = Set.copyOf(scopes);
        quota = Map.copyOf(quota);
    }

    boolean isAnonymous() {
        return expiry == null;
    }
}
