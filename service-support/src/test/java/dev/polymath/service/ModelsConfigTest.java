package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.BatchOptions;
import dev.polymath.inference.InferenceOptions;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ModelsConfigTest {
    @Test
    void defaultsAreThoseOfTheInferenceLibrary() {
        ModelsConfig config = config(Map.of("polymath.models.ner.location", "ner-en/1"));

        assertThat(config.directory()).isEqualTo(Path.of("models"));
        assertThat(config.watchInterval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(slot(config).watch()).isFalse();
        assertThat(config.slots()).containsOnlyKeys("ner");
        assertThat(slot(config).location()).contains("ner-en/1");
        assertThat(slot(config).options()).isEqualTo(InferenceOptions.defaults());
    }

    @Test
    void everyKeyIsMapped() {
        ModelsConfig config = config(Map.ofEntries(
                Map.entry("polymath.models.directory", "/srv/models"),
                Map.entry("polymath.models.ner.location", "ner-en/1"),
                Map.entry("polymath.models.watch-interval", "3s"),
                Map.entry("polymath.models.ner.watch", "true"),
                Map.entry("polymath.models.ner.engine", "PyTorch"),
                Map.entry("polymath.models.ner.device", "gpu1"),
                Map.entry("polymath.models.ner.precision", "fp16"),
                Map.entry("polymath.models.ner.workers", "2"),
                Map.entry("polymath.models.ner.threads", "3"),
                Map.entry("polymath.models.ner.max-batch-tokens", "4"),
                Map.entry("polymath.models.ner.max-batch-size", "5"),
                Map.entry("polymath.models.ner.max-padding", "0.5"),
                Map.entry("polymath.models.ner.max-delay", "7ms"),
                Map.entry("polymath.models.ner.max-queued-items", "8"),
                Map.entry("polymath.models.ner.max-queued-tokens", "9")));

        assertThat(config.directory()).isEqualTo(Path.of("/srv/models"));
        assertThat(config.watchInterval()).isEqualTo(Duration.ofSeconds(3));
        assertThat(slot(config).watch()).isTrue();
        assertThat(slot(config).options())
                .isEqualTo(new InferenceOptions(
                        "PyTorch",
                        "gpu1",
                        "fp16",
                        2,
                        3,
                        InferenceOptions.defaults().spinning(),
                        new BatchOptions(4, 5, 0.5, Duration.ofMillis(7), 8, 9)));
    }

    private static ModelsConfig.Slot slot(ModelsConfig config) {
        return Objects.requireNonNull(config.slots().get("ner"));
    }

    private static ModelsConfig config(Map<String, String> properties) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withMapping(ModelsConfig.class)
                .withConverter(Duration.class, 100, new DurationConverter())
                .withDefaultValues(properties)
                .build();
        return config.getConfigMapping(ModelsConfig.class);
    }
}
