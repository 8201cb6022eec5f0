package dev.polymath.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything that a training needs to go on as if it had never stopped: {@code checkpoints/step-00001234/} with
 * {@code state.json}, {@code weights.safetensors}, {@code optimizer.safetensors} and, with weight averaging,
 * {@code average.safetensors}. A directory appears under its name only when it is complete, so that a killed process leaves the
 * checkpoint before it.
 */
final class Checkpoint {
    private static final String PREFIX = "step-";

    /**
     * Where a training stands.
     *
     * @param step updates done
     * @param epoch current epoch, from 0
     * @param batch next batch of that epoch, from 0
     * @param bestScore score of the best evaluation; meaningless while {@code bestStep} is 0
     * @param bestStep step of the best evaluation, 0 for none
     * @param evaluationsSinceBest evaluations since then
     * @param seconds time spent so far, over all processes
     * @param tokens trained on so far
     * @param settings digest of the options that must not change between start and resume
     */
    record State(
            long step,
            int epoch,
            int batch,
            double bestScore,
            long bestStep,
            int evaluationsSinceBest,
            double seconds,
            long tokens,
            String settings) {}

    private Checkpoint() {}

    /** Writes a checkpoint and removes the older ones. */
    static void write(Path folder, State state, Map<String, NDList> arrays) throws IOException {
        Files.createDirectories(folder);
        String name = "%s%08d".formatted(PREFIX, state.step);
        Path target = folder.resolve(name);
        Path partial = folder.resolve(name + ".partial");
        delete(partial);
        Files.createDirectories(partial);
        for (Map.Entry<String, NDList> entry : arrays.entrySet()) {
            writeArrays(partial.resolve(entry.getKey() + ".safetensors"), entry.getValue());
        }
        Files.writeString(
                partial.resolve("state.json"),
                new GsonBuilder().setPrettyPrinting().create().toJson(state));
        delete(target);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        for (Path other : list(folder)) {
            if (!other.equals(target)) {
                delete(other);
            }
        }
    }

    /** The newest complete checkpoint, if there is one. */
    static Optional<Path> latest(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        return list(folder).stream()
                .filter(path -> !path.toString().endsWith(".partial"))
                .max(Comparator.comparing(path -> path.getFileName().toString()));
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(path -> path.getFileName().toString().startsWith(PREFIX))
                    .toList();
        }
    }

    static State readState(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve("state.json");
        try {
            return new GsonBuilder().create().fromJson(JsonParser.parseString(Files.readString(file)), State.class);
        } catch (JsonParseException e) {
            throw new IOException(file + ": not the state of a checkpoint", e);
        }
    }

    /** Writes arrays under their names; the file is there completely or not at all. */
    static void writeArrays(Path file, NDList arrays) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(partial))) {
            arrays.encode(out, NDList.Encoding.SAFETENSORS);
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Reads values into existing arrays of the same names and shapes. */
    static void readArrays(Path file, NDList arrays, NDManager parent) throws IOException {
        try (NDManager manager = parent.newSubManager();
                InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            Map<String, NDArray> saved = new HashMap<>();
            NDList.decode(manager, in).forEach(array -> saved.put(array.getName(), array));
            for (NDArray array : arrays) {
                NDArray value = saved.get(array.getName());
                if (value == null || !value.getShape().equals(array.getShape())) {
                    throw new IOException(file + ": " + array.getName() + ": "
                            + (value == null ? "missing" : value.getShape()) + " (expected: " + array.getShape() + ")");
                }
                value.copyTo(array);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
