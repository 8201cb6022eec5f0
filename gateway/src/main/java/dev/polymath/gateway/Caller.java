package dev.polymath.gateway;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a call.
 *
 * @param client the client that the token was given to; empty if the gateway has no sign-in
 * @param subject the user or service account behind it; empty if the token names none
 * @param scopes what the token allows
 * @param expiry when it ends, allowed clock skew included; null without sign-in
 * @param quota what the token says that it may use
 */
record Caller(
        String client,
        String subject,
        Set<String> scopes,
        @Nullable Instant expiry,
        Quota quota) {
    static final Caller ANONYMOUS = new Caller("", "", Set.of(), null, Quota.NONE);

    Caller {
        scopes = Set.copyOf(scopes);
    }

    boolean isAnonymous() {
        return expiry == null;
    }
}
