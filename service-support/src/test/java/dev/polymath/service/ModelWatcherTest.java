package dev.polymath.service;

import static dev.polymath.service.FakeModels.chosen;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.ModelDirectory;
import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.service.FakeModels.FakeModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each look at the folder is one that the test asks for. */
@Timeout(60)
class ModelWatcherTest {
    @TempDir
    Path folder;

    private FakeModels models;
    private List<ModelSlot<FakeModel>> slots;

    @BeforeEach
    void start() {
        models = new FakeModels(folder, Map.of("main.location", "big", "main.watch", "true"));
        slots = models.slots.load("main", models.kind);
    }

    @Test
    void aServiceWaitsForTheFirstVersion() {
        models.watcher.tick();
        assertThat(models.slots.ready()).isFalse();

        models.write("big/1", "x");
        models.watcher.tick();

        assertThat(models.slots.ready()).isTrue();
        assertThat(chosen(slots, "", "")).isEqualTo("big/1");
    }

    @Test
    void theNewestVersionIsServedAndANewerOneWhenItIsThere() {
        models.write("big/9", "x");
        models.write("big/10", "x");
        models.watcher.tick();
        assertThat(chosen(slots, "", "")).isEqualTo("big/10");
        assertThat(models.loaded).hasSize(1);

        models.write("big/11", "x");
        models.watcher.tick();

        assertThat(chosen(slots, "", "")).isEqualTo("big/11");
        Await.until(() -> models.open().equals(List.of("big/11")));
    }

    @Test
    void aVersionWithoutItsSumsIsNotThereYet() throws IOException {
        models.write("big/1", "x");
        Path next = models.write("big/2", "x");
        Files.delete(next.resolve(ModelDirectory.CHECKSUMS));
        models.watcher.tick();
        assertThat(chosen(slots, "", "")).isEqualTo("big/1");

        FakeModels.seal(next);
        models.watcher.tick();

        assertThat(chosen(slots, "", "")).isEqualTo("big/2");
        assertThat(failures()).isZero();
    }

    @Test
    void aVersionThatCannotBeServedIsTriedOnceUntilItsFilesChange() throws IOException {
        models.write("big/1", "x");
        models.watcher.tick();
        Path next = models.write("big/2", "x");
        Files.writeString(next.resolve("weights.txt"), "half of");

        models.watcher.tick();
        models.watcher.tick();

        assertThat(chosen(slots, "", "")).isEqualTo("big/1");
        assertThat(failures()).isEqualTo(1);
        assertThat(slots.get(0).descriptions())
                .extracting(model -> model.getVersion())
                .containsExactly("1");

        Files.writeString(next.resolve("weights.txt"), "x");
        Files.setLastModifiedTime(next.resolve("weights.txt"), FileTime.from(Instant.ofEpochSecond(1)));
        models.watcher.tick();

        assertThat(chosen(slots, "", "")).isEqualTo("big/2");
        assertThat(failures()).isEqualTo(1);
    }

    @Test
    void theNewestOfThoseThatCanBeServedIsAtTheStart() {
        models.write("big/1", "x");
        models.write("big/2", "damaged");

        models.watcher.tick();

        assertThat(chosen(slots, "", "")).isEqualTo("big/1");
        models.watcher.tick();
        assertThat(failures()).isEqualTo(1);
    }

    @Test
    void removingTheNewestVersionGoesBack() throws IOException {
        models.write("big/1", "x");
        Path newest = models.write("big/2", "x");
        models.watcher.tick();
        try (Stream<Path> files = Files.list(newest)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(newest);

        models.watcher.tick();

        assertThat(chosen(slots, "", "")).isEqualTo("big/1");
    }

    @Test
    void aFileNamesTheVersionToBeServed() throws IOException {
        models.write("big/1", "x");
        models.write("big/2", "x");
        models.watcher.tick();
        assertThat(chosen(slots, "", "")).isEqualTo("big/2");

        Files.writeString(folder.resolve("big/CURRENT"), "1\n");
        models.watcher.tick();
        assertThat(chosen(slots, "", "")).isEqualTo("big/1");

        // half written, not yet there, and not where versions are
        for (String none : List.of("", "3", "../big/2")) {
            Files.writeString(folder.resolve("big/CURRENT"), none);
            models.watcher.tick();
            assertThat(chosen(slots, "", "")).isEqualTo("big/1");
        }
        Files.delete(folder.resolve("big/CURRENT"));
        models.watcher.tick();
        assertThat(chosen(slots, "", "")).isEqualTo("big/2");
    }

    @Test
    void aVersionThatIsWrittenAnewIsLoadedAnew() {
        models.write("big/1", "x");
        models.watcher.tick();
        models.write("big/1", "y");
        models.watcher.tick();

        assertThat(slots.get(0).descriptions())
                .singleElement()
                .satisfies(model -> assertThat(model.getLabelsList()).containsExactly("y"));
    }

    @Test
    void whatAnOperatorChangesStaysUntilTheFolderChanges() {
        models.write("big/1", "x");
        models.write("big/2", "x");
        models.watcher.tick();
        models.changes
                .load(LoadModelRequest.newBuilder()
                        .setService(FakeModels.SERVICE)
                        .setVersion("1")
                        .build())
                .join();
        models.watcher.tick();
        assertThat(chosen(slots, "", "")).isEqualTo("big/1");

        models.write("big/3", "x");
        models.watcher.tick();
        assertThat(chosen(slots, "", "")).isEqualTo("big/3");
    }

    @Test
    void linksAsKubernetesMakesThemAreFollowed() throws IOException {
        Path data = FakeModels.write(folder, "volume/..data_1/1", "x");
        Files.createDirectories(folder.resolve("big"));
        Files.createSymbolicLink(folder.resolve("big/1"), data);

        models.watcher.tick();

        assertThat(models.slots.ready()).isTrue();
    }

    private double failures() {
        var counter = models.meters
                .find("polymath.model.loads")
                .tags("slot", "main", "outcome", "MODEL_UNUSABLE")
                .counter();
        return counter == null ? 0 : counter.count();
    }
}
