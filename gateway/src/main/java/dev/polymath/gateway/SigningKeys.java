package dev.polymath.gateway;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.Use;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * The keys that the sign-in server signs with, as it publishes them (JWKS). They are read at the start, then from time to time, and
 * when a token names one that is not among them, but not more often than allowed; only one request for them is ever on its way. As
 * long as the server cannot be reached the last keys stay. Thread-safe; nothing blocks.
 */
final class SigningKeys {
    private static final Logger LOG = Logger.getLogger(SigningKeys.class);

    private final String issuer;
    private final @Nullable URI fixedUrl;
    private final Function<URI, CompletionStage<String>> fetch;
    private final LongSupplier nanos;
    private final long refreshNanos;
    private final long minRefreshNanos;
    private final AtomicLong generation = new AtomicLong();

    private volatile @Nullable List<JsonWebKey> keys;
    private String published = "";
    private @Nullable CompletableFuture<List<JsonWebKey>> running;
    private boolean attempted;
    private boolean lastFailed;
    private long lastAttempt;

    /**
     * @param url where the keys are; null if the issuer's OpenID configuration says it
     * @param fetch the body that a URL answers with, or a failure
     * @param nanos a clock that only goes forward, {@link System#nanoTime}
     * @param refresh after what time the keys are read again
     * @param minRefresh shortest time between two attempts
     */
    SigningKeys(
            String issuer,
            @Nullable URI url,
            Function<URI, CompletionStage<String>> fetch,
            LongSupplier nanos,
            Duration refresh,
            Duration minRefresh) {
        this.issuer = issuer;
        this.fixedUrl = url;
        this.fetch = fetch;
        this.nanos = nanos;
        this.refreshNanos = refresh.toNanos();
        this.minRefreshNanos = minRefresh.toNanos();
    }

    /** Whether keys have been read, ever. */
    boolean known() {
        return keys != null;
    }

    /** Changes whenever the keys do. */
    long generation() {
        return generation.get();
    }

    /** Reads the keys if it is time to; to be called every second or so. */
    synchronized void tick() {
        long wait = known() && !lastFailed ? refreshNanos : minRefreshNanos;
        if (running == null && (!attempted || nanos.getAsLong() - lastAttempt >= wait)) {
            var unused = refresh();
        }
    }

    /**
     * The keys, read again if none fits and it is allowed to.
     *
     * @return fails with UNAVAILABLE if none fits and the server cannot be asked
     */
    CompletionStage<List<JsonWebKey>> get(Predicate<List<JsonWebKey>> fits) {
        List<JsonWebKey> present = keys;
        if (present != null && fits.test(present)) {
            return CompletableFuture.completedStage(present);
        }
        synchronized (this) {
            present = keys;
            if (running == null && attempted && nanos.getAsLong() - lastAttempt < minRefreshNanos) {
                return present == null || lastFailed
                        ? CompletableFuture.failedStage(Access.unavailable())
                        : CompletableFuture.completedStage(present);
            }
            return running == null ? refresh() : running;
        }
    }

    private synchronized CompletableFuture<List<JsonWebKey>> refresh() {
        attempted = true;
        lastAttempt = nanos.getAsLong();
        CompletableFuture<List<JsonWebKey>> result = new CompletableFuture<>();
        running = result;
        var unused = url().thenCompose(fetch).thenApply(this::accept).whenComplete((read, failure) -> {
            synchronized (this) {
                running = null;
                lastFailed = failure != null;
            }
            if (failure == null) {
                result.complete(read);
            } else {
                LOG.warnf(
                        "the keys of the sign-in server %s cannot be read: %s%s",
                        issuer, Access.message(failure), known() ? "; the last ones stay" : "; nobody can sign in");
                result.completeExceptionally(Access.unavailable());
            }
        });
        return result;
    }

    private CompletionStage<URI> url() {
        return fixedUrl == null
                ? Discovery.find(issuer, "jwks_uri", fetch)
                : CompletableFuture.completedStage(fixedUrl);
    }

    private List<JsonWebKey> accept(String json) {
        List<JsonWebKey> read;
        try {
            read = new JsonWebKeySet(json)
                    .getJsonWebKeys().stream()
                            .filter(key -> key.getUse() == null || key.getUse().equals(Use.SIGNATURE))
                            .toList();
        } catch (JoseException | RuntimeException e) {
            throw new IllegalArgumentException("the answer is not a JSON Web Key Set", e);
        }
        if (read.isEmpty()) {
            throw new IllegalArgumentException("the answer has no key for signatures");
        }
        synchronized (this) {
            if (!json.equals(published)) {
                LOG.infof("%d keys of the sign-in server %s read", read.size(), issuer);
                published = json;
                keys = read;
                generation.incrementAndGet();
            }
        }
        return read;
    }
}
