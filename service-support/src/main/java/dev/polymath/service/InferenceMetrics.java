package dev.polymath.service;

import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Keeps the metrics {@code polymath_inference_*} of what the inference library tells. Thread-safe. */
@ApplicationScoped
public class InferenceMetrics implements InferenceListener {
    private final MeterRegistry registry;
    private final Map<String, AtomicLong> queueSizes = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> queueTokens = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> batchLimits = new ConcurrentHashMap<>();

    @Inject
    InferenceMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void requestCompleted(String model, InferenceException.@Nullable Kind failure, Duration elapsed) {
        String outcome = failure == null ? "OK" : ErrorStatus.word(ErrorStatus.reason(failure));
        Counter.builder("polymath.inference.requests")
                .description("Texts or images that were answered or failed")
                .tag("model", model)
                .tag("outcome", outcome)
                .register(registry)
                .increment();
    }

    @Override
    public void requestRejected(String model, InferenceException.Kind reason) {
        Counter.builder("polymath.inference.rejected")
                .description("Texts or images that were refused before they were queued")
                .tag("model", model)
                .tag("reason", ErrorStatus.word(ErrorStatus.reason(reason)))
                .register(registry)
                .increment();
    }

    @Override
    public void itemDequeued(String model, Duration queued) {
        timer("polymath.inference.queue.duration", "Time that an item waited for the engine", model)
                .record(queued);
    }

    @Override
    public void batchCompleted(String model, int size, double paddingRatio, Duration elapsed) {
        timer("polymath.inference.inference.duration", "Time that the engine took for a batch", model)
                .record(elapsed);
        DistributionSummary.builder("polymath.inference.batch.size")
                .description("Items in a batch")
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64)
                .tag("model", model)
                .register(registry)
                .record(size);
        DistributionSummary.builder("polymath.inference.batch.padding.ratio")
                .description("Share of a batch that is padding")
                .tag("model", model)
                .register(registry)
                .record(paddingRatio);
    }

    @Override
    public void decoderStepped(String model, int rows) {
        DistributionSummary.builder("polymath.inference.decoder.rows")
                .description("Hypotheses that a step of a decoder continued, by a token each")
                .tag("model", model)
                .register(registry)
                .record(rows);
    }

    @Override
    public void queueChanged(String model, int items, long tokens) {
        queueSizes
                .computeIfAbsent(
                        model, name -> gauge("polymath.inference.queue.size", "Items that wait for the engine", name))
                .set(items);
        queueTokens
                .computeIfAbsent(
                        model,
                        name -> gauge("polymath.inference.queue.tokens", "Tokens that wait for the engine", name))
                .set(tokens);
    }

    @Override
    public void batchLimitChanged(String model, int tokens) {
        batchLimits
                .computeIfAbsent(
                        model,
                        name -> gauge(
                                "polymath.inference.batch.limit.tokens",
                                "Most tokens of a batch; fewer than configured after memory did not suffice",
                                name))
                .set(tokens);
    }

    /** Registers {@code polymath_model_info}, always 1, with what identifies the model as labels. */
    void modelLoaded(String model, String version, String sha256, String device) {
        Gauge.builder("polymath.model.info", () -> 1)
                .description("Loaded models")
                .tags(Tags.of("model", model, "version", version, "sha256", sha256, "device", device))
                .strongReference(true)
                .register(registry);
    }

    private AtomicLong gauge(String name, String description, String model) {
        AtomicLong value = new AtomicLong();
        Gauge.builder(name, value, AtomicLong::get)
                .description(description)
                .tag("model", model)
                .register(registry);
        return value;
    }

    private Timer timer(String name, String description, String model) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(3),
                        Duration.ofMillis(10),
                        Duration.ofMillis(30),
                        Duration.ofMillis(100),
                        Duration.ofMillis(300),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(3))
                .tag("model", model)
                .register(registry);
    }
}
