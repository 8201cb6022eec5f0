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

/** Keeps the metrics {@code polymath_inference_*} of what the inference library tells, by model and version. Thread-safe. */
@ApplicationScoped
public class InferenceMetrics {
    private final MeterRegistry registry;
    private final Map<Tags, AtomicLong> queueSizes = new ConcurrentHashMap<>();
    private final Map<Tags, AtomicLong> queueTokens = new ConcurrentHashMap<>();
    private final Map<Tags, AtomicLong> batchLimits = new ConcurrentHashMap<>();

    @Inject
    InferenceMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** What a version of a model tells. */
    InferenceListener ofVersion(String version) {
        return new Listener(version);
    }

    /**
     * Registers {@code polymath_model_info}, always 1, with what identifies the model as labels.
     *
     * @return takes it back
     */
    Runnable modelLoaded(String model, String version, String sha256, String device) {
        Gauge info = Gauge.builder("polymath.model.info", () -> 1)
                .description("Loaded models")
                .tags(Tags.of("model", model, "version", version, "sha256", sha256, "device", device))
                .strongReference(true)
                .register(registry);
        return () -> registry.remove(info);
    }

    /**
     * Counts an attempt to load a model beside others.
     *
     * @param outcome {@code OK} or the reason of the error
     */
    void modelChanged(String slot, String outcome) {
        Counter.builder("polymath.model.loads")
                .description("Models that were loaded, or could not be, while the service was running")
                .tag("slot", slot)
                .tag("outcome", outcome)
                .register(registry)
                .increment();
    }

    private AtomicLong gauge(String name, String description, Tags tags) {
        AtomicLong value = new AtomicLong();
        Gauge.builder(name, value, AtomicLong::get)
                .description(description)
                .tags(tags)
                .register(registry);
        return value;
    }

    private Timer timer(String name, String description, Tags tags) {
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
                .tags(tags)
                .register(registry);
    }

    private final class Listener implements InferenceListener {
        private final String version;

        Listener(String version) {
            this.version = version;
        }

        private Tags tags(String model) {
            return Tags.of("model", model, "version", version);
        }

        @Override
        public void requestCompleted(String model, InferenceException.@Nullable Kind failure, Duration elapsed) {
            String outcome = failure == null ? "OK" : ErrorStatus.word(ErrorStatus.reason(failure));
            Counter.builder("polymath.inference.requests")
                    .description("Texts or images that were answered or failed")
                    .tags(tags(model))
                    .tag("outcome", outcome)
                    .register(registry)
                    .increment();
            timer(
                            "polymath.inference.request.duration",
                            "Time from a text or image to its answer or error",
                            tags(model))
                    .record(elapsed);
        }

        @Override
        public void requestRejected(String model, InferenceException.Kind reason) {
            Counter.builder("polymath.inference.rejected")
                    .description("Texts or images that were refused before they were queued")
                    .tags(tags(model))
                    .tag("reason", ErrorStatus.word(ErrorStatus.reason(reason)))
                    .register(registry)
                    .increment();
        }

        @Override
        public void itemDequeued(String model, Duration queued) {
            timer("polymath.inference.queue.duration", "Time that an item waited for the engine", tags(model))
                    .record(queued);
        }

        @Override
        public void batchCompleted(String model, int size, double paddingRatio, Duration elapsed) {
            timer("polymath.inference.inference.duration", "Time that the engine took for a batch", tags(model))
                    .record(elapsed);
            DistributionSummary.builder("polymath.inference.batch.size")
                    .description("Items in a batch")
                    .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64)
                    .tags(tags(model))
                    .register(registry)
                    .record(size);
            DistributionSummary.builder("polymath.inference.batch.padding.ratio")
                    .description("Share of a batch that is padding")
                    .tags(tags(model))
                    .register(registry)
                    .record(paddingRatio);
        }

        @Override
        public void decoderStepped(String model, int rows) {
            DistributionSummary.builder("polymath.inference.decoder.rows")
                    .description("Hypotheses that a step of a decoder continued, by a token each")
                    .tags(tags(model))
                    .register(registry)
                    .record(rows);
        }

        @Override
        public void queueChanged(String model, int items, long tokens) {
            queueSizes
                    .computeIfAbsent(
                            tags(model),
                            tags -> gauge("polymath.inference.queue.size", "Items that wait for the engine", tags))
                    .set(items);
            queueTokens
                    .computeIfAbsent(
                            tags(model),
                            tags -> gauge("polymath.inference.queue.tokens", "Tokens that wait for the engine", tags))
                    .set(tokens);
        }

        @Override
        public void batchLimitChanged(String model, int tokens) {
            batchLimits
                    .computeIfAbsent(
                            tags(model),
                            tags -> gauge(
                                    "polymath.inference.batch.limit.tokens",
                                    "Most tokens of a batch; fewer than configured after memory did not suffice",
                                    tags))
                    .set(tokens);
        }
    }
}
