package dev.polymath.vision.grpc;

import dev.polymath.image.ImageLimits;
import dev.polymath.service.WorkerThreads;
import dev.polymath.vision.ImageAnalyzer;
import dev.polymath.vision.ImageWorkers;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.concurrent.LinkedBlockingQueue;

/** The analyzer as it is configured. */
@Dependent
class VisionWorkers {
    @Produces
    @Singleton
    ImageAnalyzer analyzer(VisionConfig config, MeterRegistry registry) {
        VisionConfig.Decoding decoding = config.decoding();
        int threads = decoding.threads() > 0
                ? decoding.threads()
                : Runtime.getRuntime().availableProcessors();
        // both take every task: the workers count the images
        ImageWorkers workers = new ImageWorkers(
                WorkerThreads.pool("decoder", threads, new LinkedBlockingQueue<>()),
                WorkerThreads.pool("later", decoding.laterThreads(), new LinkedBlockingQueue<>()),
                threads + decoding.maxWaiting(),
                // one that is decoded and one that is next, so that no thread is ever idle
                2 * threads,
                decoding.maxPixels());
        Gauge.builder("polymath.vision.images", workers, ImageWorkers::images)
                .description("Images that wait to be decoded or are")
                .strongReference(true)
                .register(registry);
        Gauge.builder("polymath.vision.pixels", workers, ImageWorkers::pixels)
                .description("Decoded pixels in memory")
                .strongReference(true)
                .register(registry);
        Timer decode = Timer.builder("polymath.vision.decode.duration")
                .description("Time that it took to decode an image")
                .publishPercentileHistogram()
                .register(registry);
        return new ImageAnalyzer(
                new ImageLimits(config.limits().maxBytes(), config.limits().maxPixels()),
                config.limits().minSide(),
                workers,
                decode::record);
    }
}
