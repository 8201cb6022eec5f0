package dev.polymath.service;

import static dev.polymath.service.FakeModels.SERVICE;
import static dev.polymath.service.FakeModels.chosen;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.models.v1.LoadModelResponse;
import dev.polymath.models.v1.Model;
import dev.polymath.models.v1.ModelShadow;
import dev.polymath.models.v1.ModelShare;
import dev.polymath.models.v1.SetModelTrafficRequest;
import dev.polymath.models.v1.UnloadModelRequest;
import dev.polymath.service.FakeModels.FakeModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ModelChangesTest {
    @TempDir
    Path folder;

    private FakeModels models;
    private List<ModelSlot<FakeModel>> slots;

    @BeforeEach
    void start() {
        for (String version : List.of("1", "2", "3")) {
            FakeModels.write(folder, "big/" + version, "PERSON,PLACE");
        }
        models = new FakeModels(folder, Map.of("main.location", "big/1"));
        slots = models.start("main");
    }

    @Test
    void aVersionIsLoadedBesideTheOldOneAndTakesAllRequests() {
        LoadModelResponse response = load("2");

        assertThat(chosen(slots, "", "")).isEqualTo("big/2");
        assertThat(response.getModelsList()).singleElement().satisfies(model -> {
            assertThat(model.getVersion()).isEqualTo("2");
            assertThat(model.getSlot()).isEqualTo("main");
            assertThat(model.getWeight()).isEqualTo(100);
            assertThat(model.getDefault()).isTrue();
        });
        Await.until(() -> models.open().equals(List.of("big/2")));
        assertThat(loads("OK")).isEqualTo(1);
        assertThat(models.meters.find("polymath.model.info").gauges())
                .extracting(gauge -> gauge.getId().getTag("version"))
                .containsExactly("2");
    }

    @Test
    void aVersionThatWasKeptIsGoneBackToWithoutLoadingIt() throws IOException {
        load(request("2").setKeepPrevious(true));
        assertThat(versions()).containsExactly("1: 0", "2: 100");
        Files.delete(folder.resolve("big/1/weights.txt"));

        LoadModelResponse response = load("1");

        assertThat(chosen(slots, "", "")).isEqualTo("big/1");
        assertThat(response.getModelsList()).extracting(Model::getVersion).containsExactly("1");
        assertThat(models.loaded).hasSize(2);
    }

    @Test
    void aVersionThatIsKeptIsAskedForByItsName() {
        load(request("2").setKeepPrevious(true));

        assertThat(chosen(slots, "big", "1")).isEqualTo("big/1");
        assertThat(chosen(slots, "big", "")).isEqualTo("big/2");
        assertThat(chosen(slots, "", "1")).isEqualTo("big/1");
    }

    @Test
    void aCanaryHasExactlyItsShareHoweverOneCounts() {
        load(request("2").setWeight(10));
        List<String> answers = chosen(slots, 1000);

        for (int from = 0; from + 100 <= answers.size(); from++) {
            assertThat(Collections.frequency(answers.subList(from, from + 100), "big/2"))
                    .isEqualTo(10);
        }
        assertThat(IntStream.range(1, answers.size())
                        .filter(i -> answers.get(i).equals("big/2"))
                        .filter(i -> answers.get(i - 1).equals("big/2")))
                .as("two in a row")
                .isEmpty();
    }

    @Test
    void sharesOfTheOthersStayInProportionAndAddUpToAHundred() {
        load(request("2").setWeight(33));
        assertThat(versions()).containsExactly("1: 67", "2: 33");
        load(request("3").setWeight(50));
        assertThat(versions()).containsExactly("1: 34", "2: 16", "3: 50");
        load(request("3").setWeight(1));
        assertThat(versions()).containsExactly("1: 67", "2: 32", "3: 1");
        load(request("3").setWeight(0).setKeepPrevious(true));
        assertThat(versions()).containsExactly("1: 68", "2: 32", "3: 0");
    }

    @Test
    void sharesAreSetAtOnceAndNothingIsUnloaded() {
        load(request("2").setKeepPrevious(true));
        models.changes
                .setTraffic(traffic()
                        .addShares(ModelShare.newBuilder().setVersion("1").setWeight(25))
                        .addShares(ModelShare.newBuilder().setVersion("2").setWeight(75))
                        .build())
                .join();
        assertThat(versions()).containsExactly("1: 25", "2: 75");

        models.changes
                .setTraffic(traffic()
                        .addShares(ModelShare.newBuilder().setVersion("1").setWeight(100))
                        .setShadow(ModelShadow.newBuilder().setVersion("2").setPercent(5))
                        .build())
                .join();

        assertThat(versions()).containsExactly("1: 100", "2: 0");
        assertThat(slots.get(0).descriptions())
                .extracting(Model::getShadowPercent)
                .containsExactly(0, 5);
        assertThat(models.open()).containsExactly("big/1", "big/2");
    }

    @Test
    void sharesThatAreNoneAreRefused() {
        load(request("2").setWeight(10));

        Status error = failure(() -> models.changes.setTraffic(traffic()
                .addShares(ModelShare.newBuilder().setVersion("1").setWeight(80))
                .addShares(ModelShare.newBuilder().setWeight(-1))
                .setShadow(ModelShadow.newBuilder().setVersion("2"))
                .build()));

        assertThat(error.getMessage())
                .contains(
                        "shares[1].version: empty",
                        "shares[1].weight: -1 (expected: 0 to 100)",
                        "shares: weights of 80 together (expected: 100)");
        assertThat(failure(() -> models.changes.setTraffic(traffic()
                                .addShares(
                                        ModelShare.newBuilder().setVersion("7").setWeight(100))
                                .build()))
                        .getMessage())
                .isEqualTo("shares[0].version: \"7\" (expected: one of big/1, big/2)");
        assertThat(versions()).containsExactly("1: 90", "2: 10");
    }

    @Test
    void whatAnUnloadedVersionHadGoesToTheOthers() {
        load(request("2").setWeight(10));

        models.changes.unload(unload("1")).join();

        assertThat(versions()).containsExactly("2: 100");
        Await.until(() -> models.open().equals(List.of("big/2")));
    }

    @Test
    void theLastVersionThatAnswersStays() {
        load(request("2").setKeepPrevious(true));

        Status error = failure(() -> models.changes.unload(unload("2")));

        assertThat(reason(error)).isEqualTo("INVALID_INPUT");
        assertThat(error.getMessage())
                .isEqualTo("version: big/2 has all requests (expected: one with another beside it that has a share)");
        assertThat(failure(() -> models.changes.load(request("2").setWeight(0).build()))
                        .getMessage())
                .startsWith("version: big/2 has all requests");
        models.changes.unload(unload("1")).join();
        assertThat(versions()).containsExactly("2: 100");
    }

    @Test
    void whatCannotBeLoadedLeavesTheSlotAsItIsAndSaysWhy() throws IOException {
        models.write("bad/1", "damaged");
        models.write("bad/2", "huge");
        models.write("bad/3", "x", "polymath.task=object-detection");
        Files.writeString(models.write("bad/4", "x").resolve("weights.txt"), "changed");
        Files.delete(models.write("bad/5", "x").resolve("weights.txt"));
        Files.delete(models.write("bad/6", "x").resolve(ModelDirectory.CHECKSUMS));
        Path bad = folder.resolve("bad");

        assertThat(unusable("bad/1")).isEqualTo(bad.resolve("1/weights.txt") + ": not weights");
        assertThat(unusable("bad/2"))
                .isEqualTo(bad.resolve("2") + ": does not fit into memory beside what is loaded (too large)");
        assertThat(unusable("bad/3"))
                .isEqualTo(bad.resolve("3")
                        + ": polymath.task: object-detection (expected: fake-task, as slot main has it)");
        assertThat(unusable("bad/4")).startsWith(bad.resolve("4/weights.txt") + ": SHA-256 ");
        assertThat(unusable("bad/5")).startsWith(bad.resolve("5/weights.txt") + ": missing");
        assertThat(unusable("bad/6")).startsWith(bad.resolve("6/SHA256SUMS") + ": missing");
        assertThat(chosen(slots, "", "")).isEqualTo("big/1");
        assertThat(models.open()).containsExactly("big/1");
        assertThat(loads("MODEL_UNUSABLE")).isEqualTo(6);
    }

    @Test
    void aModelIsWhatItsCallerExpectsOrIsNotLoaded() throws IOException {
        String sha256 = FakeModels.sha256(folder.resolve("big/2/SHA256SUMS"));
        String other = "0".repeat(64);

        Status error =
                failure(() -> models.changes.load(request("2").setSha256(other).build()));
        assertThat(reason(error)).isEqualTo("MODEL_UNUSABLE");
        assertThat(error.getMessage())
                .isEqualTo(folder.resolve("big/2/SHA256SUMS") + ": SHA-256 " + sha256 + " (expected: " + other + ")");

        load(request("2").setSha256(sha256));
        assertThat(chosen(slots, "", "")).isEqualTo("big/2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/etc",
                "..",
                "../x",
                "big/../../x",
                "big/..",
                "big//1",
                "./big/1",
                "big\\1",
                "https://example.org/model.zip",
                "djl://x",
                "file:/etc",
                "big/1\0"
            })
    void nothingOutsideOfTheFolderOfModelsIsLoaded(String location) {
        Status error = failure(() -> models.changes.load(LoadModelRequest.newBuilder()
                .setService(SERVICE)
                .setLocation(location)
                .build()));

        assertThat(reason(error)).isEqualTo("INVALID_INPUT");
        assertThat(error.getMessage()).contains("a folder below polymath.models.directory");
        assertThat(reason(failure(() -> models.changes.load(request("../big/2").build()))))
                .isEqualTo("INVALID_INPUT");
    }

    @Test
    void aVersionBesideAConfiguredOneIsLoadedWhereverThatIs(@TempDir Path volume) {
        FakeModels.write(volume, "mine/1", "x");
        FakeModels.write(volume, "mine/2", "x");
        FakeModels other = new FakeModels(
                folder, Map.of("main.location", volume.resolve("mine/1").toString()));
        List<ModelSlot<FakeModel>> slot = other.start("main");

        other.changes.load(request("2").build()).join();

        assertThat(chosen(slot, "", "")).isEqualTo("mine/2");
    }

    @Test
    void whatIsNotThereIsNotFoundAndWhatIsIsNamed() {
        assertThat(failure(() -> models.changes.load(request("7").build())).getMessage())
                .isEqualTo("version: \"7\" (expected: one of 1, 2, 3)");
        assertThat(reason(failure(() -> models.changes.load(
                        request("2").setService("other-service").build()))))
                .isEqualTo("SERVICE_NOT_FOUND");
        assertThat(failure(() ->
                                models.changes.load(request("2").setSlot("side").build()))
                        .getMessage())
                .isEqualTo("slot: \"side\" (expected: one of main)");
        assertThat(failure(() -> models.changes.load(LoadModelRequest.newBuilder()
                                .setService(SERVICE)
                                .build()))
                        .getMessage())
                .isEqualTo("version: empty (expected: a version or a location)");
        assertThat(failure(() -> models.changes.unload(unload("3"))).getMessage())
                .isEqualTo("version: \"3\" (expected: one of big/1)");
    }

    @Test
    void aServiceWithSeveralSlotsWantsToKnowWhich() {
        FakeModels two = new FakeModels(folder, Map.of("main.location", "big/1", "other.location", "big/2"));
        two.slots.load("main", two.kind);

        assertThat(failure(() -> two.changes.load(request("3").build())).getMessage())
                .isEqualTo("slot: empty (expected: one of main, other)");
    }

    @Test
    void labelsThatComeAndGoAreNamed() {
        models.write("big/4", "PERSON,DRUG");

        LoadModelResponse response = load("4");

        assertThat(response.getAddedLabelsList()).containsExactly("DRUG");
        assertThat(response.getRemovedLabelsList()).containsExactly("PLACE");
    }

    @Test
    void changesAreMadeOneAfterTheOther() {
        // two at the same time make the loader fail
        List<CompletableFuture<LoadModelResponse>> all = IntStream.range(0, 40)
                .mapToObj(i ->
                        models.changes.load(request(Integer.toString(1 + i % 3)).build()))
                .toList();

        all.forEach(CompletableFuture::join);
        assertThat(versions()).containsExactly("1: 100");
    }

    @Test
    void aVersionWithNewContentsReplacesItself() {
        models.write("big/1", "PERSON,DRUG");

        load(request("1").setKeepPrevious(true));

        assertThat(slots.get(0).descriptions())
                .singleElement()
                .satisfies(model -> assertThat(model.getLabelsList()).containsExactly("PERSON", "DRUG"));
        Await.until(() -> models.open().size() == 1);
    }

    private LoadModelResponse load(String version) {
        return load(request(version));
    }

    private LoadModelResponse load(LoadModelRequest.Builder request) {
        return models.changes.load(request.build()).join();
    }

    private static LoadModelRequest.Builder request(String version) {
        return LoadModelRequest.newBuilder().setService(SERVICE).setVersion(version);
    }

    private static UnloadModelRequest unload(String version) {
        return UnloadModelRequest.newBuilder()
                .setService(SERVICE)
                .setVersion(version)
                .build();
    }

    private static SetModelTrafficRequest.Builder traffic() {
        return SetModelTrafficRequest.newBuilder().setService(SERVICE);
    }

    private List<String> versions() {
        return slots.get(0).descriptions().stream()
                .map(model -> model.getVersion() + ": " + model.getWeight())
                .toList();
    }

    private double loads(String outcome) {
        return models.meters
                .get("polymath.model.loads")
                .tags("slot", "main", "outcome", outcome)
                .counter()
                .count();
    }

    private String unusable(String location) {
        Status error = failure(() -> models.changes.load(LoadModelRequest.newBuilder()
                .setService(SERVICE)
                .setLocation(location)
                .build()));
        assertThat(reason(error)).isEqualTo("MODEL_UNUSABLE");
        return error.getMessage();
    }

    /** The error on the wire. */
    private static Status failure(java.util.function.Supplier<CompletableFuture<?>> change) {
        Throwable failure = catchThrowable(() -> change.get().join());
        assertThat(failure).isNotNull();
        return ErrorStatus.of(failure);
    }

    private static String reason(Status error) {
        try {
            return error.getDetails(0).unpack(ErrorInfo.class).getReason();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
