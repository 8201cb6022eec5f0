package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.service.FakeModels.FakeModel;
import io.grpc.Context;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ModelUsesTest {
    private final ModelUses uses = new ModelUses();
    private FakeModels models;
    private ModelSlot<FakeModel> slot;

    @BeforeEach
    void start(@TempDir Path folder) {
        models = new FakeModels(folder, Map.of("main.location", "big/1"));
        for (String version : List.of("1", "2", "3")) {
            models.write("big/" + version, "x");
        }
        slot = models.start("main").get(0);
    }

    @Test
    void whatWasChosenIsChosenAgainAndHeldToTheEnd() {
        assertThat(current()).isEqualTo("big/1");
        switchTo("2");

        assertThat(current()).isEqualTo("big/1");
        assertThat(uses.outdated()).isTrue();
        assertThat(models.open()).containsExactly("big/1", "big/2");
        uses.close();
        Await.until(() -> models.open().equals(List.of("big/2")));
    }

    @Test
    void aRenewalLetsGoOfWhatWasChosenBefore() {
        current();
        switchTo("2");

        assertThat(uses.renew(this::current, "none")).isEqualTo("big/2");

        assertThat(uses.outdated()).isFalse();
        Await.until(() -> models.open().equals(List.of("big/2")));
        uses.close();
        assertThat(models.open()).containsExactly("big/2");
    }

    @Test
    void aRenewalThatFailsLeavesAllAsItWas() {
        current();
        switchTo("2");

        assertThat(uses.<String>renew(
                        () -> {
                            current();
                            throw new IllegalStateException();
                        },
                        "before"))
                .isEqualTo("before");

        assertThat(current()).isEqualTo("big/1");
        switchTo("3");
        Await.until(() -> models.open().equals(List.of("big/1", "big/3")));
        uses.close();
        Await.until(() -> models.open().equals(List.of("big/3")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallThatEndsDuringARenewalLetsGoOfEverythingOnce(boolean fails) {
        current();
        ModelUses.Hold message = uses.hold();
        switchTo("2");
        uses.renew(
                () -> {
                    uses.close();
                    current();
                    if (fails) {
                        throw new IllegalStateException();
                    }
                    return "";
                },
                "");

        assertThat(models.open()).containsExactly("big/1", "big/2");
        message.release();
        Await.until(() -> models.open().equals(List.of("big/2")));
        switchTo("3");
        Await.until(() -> models.open().equals(List.of("big/3")));
    }

    /** Asks as a call does. */
    private String current() {
        Supplier<String> work = () -> slot.current().model().answer();
        try {
            return Context.current().withValue(ModelUses.KEY, uses).call(work::get);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void switchTo(String version) {
        models.changes
                .load(LoadModelRequest.newBuilder()
                        .setService(FakeModels.SERVICE)
                        .setVersion(version)
                        .build())
                .join();
    }
}
