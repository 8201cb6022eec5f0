package dev.polymath.service;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** How calls are worked on. */
@ConfigMapping(prefix = "polymath.calls")
public interface CallsConfig {
    /** Threads that check requests, tokenize texts, wait for room in the model's queue and write answers. */
    @WithDefault("16")
    int workerThreads();

    /** Calls that may wait for such a thread; more are OVERLOADED. */
    @WithDefault("256")
    int maxWaiting();

    /**
     * Bytes of all unary requests that are waiting or worked on, where a service counts them because they are large; more are
     * OVERLOADED. A single larger request is let in when there is no other.
     */
    @WithDefault("268435456")
    long maxRequestBytes();

    /** Streams that may be open at the same time, each with a thread of its own while it works; more are OVERLOADED. */
    @WithDefault("64")
    int maxStreams();

    /** Messages of a stream that are worked on at the same time; the next is read when the first answer was sent. */
    @WithDefault("32")
    int streamWindow();

    /**
     * After what time, give or take a tenth, a client is asked to connect anew, so that it asks for the addresses of the service again
     * and finds new replicas; running calls go on.
     */
    @WithDefault("15s")
    Duration maxConnectionAge();

    /**
     * How long a stopping server still takes new calls after it has said that it is not ready, so that who heard of it late, or has
     * sent a call meanwhile, loses none. Part of the time below.
     */
    @WithDefault("1s")
    Duration stopDelay();

    /** How long a stopping server waits for the calls that it has begun. */
    @WithDefault("20s")
    Duration drainTimeout();

    /**
     * File with the public keys of the gateways whose calls are taken, Ed25519 in PEM. Without, calls of anybody are, and the service
     * listens on loopback only.
     */
    Optional<Path> gatewayKeys();

    /** Opens the service, without keys of a gateway, to whoever reaches the address it listens on. */
    @WithDefault("false")
    boolean allowAnonymousOnAnyAddress();
}
