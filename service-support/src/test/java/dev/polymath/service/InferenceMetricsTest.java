package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.InferenceListener;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class InferenceMetricsTest {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final InferenceMetrics metrics = new InferenceMetrics(registry);
    private final InferenceListener told = metrics.ofVersion("1");

    @Test
    void requestsAreCountedByOutcome() {
        told.requestCompleted("m", null, Duration.ofMillis(1));
        told.requestCompleted("m", null, Duration.ofMillis(1));
        told.requestCompleted("m", Kind.DEADLINE_EXCEEDED, Duration.ofMillis(1));

        assertThat(scrape())
                .contains(
                        "polymath_inference_requests_total{model=\"m\",outcome=\"OK\",version=\"1\"} 2.0",
                        "polymath_inference_requests_total{model=\"m\",outcome=\"DEADLINE_EXCEEDED\",version=\"1\"} 1.0");
    }

    @Test
    void rejectionsAreCountedByReason() {
        told.requestRejected("m", Kind.OVERLOADED);

        assertThat(scrape())
                .contains("polymath_inference_rejected_total{model=\"m\",reason=\"OVERLOADED\",version=\"1\"} 1.0");
    }

    @Test
    void queueTimeIsTimed() {
        told.itemDequeued("m", Duration.ofMillis(250));

        assertThat(scrape())
                .contains(
                        "polymath_inference_queue_duration_seconds_count{model=\"m\",version=\"1\"} 1",
                        "polymath_inference_queue_duration_seconds_sum{model=\"m\",version=\"1\"} 0.25");
    }

    @Test
    void batchesAreTimedAndMeasured() {
        told.batchCompleted("m", 8, 0.25, Duration.ofMillis(500));

        assertThat(scrape())
                .contains(
                        "polymath_inference_inference_duration_seconds_sum{model=\"m\",version=\"1\"} 0.5",
                        "polymath_inference_batch_size_sum{model=\"m\",version=\"1\"} 8.0",
                        "polymath_inference_batch_padding_ratio_sum{model=\"m\",version=\"1\"} 0.25");
    }

    @Test
    void stepsOfADecoderAreCountedWithTheirRows() {
        told.decoderStepped("m", 4);
        told.decoderStepped("m", 3);

        assertThat(scrape())
                .contains(
                        "polymath_inference_decoder_rows_count{model=\"m\",version=\"1\"} 2",
                        "polymath_inference_decoder_rows_sum{model=\"m\",version=\"1\"} 7.0");
    }

    @Test
    void theQueueSizeGoesUpAndDown() {
        told.queueChanged("m", 7, 700);
        assertThat(scrape()).contains("polymath_inference_queue_size{model=\"m\",version=\"1\"} 7.0");

        told.queueChanged("m", 0, 0);
        assertThat(scrape()).contains("polymath_inference_queue_size{model=\"m\",version=\"1\"} 0.0");
    }

    @Test
    void theTokensInTheQueueGoUpAndDown() {
        told.queueChanged("m", 7, 700);
        assertThat(scrape()).contains("polymath_inference_queue_tokens{model=\"m\",version=\"1\"} 700.0");

        told.queueChanged("m", 0, 0);
        assertThat(scrape()).contains("polymath_inference_queue_tokens{model=\"m\",version=\"1\"} 0.0");
    }

    @Test
    void theLimitOfBatchesGoesDownAndUp() {
        told.batchLimitChanged("m", 512);
        assertThat(scrape()).contains("polymath_inference_batch_limit_tokens{model=\"m\",version=\"1\"} 512.0");

        told.batchLimitChanged("m", 1024);
        assertThat(scrape()).contains("polymath_inference_batch_limit_tokens{model=\"m\",version=\"1\"} 1024.0");
    }

    @Test
    void aLoadedModelIsNamed() {
        metrics.modelLoaded("m", "1", "abc", "cpu");

        assertThat(scrape())
                .contains("polymath_model_info{device=\"cpu\",model=\"m\",sha256=\"abc\",version=\"1\"} 1.0");
    }

    @Test
    void versionsOfAModelAreToldApart() {
        told.requestCompleted("m", null, Duration.ofMillis(250));
        metrics.ofVersion("2").requestCompleted("m", Kind.ENGINE_FAILURE, Duration.ofMillis(500));

        assertThat(scrape())
                .contains(
                        "polymath_inference_requests_total{model=\"m\",outcome=\"OK\",version=\"1\"} 1.0",
                        "polymath_inference_requests_total{model=\"m\",outcome=\"ENGINE_FAILURE\",version=\"2\"} 1.0",
                        "polymath_inference_request_duration_seconds_sum{model=\"m\",version=\"1\"} 0.25",
                        "polymath_inference_request_duration_seconds_sum{model=\"m\",version=\"2\"} 0.5");
    }

    @Test
    void aModelThatIsUnloadedIsNamedNoMore() {
        metrics.modelLoaded("m", "1", "abc", "cpu");
        metrics.modelLoaded("m", "2", "def", "cpu").run();

        assertThat(scrape()).contains("version=\"1\"").doesNotContain("version=\"2\"");
    }

    private String scrape() {
        return registry.scrape().replace(",}", "}");
    }
}
