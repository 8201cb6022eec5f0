package dev.polymath.service;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.ModelDirectory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A service with models that are directories of text files, in a folder. */
final class FakeModels {
    static final String SERVICE = "test-service";

    final Path folder;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ModelsConfig config;
    final ModelSlots slots;
    final ModelChanges changes;
    final ModelWatcher watcher;

    /** Every model that was loaded, in order. */
    final List<FakeModel> loaded = new CopyOnWriteArrayList<>();

    private final AtomicInteger loading = new AtomicInteger();

    final ModelKind<FakeModel> kind = new ModelKind<>(
            "fake-task",
            (directory, options, listener) -> load(directory),
            model -> "cpu",
            FakeModel::labels,
            model -> 128,
            Agreement.ofItems("polymath.ner.v1.Entity", "type"));

    /**
     * A service whose slots are not loaded yet.
     *
     * @param properties {@code <slot>.<key>}
     */
    FakeModels(Path folder, Map<String, String> properties) {
        this.folder = folder;
        Map<String, String> all = new TreeMap<>(Map.of("polymath.models.directory", folder.toString()));
        properties.forEach((key, value) -> all.put("polymath.models." + key, value));
        config = new SmallRyeConfigBuilder()
                .withMapping(ModelsConfig.class)
                .withConverter(Duration.class, 100, new DurationConverter())
                .withDefaultValues(all)
                .build()
                .getConfigMapping(ModelsConfig.class);
        InferenceMetrics metrics = new InferenceMetrics(meters);
        slots = new ModelSlots(config, metrics, new GrpcHealthStorage(), SERVICE);
        changes = new ModelChanges(slots, config, metrics, SERVICE);
        watcher = new ModelWatcher(slots, changes, config);
    }

    /** What a slot holds here: it answers with its name and version as long as it is open. */
    static final class FakeModel implements AutoCloseable {
        private final ModelDirectory directory;
        private final List<String> labels;
        volatile boolean closed;

        FakeModel(ModelDirectory directory, List<String> labels) {
            this.directory = directory;
            this.labels = labels;
        }

        String answer() {
            if (closed) {
                throw new IllegalStateException(directory + " is closed");
            }
            return directory.toString();
        }

        List<String> labels() {
            return labels;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private FakeModel load(ModelDirectory directory) {
        boolean isChange = Thread.currentThread().getName().equals("polymath-models");
        if (isChange && loading.incrementAndGet() > 1) {
            throw new IllegalStateException("two models are being loaded at the same time");
        }
        try {
            String weights = Files.readString(directory.file("weights.txt"));
            switch (weights) {
                case "damaged" ->
                    throw new InferenceException(
                            InferenceException.Kind.MODEL_NOT_READY, directory.file("weights.txt") + ": not weights");
                case "huge" -> throw new OutOfMemoryError("too large");
                default -> {}
            }
            FakeModel model = new FakeModel(directory, List.of(weights.split(",")));
            loaded.add(model);
            return model;
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        } finally {
            if (isChange) {
                loading.decrementAndGet();
            }
        }
    }

    /** Writes a model whose weights are its labels, comma-separated, {@code damaged} or {@code huge}. */
    Path write(String location, String weights, String... properties) {
        return write(folder, location, weights, properties);
    }

    static Path write(Path folder, String location, String weights, String... properties) {
        try {
            Path directory = Files.createDirectories(folder.resolve(location));
            Files.writeString(directory.resolve("weights.txt"), weights);
            Files.writeString(directory.resolve("serving.properties"), String.join("\n", properties));
            seal(directory);
            return directory;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes SHA256SUMS. */
    static void seal(Path directory) throws IOException {
        List<String> sums = new ArrayList<>();
        for (String file : List.of("serving.properties", "weights.txt")) {
            sums.add(sha256(directory.resolve(file)) + "  " + file);
        }
        Files.write(directory.resolve(ModelDirectory.CHECKSUMS), sums);
    }

    static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Loads the slots that are configured and waits for them. */
    List<ModelSlot<FakeModel>> start(String first) {
        List<ModelSlot<FakeModel>> all = slots.load(first, kind);
        Await.until(slots::ready);
        return all;
    }

    /** Who answers a request for this model, outside of a call. */
    static String chosen(List<ModelSlot<FakeModel>> slots, String name, String version) {
        ModelRef ref = ModelRef.newBuilder().setName(name).setVersion(version).build();
        return ModelSlots.select(slots, ref).toString();
    }

    /** Who answers so many requests that ask for nothing. */
    static List<String> chosen(List<ModelSlot<FakeModel>> slots, int requests) {
        return Stream.generate(() -> chosen(slots, "", "")).limit(requests).toList();
    }

    /** The models that are not closed, by name and version. */
    List<String> open() {
        return loaded.stream()
                .filter(model -> !model.closed)
                .map(model -> model.directory.toString())
                .toList();
    }
}
