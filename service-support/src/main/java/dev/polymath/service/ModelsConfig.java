package dev.polymath.service;

import dev.polymath.inference.BatchOptions;
import dev.polymath.inference.InferenceOptions;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The models of a service: {@code polymath.models.<slot>.<key>}. A key that is absent has the default of {@link InferenceOptions}. */
@ConfigMapping(prefix = "polymath.models")
public interface ModelsConfig {
    /** Folder from which relative locations are read. Default: {@code $POLYMATH_MODELS}, else {@code models}. */
    @WithDefault("${POLYMATH_MODELS:models}")
    Path directory();

    /** How often the folders of slots that watch one are looked at. */
    @WithDefault("10s")
    Duration watchInterval();

    /** One model each, by the name of its slot. */
    @WithParentName
    Map<String, Slot> slots();

    /** Where a model is and how it runs. */
    interface Slot {
        /**
         * Directory of the model, {@code <name>/<version>}, relative to {@code polymath.models.directory}; or what DJL can
         * fetch: {@code jar:}, {@code djl:}, {@code https:}, {@code s3:}. A slot with an empty location is none: so the default
         * model of a service is left out.
         */
        Optional<String> location();

        /**
         * Whether the location is a folder of versions, {@code <name>}, of which the newest complete one is served, and a newer one
         * as soon as it is there: complete is one whose SHA256SUMS verifies. A file {@code CURRENT} in the folder names the one to
         * serve instead.
         */
        @WithDefault("false")
        boolean watch();

        /**
         * The folder with the versions of the model; null if it is fetched from somewhere else.
         *
         * @param directory from which relative locations are read
         */
        default @Nullable Path folder(Path directory) {
            String location = location().orElse("");
            if (isUrl(location)) {
                return null;
            }
            Path path = directory.resolve(location).toAbsolutePath().normalize();
            return watch() ? path : path.getParent();
        }

        /** Whether a location is one that DJL fetches. */
        static boolean isUrl(String location) {
            return location.matches("[a-z][a-z0-9+]+:.*");
        }

        /** Engine: {@code OnnxRuntime} or {@code PyTorch}. Default: the model's own choice. */
        Optional<String> engine();

        /** {@code auto} (a GPU where there is one), {@code cpu}, {@code gpu0}, {@code gpu1}... */
        Optional<String> device();

        /** {@code fp32}, {@code fp16} or {@code int8}. Default: the model's own choice. */
        Optional<String> precision();

        /** Batches that run at the same time on each device. */
        OptionalInt workers();

        /** Threads of the engine inside one batch; 0 for the processors divided by the workers. */
        OptionalInt threads();

        /** Most tokens of a batch, padding included. */
        OptionalInt maxBatchTokens();

        /** Most windows of text in a batch. */
        OptionalInt maxBatchSize();

        /** Largest share of a batch that may be padding, 0 to 1. */
        OptionalDouble maxPadding();

        /** Longest time that a window waits for companions while the device is busy. */
        Optional<Duration> maxDelay();

        /** Most windows that may wait; a call that finds no room is OVERLOADED. */
        OptionalInt maxQueuedItems();

        /** Most tokens that may wait; a call that finds no room is OVERLOADED. */
        OptionalInt maxQueuedTokens();

        /** These settings with the defaults of the inference library where one is absent. */
        default InferenceOptions options() {
            InferenceOptions defaults = InferenceOptions.defaults();
            BatchOptions batch = defaults.batch();
            return new InferenceOptions(
                    engine().orElse(null),
                    device().orElse(defaults.device()),
                    precision().orElse(null),
                    workers().orElse(defaults.workers()),
                    threads().orElse(defaults.threads()),
                    defaults.spinning(),
                    new BatchOptions(
                            maxBatchTokens().orElse(batch.maxBatchTokens()),
                            maxBatchSize().orElse(batch.maxBatchSize()),
                            maxPadding().orElse(batch.maxPadding()),
                            maxDelay().orElse(batch.maxDelay()),
                            maxQueuedItems().orElse(batch.maxQueuedItems()),
                            maxQueuedTokens().orElse(batch.maxQueuedTokens())));
        }
    }
}
