package dev.polymath.vision.grpc;

import dev.polymath.image.ImageLimits;
import dev.polymath.service.WorkerThreads;
import dev.polymath.vision.ImageAnalyzer;
import dev.polymath.vision.ImageWorkers;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.concurrent.LinkedBlockingQueue;

/** The analyzer as it is configured. */
@Dependent
class VisionWorkers {
    @Produces
    @Singleton
    ImageAnalyzer analyzer(VisionConfig config) {
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
        return new ImageAnalyzer(
                new ImageLimits(config.limits().maxBytes(), config.limits().maxPixels()),
                config.limits().minSide(),
                workers);
    }
}
