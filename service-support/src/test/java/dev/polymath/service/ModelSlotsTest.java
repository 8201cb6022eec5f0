package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.models.v1.Model;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ModelSlotsTest {
    private final CompletableFuture<Void> load = new CompletableFuture<>();
    private final GrpcHealthStorage health = new GrpcHealthStorage();
    private final ModelKind<FakeModel> kind = new ModelKind<>(
            "fake-task",
            (directory, options, listener) -> {
                load.join();
                return new FakeModel(directory);
            },
            model -> "cpu",
            model -> List.of("PERSON"),
            model -> 128,
            Agreement.NONE);

    @TempDir
    Path models;

    /** What a slot holds here. */
    private static final class FakeModel implements AutoCloseable {
        final ModelDirectory directory;
        boolean closed;

        FakeModel(ModelDirectory directory) {
            this.directory = directory;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @BeforeEach
    void writeModels() throws IOException {
        for (String location : List.of("big/1", "big/9", "big/10", "small/1")) {
            Path directory = Files.createDirectories(models.resolve(location));
            Files.writeString(
                    directory.resolve("README.md"), "---\nlanguage: [en, de]\nlicense: apache-2.0\n---\n# A model\n");
            Files.writeString(directory.resolve(ModelDirectory.CHECKSUMS), "");
        }
    }

    @Test
    void aModelThatLoadsIsNotReady() {
        ModelSlots slots = slots(Map.of("main", "big/1"));
        ModelSlot<FakeModel> slot = slots.load("main", kind).get(0);

        assertThat(slots.ready()).isFalse();
        assertThat(new ModelReadiness(slots).call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(health.getStatuses()).containsEntry("", ServingStatus.NOT_SERVING);
        assertThatThrownBy(slot::current)
                .isInstanceOfSatisfying(
                        InferenceException.class,
                        e -> assertThat(e.kind()).isEqualTo(InferenceException.Kind.MODEL_NOT_READY));
        load.complete(null);
        Await.until(slots::ready);
    }

    @Test
    void aLoadedModelIsReadyAndDescribed() {
        ModelSlots slots = loaded(Map.of("main", "big/1"));

        assertThat(new ModelReadiness(slots).call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        Await.until(() -> health.getStatuses().get("") == ServingStatus.SERVING);
        assertThat(slots.all().get(0).current().languages()).containsExactly("en", "de");
        assertThat(slots.all().get(0).descriptions())
                .containsExactly(Model.newBuilder()
                        .setName("big")
                        .setVersion("1")
                        .setTask("fake-task")
                        .setService("test-service")
                        .setDefault(true)
                        .addLanguageCodes("en")
                        .addLanguageCodes("de")
                        .addLabels("PERSON")
                        .setLicense("apache-2.0")
                        .setSha256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
                        .setEngine("OnnxRuntime")
                        .addDevices("cpu")
                        .setPrecision("fp32")
                        .setMaxTokens(128)
                        .setReady(true)
                        .setSlot("main")
                        .setWeight(100)
                        .build());
    }

    @Test
    void slotsOfSeveralKindsAreLoadedByName() {
        load.complete(null);
        ModelSlots slots = slots(Map.of("a", "small/1", "b", "big/9", "c", "big/10"));

        List<ModelSlot<FakeModel>> some = slots.load(List.of("c", "a"), kind);
        List<ModelSlot<FakeModel>> others = slots.load(List.of("b"), kind);
        Await.until(slots::ready);

        assertThat(slots.names()).containsExactly("a", "b", "c");
        assertThat(some).extracting(ModelSlot::name).containsExactly("c", "a");
        assertThat(chosen(some, "", "")).isEqualTo("big/10");
        assertThat(chosen(others, "", "")).isEqualTo("big/9");
        assertThatThrownBy(() -> slots.load(List.of("d"), kind)).hasMessage("slot: d (expected: one of [a, b, c])");
    }

    @Test
    void slotsAreLoadedByTheKindInTheirName() {
        load.complete(null);
        ModelSlots slots = slots(Map.of("cat-b", "small/1", "cat", "big/9", "category", "big/1", "dog", "big/10"));

        assertThat(slots.loadNamed("cat", kind)).extracting(ModelSlot::name).containsExactly("cat", "cat-b");
        assertThat(slots.loadNamed("bird", kind)).isEmpty();
        assertThatThrownBy(() -> slots.requireNamed("cat", "bird"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("polymath.models: category, dog (expected: names that are or start with one of cat, bird)");
        slots.loadNamed("category", kind);
        slots.loadNamed("dog", kind);
        slots.requireNamed("cat", "bird");
        Await.until(slots::ready);
    }

    @Test
    void aSlotWithAnEmptyLocationIsNone() {
        load.complete(null);
        ModelSlots slots = slots(Map.of("cat", "big/1", "dog", ""));

        assertThat(slots.names()).containsExactly("cat");
        assertThat(slots.loadNamed("dog", kind)).isEmpty();
        assertThat(slots.loadNamed("cat", kind)).hasSize(1);
        Await.until(slots::ready);
    }

    @Test
    void aKindWithoutASlotHasNoModel() {
        assertThatThrownBy(
                        () -> ModelSlots.select(List.<ModelSlot<FakeModel>>of(), ModelRef.getDefaultInstance(), "bird"))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("model: \"bird\" (expected: none; no such model is hosted here)");
    }

    @Test
    void theLicenceOfAModelsPropertiesIsBelievedBeforeThatOfItsCard() throws IOException {
        Path directory = models.resolve("small/1");
        Path properties = Files.writeString(
                directory.resolve("serving.properties"), "polymath.license=research only: photos of Flickr\n");
        Files.writeString(directory.resolve(ModelDirectory.CHECKSUMS), sha256(properties) + "  serving.properties\n");

        assertThat(loaded(Map.of("main", "small/1")).all().get(0).descriptions())
                .extracting(Model::getLicense)
                .containsExactly("research only: photos of Flickr");
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theModelThatIsAskedForIsChosen() {
        load.complete(null);
        ModelSlots all = slots(Map.of("a", "small/1", "b", "big/9", "c", "big/10", "d", "big/1"));
        List<ModelSlot<FakeModel>> slots = all.load("b", kind);
        Await.until(all::ready);

        assertThat(chosen(slots, "", "")).isEqualTo("big/9");
        assertThat(chosen(slots, "small", "")).isEqualTo("small/1");
        assertThat(chosen(slots, "big", "")).isEqualTo("big/10");
        assertThat(chosen(slots, "big", "1")).isEqualTo("big/1");
        assertThat(chosen(slots, "", "10")).isEqualTo("big/10");
        assertThatThrownBy(() -> chosen(slots, "big", "2"))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("\"big/2\" (expected: one of ");
    }

    @Test
    void numbersInVersionsAreComparedAsNumbers() {
        assertThat(Stream.of("10", "9", "1.10", "1.9", "2", "1.9.1", "2026-11-02", "2026-2-11", "1.9-rc1")
                        .sorted(ModelSlots::compareVersions))
                .containsExactly("1.9", "1.9-rc1", "1.9.1", "1.10", "2", "9", "10", "2026-2-11", "2026-11-02");
    }

    @Test
    void aModelOfAnotherTaskIsRefused() throws IOException {
        Path directory = models.resolve("small/1");
        Path properties =
                Files.writeString(directory.resolve("serving.properties"), "polymath.task=object-detection\n");
        Files.writeString(directory.resolve(ModelDirectory.CHECKSUMS), sha256(properties) + "  serving.properties\n");
        ModelSlots slots = loaded(Map.of("main", "big/1"));
        ModelSlot<?> slot = slots.all().get(0);

        assertThatThrownBy(() -> slots.load(slot, ModelDirectory.open(directory)))
                .isInstanceOf(InferenceException.class)
                .hasMessage(directory + ": polymath.task: object-detection (expected: fake-task, as slot main has it)");
    }

    @Test
    void aStoppingServiceIsNotReadyThoughItsModelsStillAnswer() {
        ModelSlots slots = loaded(Map.of("main", "big/1"));
        Await.until(() -> health.getStatuses().get("") == ServingStatus.SERVING);

        slots.stop(new ShutdownEvent());

        assertThat(new ModelReadiness(slots).call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(health.getStatuses()).containsEntry("", ServingStatus.NOT_SERVING);
        assertThat(slots.all().get(0).ready()).isTrue();
    }

    @Test
    void aStoppingServiceClosesItsModels() {
        ModelSlots slots = loaded(Map.of("main", "big/1"));
        ModelSlot<?> slot = slots.all().get(0);
        FakeModel model = (FakeModel) slot.current().model();

        slots.close(new ShutdownEvent());

        assertThat(model.closed).isTrue();
        assertThatThrownBy(slot::current)
                .isInstanceOfSatisfying(
                        InferenceException.class,
                        e -> assertThat(e.kind()).isEqualTo(InferenceException.Kind.SHUTTING_DOWN));
    }

    private static String chosen(List<ModelSlot<FakeModel>> slots, String name, String version) {
        ModelRef ref = ModelRef.newBuilder().setName(name).setVersion(version).build();
        return ModelSlots.select(slots, ref).model().directory.toString();
    }

    private ModelSlots loaded(Map<String, String> locations) {
        load.complete(null);
        ModelSlots slots = slots(locations);
        slots.load("main", kind);
        Await.until(slots::ready);
        return slots;
    }

    private ModelSlots slots(Map<String, String> locations) {
        Map<String, String> properties = new HashMap<>();
        properties.put("polymath.models.directory", models.toString());
        locations.forEach((slot, location) -> properties.put("polymath.models." + slot + ".location", location));
        ModelsConfig config = new SmallRyeConfigBuilder()
                .withMapping(ModelsConfig.class)
                .withConverter(Duration.class, 100, new DurationConverter())
                .withDefaultValues(properties)
                .build()
                .getConfigMapping(ModelsConfig.class);
        return new ModelSlots(config, new InferenceMetrics(new SimpleMeterRegistry()), health, "test-service");
    }
}
