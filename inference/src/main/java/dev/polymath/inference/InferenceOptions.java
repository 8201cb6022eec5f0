package dev.polymath.inference;

import ai.djl.Device;
import org.jspecify.annotations.Nullable;

/**
 * How a model is run.
 *
 * @param engine {@code OnnxRuntime}, {@code PyTorch}; null for the model's own choice ({@code engine} of
 *     serving.properties) or else OnnxRuntime
 * @param device {@code auto} (every GPU that the engine sees, else the CPU), {@code cpu}, {@code gpu0}, {@code gpu1}...
 * @param precision {@code fp32}, {@code fp16}, {@code int8}...; null for the model's own choice
 *     ({@code polymath.precision} of serving.properties) or else fp32. Other than fp32 means the file
 *     {@code model_<precision>.onnx} (or {@code .pt}) of the directory, as Optimum names them
 * @param workers threads per device that each run one batch at a time; 0 for one per GPU, and on a CPU for as many as its
 *     cores divided by {@code threads}
 * @param threads threads of the engine inside one batch (ONNX Runtime's intra-op threads), at least 1
 * @param spinning whether the engine's idle threads spin; saves microseconds on a machine of one's own, wastes cores on
 *     a shared one
 * @param batch how items become batches
 */
public record InferenceOptions(
        @Nullable String engine,
        String device,
        @Nullable String precision,
        int workers,
        int threads,
        boolean spinning,
        BatchOptions batch) {

    public InferenceOptions {
        BatchOptions.require(device.matches("auto|cpu|gpu[0-9]{1,3}"), "device", device, "auto, cpu, gpu0, gpu1, ...");
        BatchOptions.require(workers >= 0, "workers", workers, ">= 0");
        BatchOptions.require(threads >= 1, "threads", threads, ">= 1");
    }

    /** What was measured to do well on a CPU: docs/adr/0006-workers-and-threads.md. */
    public static InferenceOptions defaults() {
        return new InferenceOptions(null, "auto", null, 0, 1, false, BatchOptions.defaults());
    }

    /** Workers on a device. */
    int workersOn(Device device) {
        if (workers > 0) {
            return workers;
        }
        return device.isGpu() ? 1 : Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
    }

    /** These options with another device. */
    public InferenceOptions withDevice(String newDevice) {
        return new InferenceOptions(engine, newDevice, precision, workers, threads, spinning, batch);
    }

    /** These options with other batching. */
    public InferenceOptions withBatch(BatchOptions newBatch) {
        return new InferenceOptions(engine, device, precision, workers, threads, spinning, newBatch);
    }
}
