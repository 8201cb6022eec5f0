package dev.polymath.service;

import com.google.protobuf.Message;
import dev.polymath.inference.Call;
import dev.polymath.service.ModelUses.Shadowed;
import io.grpc.Context;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Gives requests that were answered to shadows too, one after the other, and compares. A request for which a shadow has no time is left
 * out, so that it never keeps more than two. Nobody waits for it. Thread-safe.
 */
@ApplicationScoped
class ShadowRuns {
    private static final Logger LOG = Logger.getLogger(ShadowRuns.class);

    /** One that runs and one that is next. */
    private static final int MOST = 2;

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** What rounding makes of 1. */
    private static final double AGREED = 1 - 1e-6;

    private final MeterRegistry registry;
    private final Executor thread = WorkerThreads.pool("shadow", 1, new LinkedBlockingQueue<>());
    private final AtomicInteger pending = new AtomicInteger();

    @Inject
    ShadowRuns(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * Sees whether an answered request is one for a shadow. To be called before the call lets its models go.
     *
     * @param handler of the call, which is run again
     * @param elapsed how long the answer took
     */
    <R> void after(ModelUses uses, Function<Call, CompletionStage<R>> handler, R answer, Duration elapsed) {
        if (!(answer instanceof Message message)) {
            return;
        }
        for (Shadowed shadowed : uses.shadowed()) {
            if (pending.incrementAndGet() > MOST) {
                pending.decrementAndGet();
                count("dropped", "Requests for which a shadow had no time", shadowed);
                shadowed.shadow().release();
                continue;
            }
            ModelUses own = uses.with(shadowed);
            Context context = Context.current().fork().withValue(ModelUses.KEY, own);
            thread.execute(context.wrap(() -> {
                try {
                    run(shadowed, handler, message, elapsed);
                } finally {
                    own.close();
                    pending.decrementAndGet();
                }
            }));
        }
    }

    private <R> void run(
            Shadowed shadowed, Function<Call, CompletionStage<R>> handler, Message answer, Duration elapsed) {
        Call call = Call.withTimeout(PATIENCE);
        long start = System.nanoTime();
        try {
            R other = GrpcCalls.stage(() -> handler.apply(call))
                    .toCompletableFuture()
                    .get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            Duration taken = Duration.ofNanos(System.nanoTime() - start);
            OptionalDouble agreement = shadowed.slot().kind().agreement().of(answer, (Message) other);
            if (agreement.isPresent()) {
                compared(shadowed, agreement.getAsDouble(), elapsed, taken);
            }
        } catch (ExecutionException | TimeoutException | RuntimeException | Error e) {
            call.cancel();
            count("failed", "Requests that a shadow did not answer, though they were answered", shadowed);
            LOG.debugf(
                    "model %s as a shadow: %s", shadowed.shadow(), e.getClass().getName());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void compared(Shadowed shadowed, double agreement, Duration elapsed, Duration taken) {
        if (agreement >= AGREED) {
            count("agreed", "Answers of a shadow that were the same", shadowed);
        }
        DistributionSummary.builder("polymath.shadow.agreement")
                .description("How far the answers of a shadow agree with those that were given, 0 to 1")
                .serviceLevelObjectives(0.5, 0.8, 0.9, 0.95, 0.99, 1)
                .tags(tags(shadowed))
                .register(registry)
                .record(agreement);
        timer("answer", shadowed).record(elapsed);
        timer("shadow", shadowed).record(taken);
        // last, so that whoever sees it counted finds the rest
        count("compared", "Answers of a shadow that were compared", shadowed);
    }

    private Timer timer(String of, Shadowed shadowed) {
        return Timer.builder("polymath.shadow.duration")
                .description("What requests that were compared took: the answer, and that of the shadow")
                .tags(tags(shadowed))
                .tag("of", of)
                .register(registry);
    }

    private void count(String what, String description, Shadowed shadowed) {
        Counter.builder("polymath.shadow." + what)
                .description(description)
                .tags(tags(shadowed))
                .register(registry)
                .increment();
    }

    private static Tags tags(Shadowed shadowed) {
        return Tags.of(
                "model",
                shadowed.answered().directory().name(),
                "version",
                shadowed.answered().directory().version(),
                "shadow",
                shadowed.shadow().directory().version());
    }
}
