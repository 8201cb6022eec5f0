package dev.polymath.gateway;

import com.google.protobuf.util.Durations;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import dev.polymath.common.v1.ErrorReason;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Holds clients to their quotas and counts what they use. What a client may use is what its token says, and for the rest what the
 * configuration gives everybody; clients are known by their name, callers without sign-in are all one. Thread-safe; nothing blocks.
 */
final class Quotas {
    static final Metadata.Key<String> LIMIT = key("ratelimit-limit");
    static final Metadata.Key<String> REMAINING = key("ratelimit-remaining");
    static final Metadata.Key<String> RESET = key("ratelimit-reset");
    static final Metadata.Key<String> POLICY = key("ratelimit-policy");

    /** What an answer says of the limit that is nearest to its end. */
    static final List<Metadata.Key<String>> HEADERS = List.of(LIMIT, REMAINING, RESET, POLICY);

    private static final Duration MAX_WAIT = Duration.ofMinutes(5);
    private static final Duration RETRY_CALL = Duration.ofSeconds(1);

    /** Does something later. */
    @FunctionalInterface
    interface Alarm {
        /** @return takes it back */
        Runnable after(Duration time, Runnable task);
    }

    private final Quota defaults;
    private final Duration maxWait;
    private final Buckets buckets;
    private final Ledger ledger;
    private final Alarm alarm;
    private final Map<String, Long> calls = new ConcurrentHashMap<>();

    /** @throws IllegalArgumentException if the configuration cannot be; the message names the key */
    Quotas(GatewayConfig.Quota config, Buckets buckets, MeterRegistry meters, Alarm alarm) {
        this.defaults = Quota.configured(config.defaults());
        this.maxWait = config.maxWait();
        if (maxWait.isNegative() || maxWait.compareTo(MAX_WAIT) > 0) {
            throw new IllegalArgumentException(
                    "polymath.gateway.quota.max-wait: " + maxWait + " (expected: PT0S to " + MAX_WAIT + ")");
        }
        this.buckets = buckets;
        this.ledger = new Ledger(meters);
        this.alarm = alarm;
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    /**
     * The call, which fails with QUOTA_EXCEEDED where its caller's quota is used up: at its start, at a message if the method takes
     * one, and if it takes several, at a message that would have to wait for longer than is configured.
     *
     * @param executor in which the listener of the call is called, null for any thread
     */
    ClientCall<byte[], byte[]> metered(
            ClientCall<byte[], byte[]> call,
            MethodDescriptor<byte[], byte[]> method,
            UsageCounter counter,
            Caller caller,
            @Nullable Executor executor) {
        return new MeteredCall(call, method.getType(), counter, new Account(method, caller), executor);
    }

    /** Of one call: its caller's quota, and what is told of it. */
    final class Account {
        private final String client;
        private final String service;
        private final Quota quota;

        private Account(MethodDescriptor<byte[], byte[]> method, Caller caller) {
            client = caller.client().isEmpty() ? caller.subject() : caller.client();
            service = Objects.requireNonNull(method.getServiceName());
            quota = caller.quota().or(defaults);
        }

        Buckets buckets() {
            return buckets;
        }

        Alarm alarm() {
            return alarm;
        }

        Duration maxWait() {
            return maxWait;
        }

        /** The bucket of a limit, null if there is no such limit. */
        Buckets.@Nullable Key bucket(Limit limit) {
            Long size = quota.limits().get(limit);
            return size == null ? null : new Buckets.Key(client, limit, size);
        }

        /** Counts a call among those that go on at the same time; false if they are too many. */
        boolean begin() {
            Long most = quota.limits().get(Limit.CALLS);
            if (most == null) {
                return true;
            }
            boolean[] begun = new boolean[1];
            calls.compute(client, (name, now) -> {
                long running = now == null ? 0 : now;
                begun[0] = running < most;
                return begun[0] ? Long.valueOf(running + 1) : now;
            });
            return begun[0];
        }

        /** Takes back a {@link #begin()} that was true. */
        void end() {
            if (quota.limits().containsKey(Limit.CALLS)) {
                calls.computeIfPresent(client, (name, now) -> now == 1 ? null : now - 1);
            }
        }

        void count() {
            ledger.request(client, service);
        }

        void count(Amount amount) {
            ledger.used(amount, client, service);
        }

        /** The error of a call more than may go on at the same time. */
        StatusRuntimeException tooManyCalls() {
            long most = Objects.requireNonNull(quota.limits().get(Limit.CALLS));
            return refusal(
                    Limit.CALLS,
                    most,
                    "calls: more than " + most + " at the same time (expected: <= " + most + ", the client's quota)",
                    RETRY_CALL);
        }

        /** The error of what is not there now. */
        StatusRuntimeException usedUp(Buckets.Key bucket, long tokens, Buckets.Level level) {
            return refusal(
                    bucket.limit(),
                    bucket.size(),
                    bucket.limit().unit + ": " + tokens + " (expected: <= " + level.left()
                            + ", left of the client's quota of " + perPeriod(bucket) + "; enough in "
                            + seconds(level.delay()) + " s)",
                    level.delay());
        }

        /** The error of what can never be there at once. */
        StatusRuntimeException tooLarge(Buckets.Key bucket, long tokens) {
            return refusal(
                    bucket.limit(),
                    bucket.size(),
                    bucket.limit().unit + ": " + tokens + " in one message (expected: <= " + bucket.size()
                            + ", the client's quota of " + perPeriod(bucket) + "); send less in one message",
                    null);
        }

        private StatusRuntimeException refusal(Limit limit, long size, String message, @Nullable Duration retry) {
            ledger.refused(limit, client, service);
            QuotaFailure failure = QuotaFailure.newBuilder()
                    .addViolations(QuotaFailure.Violation.newBuilder()
                            .setSubject("client:" + client)
                            .setDescription(message))
                    .build();
            Map<String, String> metadata = Map.of("limit", limit.key, "quota", Long.toString(size));
            return retry == null
                    ? Errors.of(
                            Code.RESOURCE_EXHAUSTED,
                            ErrorReason.ERROR_REASON_QUOTA_EXCEEDED,
                            message,
                            metadata,
                            failure)
                    : Errors.of(
                            Code.RESOURCE_EXHAUSTED,
                            ErrorReason.ERROR_REASON_QUOTA_EXCEEDED,
                            message,
                            metadata,
                            failure,
                            RetryInfo.newBuilder()
                                    .setRetryDelay(Durations.fromNanos(retry.toNanos()))
                                    .build());
        }

        private static String perPeriod(Buckets.Key bucket) {
            return bucket.size() + " per " + (bucket.limit().period.toSeconds() == 1 ? "second" : "minute");
        }
    }

    /** Puts in what a bucket said, in place of what was there. */
    static void describe(Buckets.Key bucket, Buckets.Level level, Metadata metadata) {
        HEADERS.forEach(metadata::discardAll);
        metadata.put(LIMIT, Long.toString(bucket.size()));
        metadata.put(REMAINING, Long.toString(level.left()));
        metadata.put(RESET, Long.toString(seconds(level.full())));
        metadata.put(
                POLICY,
                bucket.size() + ";w=" + bucket.limit().period.toSeconds() + ";unit=\"" + bucket.limit().unit + "\"");
    }

    /** Rounded up. */
    private static long seconds(Duration time) {
        return time.plusNanos(999_999_999).toSeconds();
    }

    /** The answer while it cannot be known what a client has used. */
    static StatusRuntimeException unavailable() {
        return Errors.of(
                Code.UNAVAILABLE,
                ErrorReason.ERROR_REASON_SERVICE_UNREACHABLE,
                "the store of the quotas cannot be reached, so that it is not known what the client has used",
                RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromNanos(RETRY_CALL.toNanos()))
                        .build());
    }
}
