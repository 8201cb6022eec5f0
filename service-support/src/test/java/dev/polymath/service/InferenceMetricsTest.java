package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.InferenceException.Kind;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class InferenceMetricsTest {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final InferenceMetrics metrics = new InferenceMetrics(registry);

    @Test
    void requestsAreCountedByOutcome() {
        metrics.requestCompleted("m", null, Duration.ofMillis(1));
        metrics.requestCompleted("m", null, Duration.ofMillis(1));
        metrics.requestCompleted("m", Kind.DEADLINE_EXCEEDED, Duration.ofMillis(1));

        assertThat(scrape())
                .contains(
                        "polymath_inference_requests_total{model=\"m\",outcome=\"OK\"} 2.0",
                        "polymath_inference_requests_total{model=\"m\",outcome=\"DEADLINE_EXCEEDED\"} 1.0");
    }

    @Test
    void rejectionsAreCountedByReason() {
        metrics.requestRejected("m", Kind.OVERLOADED);

        assertThat(scrape()).contains("polymath_inference_rejected_total{model=\"m\",reason=\"OVERLOADED\"} 1.0");
    }

    @Test
    void queueTimeIsTimed() {
        metrics.itemDequeued("m", Duration.ofMillis(250));

        assertThat(scrape())
                .contains(
                        "polymath_inference_queue_duration_seconds_count{model=\"m\"} 1",
                        "polymath_inference_queue_duration_seconds_sum{model=\"m\"} 0.25");
    }

    @Test
    void batchesAreTimedAndMeasured() {
        metrics.batchCompleted("m", 8, 0.25, Duration.ofMillis(500));

        assertThat(scrape())
                .contains(
                        "polymath_inference_inference_duration_seconds_sum{model=\"m\"} 0.5",
                        "polymath_inference_batch_size_sum{model=\"m\"} 8.0",
                        "polymath_inference_batch_padding_ratio_sum{model=\"m\"} 0.25");
    }

    @Test
    void stepsOfADecoderAreCountedWithTheirRows() {
        metrics.decoderStepped("m", 4);
        metrics.decoderStepped("m", 3);

        assertThat(scrape())
                .contains(
                        "polymath_inference_decoder_rows_count{model=\"m\"} 2",
                        "polymath_inference_decoder_rows_sum{model=\"m\"} 7.0");
    }

    @Test
    void theQueueSizeGoesUpAndDown() {
        metrics.queueChanged("m", 7, 700);
        assertThat(scrape()).contains("polymath_inference_queue_size{model=\"m\"} 7.0");

        metrics.queueChanged("m", 0, 0);
        assertThat(scrape()).contains("polymath_inference_queue_size{model=\"m\"} 0.0");
    }

    @Test
    void theTokensInTheQueueGoUpAndDown() {
        metrics.queueChanged("m", 7, 700);
        assertThat(scrape()).contains("polymath_inference_queue_tokens{model=\"m\"} 700.0");

        metrics.queueChanged("m", 0, 0);
        assertThat(scrape()).contains("polymath_inference_queue_tokens{model=\"m\"} 0.0");
    }

    @Test
    void theLimitOfBatchesGoesDownAndUp() {
        metrics.batchLimitChanged("m", 512);
        assertThat(scrape()).contains("polymath_inference_batch_limit_tokens{model=\"m\"} 512.0");

        metrics.batchLimitChanged("m", 1024);
        assertThat(scrape()).contains("polymath_inference_batch_limit_tokens{model=\"m\"} 1024.0");
    }

    @Test
    void aLoadedModelIsNamed() {
        metrics.modelLoaded("m", "1", "abc", "cpu");

        assertThat(scrape())
                .contains("polymath_model_info{device=\"cpu\",model=\"m\",sha256=\"abc\",version=\"1\"} 1.0");
    }

    private String scrape() {
        return registry.scrape().replace(",}", "}");
    }
}
