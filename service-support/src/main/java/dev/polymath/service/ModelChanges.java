package dev.polymath.service;

import dev.polymath.common.v1.ErrorReason;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.models.v1.LoadModelResponse;
import dev.polymath.models.v1.ModelShadow;
import dev.polymath.models.v1.ModelShare;
import dev.polymath.models.v1.SetModelTrafficRequest;
import dev.polymath.models.v1.SetModelTrafficResponse;
import dev.polymath.models.v1.UnloadModelRequest;
import dev.polymath.models.v1.UnloadModelResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Changes the models of the service while it serves, one change after the other on a thread of its own: what comes while a model is
 * being loaded waits. Thread-safe.
 */
@ApplicationScoped
class ModelChanges {
    private static final Logger LOG = Logger.getLogger(ModelChanges.class);

    /** No way up, no other root, no other file system. */
    private static final Pattern FOLDER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,127}");

    private static final Pattern LOCATION = Pattern.compile(FOLDER + "(/" + FOLDER + "){0,7}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}|");
    private static final int ALL = 100;

    private final ModelSlots slots;
    private final ModelsConfig config;
    private final InferenceMetrics metrics;
    private final String service;
    private final Executor inTurn = WorkerThreads.pool("models", 1, new LinkedBlockingQueue<>());

    @Inject
    ModelChanges(
            ModelSlots slots,
            ModelsConfig config,
            InferenceMetrics metrics,
            @ConfigProperty(name = "quarkus.application.name") String service) {
        this.slots = slots;
        this.config = config;
        this.metrics = metrics;
        this.service = service;
    }

    /** Does something when the changes before it are done. */
    <R> CompletableFuture<R> inTurn(Supplier<R> change) {
        return CompletableFuture.supplyAsync(change, inTurn);
    }

    CompletableFuture<LoadModelResponse> load(LoadModelRequest request) {
        Violations violations = new Violations();
        ModelSlot<?> slot = slot(request.getService(), request.getSlot(), violations);
        int weight = request.hasWeight() ? request.getWeight() : ALL;
        checkWeight(weight, 0, "weight", violations);
        if (!SHA256.matcher(request.getSha256()).matches()) {
            violations.add(
                    "sha256",
                    Violations.quote(request.getSha256()) + " (expected: 64 lower-case hexadecimal digits, or empty)");
        }
        switch (request.getModelCase()) {
            case VERSION -> checkFolder(FOLDER, request.getVersion(), "version", "the name of a folder", violations);
            case LOCATION ->
                checkFolder(
                        LOCATION,
                        request.getLocation(),
                        "location",
                        "a folder below polymath.models.directory such as ner-en/2",
                        violations);
            case MODEL_NOT_SET -> violations.add("version", "empty (expected: a version or a location)");
        }
        violations.throwIfAny();
        return inTurn(() -> load(slot, request, weight));
    }

    private <M extends AutoCloseable> LoadModelResponse load(ModelSlot<M> slot, LoadModelRequest request, int weight) {
        ModelVersion<M> before = slot.leading();
        boolean byVersion = request.getModelCase() == LoadModelRequest.ModelCase.VERSION;
        Path path = byVersion
                ? sibling(slot, before, request.getVersion())
                : root().resolve(request.getLocation()).normalize();
        String field = byVersion ? "version" : "location";
        String value = byVersion ? request.getVersion() : request.getLocation();
        ModelVersion<M> known = loaded(slot, path, request.getSha256());
        if (known != null && weight == 0 && slot.weight(known) == ALL) {
            throw allTraffic(field, known);
        }
        if (known == null && !Files.isDirectory(path)) {
            throw ErrorStatus.modelNotFound(field, value, ModelFolder.names(path.getParent()));
        }
        ModelVersion<M> version = known == null ? load(slot, path, request.getSha256()) : known;
        give(slot, version, weight, request.getKeepPrevious());
        Set<String> labels = Set.copyOf(version.description().getLabelsList());
        Set<String> labelsBefore = Set.copyOf(before.description().getLabelsList());
        return LoadModelResponse.newBuilder()
                .addAllModels(slot.descriptions())
                .addAllAddedLabels(minus(version, labelsBefore))
                .addAllRemovedLabels(minus(before, labels))
                .build();
    }

    private static List<String> minus(ModelVersion<?> version, Set<String> others) {
        return version.description().getLabelsList().stream()
                .filter(label -> !others.contains(label))
                .toList();
    }

    /**
     * The version that was loaded from a directory, if the directory still has the same in it, or is no longer there.
     *
     * @param sha256 that it must have; empty for any
     */
    private static <M extends AutoCloseable> @Nullable ModelVersion<M> loaded(
            ModelSlot<M> slot, Path path, String sha256) {
        return slot.versions().stream()
                .filter(version -> version.directory().path().equals(path))
                .filter(version ->
                        sha256.isEmpty() || version.directory().sha256().equals(sha256))
                .filter(version -> {
                    String now = ModelFolder.sha256(path);
                    return now == null || now.equals(version.directory().sha256());
                })
                .findFirst()
                .orElse(null);
    }

    /**
     * Loads a model from a directory and adds it to a slot, without a share unless it is the first.
     *
     * @throws StatusRuntimeException MODEL_UNUSABLE
     */
    <M extends AutoCloseable> ModelVersion<M> load(ModelSlot<M> slot, Path path, String sha256) {
        String outcome = ErrorStatus.word(ErrorReason.ERROR_REASON_MODEL_UNUSABLE);
        try {
            ModelDirectory directory = ModelDirectory.open(path);
            if (!sha256.isEmpty() && !sha256.equals(directory.sha256())) {
                throw unusable(path.resolve(ModelDirectory.CHECKSUMS) + ": SHA-256 " + directory.sha256()
                        + " (expected: " + sha256 + ")");
            }
            ModelVersion<M> version = slots.load(slot, directory);
            slot.add(version);
            slots.reportHealth();
            outcome = "OK";
            return version;
        } catch (InferenceException e) {
            if (e.kind() == InferenceException.Kind.SHUTTING_DOWN) {
                throw e;
            }
            throw unusable(String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw unusable(path + ": " + e.getMessage());
        } catch (StatusRuntimeException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            LOG.errorf(e, "model %s cannot be loaded", path);
            throw unusable(path + ": cannot be loaded; the log of the service says why");
        } catch (OutOfMemoryError e) {
            throw unusable(path + ": does not fit into memory beside what is loaded (" + e.getMessage() + ")");
        } finally {
            metrics.modelChanged(slot.name(), outcome);
        }
    }

    /** Gives a version its share, and unloads those that lose theirs, unless they are to be kept. */
    <M extends AutoCloseable> void give(ModelSlot<M> slot, ModelVersion<M> version, int weight, boolean keep) {
        Set<ModelVersion<M>> idle = slot.idle();
        slot.give(version, weight);
        Set<ModelVersion<M>> unloaded = new HashSet<>(slot.idle());
        if (keep) {
            unloaded.clear();
        } else {
            unloaded.removeAll(idle);
            unloaded.remove(version);
        }
        // one that is replaced by another of the same name could not be asked for any more
        slot.versions().stream()
                .filter(other -> other != version
                        && slot.weight(other) == 0
                        && other.is(
                                version.directory().name(), version.directory().version()))
                .forEach(unloaded::add);
        slot.remove(unloaded);
        LOG.infof("slot %s: model %s has %d %% of the requests", slot.name(), version, slot.weight(version));
    }

    CompletableFuture<UnloadModelResponse> unload(UnloadModelRequest request) {
        Violations violations = new Violations();
        ModelSlot<?> slot = slot(request.getService(), request.getSlot(), violations);
        if (request.getVersion().isEmpty()) {
            violations.add("version", "empty (expected: a version that ListModels names)");
        }
        violations.throwIfAny();
        return inTurn(() -> unload(slot, request));
    }

    private <M extends AutoCloseable> UnloadModelResponse unload(ModelSlot<M> slot, UnloadModelRequest request) {
        ModelVersion<M> version = require(slot, request.getName(), request.getVersion(), "version");
        if (slot.weight(version) == ALL) {
            throw allTraffic("version", version);
        }
        slot.remove(Set.of(version));
        return UnloadModelResponse.newBuilder()
                .addAllModels(slot.descriptions())
                .build();
    }

    CompletableFuture<SetModelTrafficResponse> setTraffic(SetModelTrafficRequest request) {
        Violations violations = new Violations();
        ModelSlot<?> slot = slot(request.getService(), request.getSlot(), violations);
        int sum = 0;
        for (int i = 0; i < request.getSharesCount(); i++) {
            ModelShare share = request.getShares(i);
            String path = "shares[" + i + "]";
            if (share.getVersion().isEmpty()) {
                violations.add(path + ".version", "empty (expected: a version that ListModels names)");
            }
            checkWeight(share.getWeight(), 0, path + ".weight", violations);
            sum += Math.max(0, Math.min(ALL, share.getWeight()));
        }
        if (request.getSharesCount() > 0 && sum != ALL) {
            violations.add("shares", "weights of " + sum + " together (expected: 100)");
        }
        if (request.hasShadow()) {
            if (request.getShadow().getVersion().isEmpty()) {
                violations.add("shadow.version", "empty (expected: a version that ListModels names)");
            }
            checkWeight(request.getShadow().getPercent(), 1, "shadow.percent", violations);
        }
        violations.throwIfAny();
        return inTurn(() -> setTraffic(slot, request));
    }

    private <M extends AutoCloseable> SetModelTrafficResponse setTraffic(
            ModelSlot<M> slot, SetModelTrafficRequest request) {
        Map<ModelVersion<M>, Integer> weights = new IdentityHashMap<>();
        for (int i = 0; i < request.getSharesCount(); i++) {
            ModelShare share = request.getShares(i);
            ModelVersion<M> version = require(slot, share.getName(), share.getVersion(), "shares[" + i + "].version");
            if (weights.put(version, share.getWeight()) != null) {
                Violations violations = new Violations();
                violations.add("shares[" + i + "].version", "the same as one before (expected: different versions)");
                throw violations.exception();
            }
        }
        ModelShadow shadow = request.getShadow();
        ModelVersion<M> shadowed =
                request.hasShadow() ? require(slot, shadow.getName(), shadow.getVersion(), "shadow.version") : null;
        if (!weights.isEmpty()) {
            slot.setWeights(weights);
        }
        slot.setShadow(shadowed, shadow.getPercent());
        return SetModelTrafficResponse.newBuilder()
                .addAllModels(slot.descriptions())
                .build();
    }

    /** The slot that a request is about. */
    private ModelSlot<?> slot(String asked, String name, Violations violations) {
        if (!asked.equals(service)) {
            throw StatusProto.toStatusRuntimeException(ErrorStatus.status(
                    ErrorReason.ERROR_REASON_SERVICE_NOT_FOUND,
                    "service: " + Violations.quote(asked) + " (expected: one that ListModels names, such as " + service
                            + ")"));
        }
        List<ModelSlot<?>> all = slots.all();
        List<String> names = all.stream().map(ModelSlot::name).toList();
        if (name.isEmpty() && all.size() != 1) {
            violations.add("slot", "empty (expected: one of " + String.join(", ", names) + ")");
            throw violations.exception();
        }
        return all.stream()
                .filter(slot -> name.isEmpty() || slot.name().equals(name))
                .findFirst()
                .orElseThrow(() -> ErrorStatus.modelNotFound("slot", name, names));
    }

    private static <M extends AutoCloseable> ModelVersion<M> require(
            ModelSlot<M> slot, String name, String version, String field) {
        ModelVersion<M> found = slot.loaded(name, version);
        if (found == null) {
            throw ErrorStatus.modelNotFound(
                    field, name.isEmpty() ? version : name + "/" + version, ModelSlots.loaded(List.of(slot)));
        }
        return found;
    }

    private Path root() {
        return config.directory().toAbsolutePath().normalize();
    }

    /** The folder of a version beside that of another one, if an operator has chosen where that is. */
    private Path sibling(ModelSlot<?> slot, ModelVersion<?> version, String name) {
        Path folder = version.directory().path().getParent();
        if (folder == null
                || !folder.startsWith(root()) && !folder.equals(slot.settings().folder(config.directory()))) {
            Violations violations = new Violations();
            violations.add(
                    "version",
                    Violations.quote(name) + " beside a model that was fetched (expected: a location below"
                            + " polymath.models.directory)");
            throw violations.exception();
        }
        return folder.resolve(name);
    }

    private static void checkWeight(int weight, int least, String field, Violations violations) {
        if (weight < least || weight > ALL) {
            violations.add(field, weight + " (expected: " + least + " to " + ALL + ")");
        }
    }

    private static void checkFolder(
            Pattern pattern, String value, String field, String expected, Violations violations) {
        if (!pattern.matcher(value).matches()) {
            violations.add(field, Violations.quote(value) + " (expected: " + expected + ")");
        }
    }

    private static InvalidRequestException allTraffic(String field, ModelVersion<?> version) {
        Violations violations = new Violations();
        violations.add(field, version + " has all requests (expected: one with another beside it that has a share)");
        return violations.exception();
    }

    private static StatusRuntimeException unusable(String message) {
        return StatusProto.toStatusRuntimeException(
                ErrorStatus.status(ErrorReason.ERROR_REASON_MODEL_UNUSABLE, message));
    }
}
