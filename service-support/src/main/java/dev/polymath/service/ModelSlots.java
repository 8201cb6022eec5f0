package dev.polymath.service;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.models.v1.Model;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.StatusRuntimeException;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * The models of a service. Each is loaded and warmed up on a thread of its own while the service already answers, with
 * MODEL_NOT_READY; a model that cannot be loaded ends the service. Thread-safe.
 */
@ApplicationScoped
public class ModelSlots {
    private static final Logger LOG = Logger.getLogger(ModelSlots.class);

    private final ModelsConfig config;
    private final InferenceMetrics metrics;
    private final GrpcHealthStorage health;
    private final String service;
    private final List<ModelSlot<?>> slots = new CopyOnWriteArrayList<>();
    private volatile boolean stopping;

    @Inject
    ModelSlots(
            ModelsConfig config,
            InferenceMetrics metrics,
            GrpcHealthStorage health,
            @ConfigProperty(name = "quarkus.application.name") String service) {
        this.config = config;
        this.metrics = metrics;
        this.health = health;
        this.service = service;
    }

    /** Names of the slots that are configured with a location, sorted. */
    public List<String> names() {
        return config.slots().entrySet().stream()
                .filter(slot -> slot.getValue().location().isPresent())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /**
     * Starts to load the models of all slots that are configured, for a service with one kind of model.
     *
     * @param first name of the default slot
     */
    public <M extends AutoCloseable> List<ModelSlot<M>> load(String first, ModelKind<M> kind) {
        List<String> names = new ArrayList<>(names());
        names.sort(Comparator.comparing(name -> !name.equals(first)));
        return load(names, kind);
    }

    /**
     * Starts to load the models of the slots whose name says their kind: {@code prefix}, the default one, and
     * {@code prefix-...} for more of them. None if there are no such slots.
     */
    public <M extends AutoCloseable> List<ModelSlot<M>> loadNamed(String prefix, ModelKind<M> kind) {
        return load(
                names().stream()
                        .filter(name -> name.equals(prefix) || name.startsWith(prefix + "-"))
                        .toList(),
                kind);
    }

    /**
     * Refuses a configuration with slots that were not loaded.
     *
     * @param prefixes of the names that were
     * @throws IllegalArgumentException naming the others
     */
    public void requireNamed(String... prefixes) {
        List<String> others = names().stream()
                .filter(name -> slots.stream().noneMatch(slot -> slot.name().equals(name)))
                .toList();
        if (!others.isEmpty()) {
            throw new IllegalArgumentException("polymath.models: " + String.join(", ", others)
                    + " (expected: names that are or start with " + (prefixes.length == 1 ? "" : "one of ")
                    + String.join(", ", prefixes) + ")");
        }
    }

    /**
     * Starts to load the models of some slots, which are all of one kind. The first one is the default one for what the
     * kind does.
     *
     * @throws IllegalArgumentException if a slot is not configured
     */
    public <M extends AutoCloseable> List<ModelSlot<M>> load(List<String> names, ModelKind<M> kind) {
        return names.stream()
                .map(name -> load(name, name.equals(names.get(0)), kind))
                .toList();
    }

    private <M extends AutoCloseable> ModelSlot<M> load(String name, boolean isDefault, ModelKind<M> kind) {
        ModelsConfig.Slot settings = config.slots().get(name);
        if (settings == null || settings.location().isEmpty()) {
            throw new IllegalArgumentException("slot: " + name + " (expected: one of " + names() + ")");
        }
        ModelSlot<M> slot = new ModelSlot<>(name);
        slots.add(slot);
        reportHealth();
        String location = settings.location().get();
        Thread thread = new Thread(() -> fill(slot, location, settings, isDefault, kind), "polymath-load-" + name);
        thread.setDaemon(true);
        thread.start();
        return slot;
    }

    /**
     * The slot with the model that a request asks for.
     *
     * @param slots the candidates, the default one first
     * @param ref an empty name means the default model, an empty version the newest of that name
     * @throws StatusRuntimeException MODEL_NOT_FOUND
     * @throws InferenceException MODEL_NOT_READY, if a model that is still being loaded could be the one
     */
    public static <M extends AutoCloseable> ModelSlot<M> select(List<ModelSlot<M>> slots, ModelRef ref) {
        ModelSlot<M> first = slots.get(0);
        if (ref.getName().isEmpty() && ref.getVersion().isEmpty()) {
            return first;
        }
        String name = ref.getName().isEmpty() ? first.directory().name() : ref.getName();
        return slots.stream()
                .filter(slot -> slot.directory().name().equals(name))
                .filter(slot ->
                        ref.getVersion().isEmpty() || slot.directory().version().equals(ref.getVersion()))
                .max(Comparator.comparing(slot -> slot.directory().version(), ModelSlots::compareVersions))
                .orElseThrow(() -> ErrorStatus.modelNotFound(
                        "model",
                        ref.getVersion().isEmpty() ? name : name + "/" + ref.getVersion(),
                        slots.stream().map(slot -> slot.directory().toString()).toList()));
    }

    /**
     * As {@link #select(List, ModelRef)}, where there may be no candidate at all.
     *
     * @param prefix of the names of such slots, by which the error names the model that nobody configured
     */
    public static <M extends AutoCloseable> ModelSlot<M> select(List<ModelSlot<M>> slots, ModelRef ref, String prefix) {
        if (slots.isEmpty()) {
            throw ErrorStatus.modelNotFound("model", ref.getName().isEmpty() ? prefix : ref.getName(), List.of());
        }
        return select(slots, ref);
    }

    /** Shorter numbers first, so that 10 is newer than 9. */
    private static int compareVersions(String a, String b) {
        return a.length() != b.length() ? Integer.compare(a.length(), b.length()) : a.compareTo(b);
    }

    public List<ModelSlot<?>> all() {
        return slots;
    }

    /** Whether every model is loaded and warmed up, and the service is not stopping. */
    public boolean ready() {
        return !stopping && !slots.isEmpty() && slots.stream().allMatch(ModelSlot::ready);
    }

    private <M extends AutoCloseable> void fill(
            ModelSlot<M> slot, String location, ModelsConfig.Slot settings, boolean isDefault, ModelKind<M> kind) {
        long start = System.nanoTime();
        try {
            ModelDirectory directory = open(location);
            InferenceOptions options = settings.options();
            M model = kind.loader().load(directory, options, metrics);
            String device = kind.device().apply(model);
            slot.fill(model, directory, describe(directory, kind, model, device, isDefault, options));
            metrics.modelLoaded(directory.name(), directory.version(), directory.sha256(), device);
            LOG.infof(
                    "model %s %s is ready on %s after %d ms",
                    directory.name(),
                    directory.version(),
                    device,
                    Duration.ofNanos(System.nanoTime() - start).toMillis());
            reportHealth();
        } catch (InferenceException | IllegalArgumentException e) {
            LOG.errorf("the model of slot %s cannot be used: %s", slot.name(), e.getMessage());
            Quarkus.asyncExit(1);
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "the model of slot %s cannot be used", slot.name());
            Quarkus.asyncExit(1);
        }
    }

    private ModelDirectory open(String location) {
        return location.matches("[a-z][a-z0-9+]+:.*")
                ? ModelDirectory.open(location)
                : ModelDirectory.open(config.directory().resolve(location));
    }

    private <M extends AutoCloseable> Model describe(
            ModelDirectory directory,
            ModelKind<M> kind,
            M model,
            String device,
            boolean isDefault,
            InferenceOptions options) {
        ModelCard card = ModelCard.in(directory.path());
        String precision = options.precision();
        String engine = options.engine();
        return Model.newBuilder()
                .setName(directory.name())
                .setVersion(directory.version())
                .setTask(kind.task())
                .setService(service)
                .setDefault(isDefault)
                .addAllLanguageCodes(card.languages())
                .addAllLabels(kind.labels().apply(model))
                .setLicense(directory.property("polymath.license", card.license()))
                .setSha256(directory.sha256())
                .setEngine(engine != null ? engine : directory.property("engine", "OnnxRuntime"))
                .addAllDevices(list(device))
                .setPrecision(precision != null ? precision : directory.property("polymath.precision", "fp32"))
                .setMaxTokens(kind.maxTokens().applyAsInt(model))
                .setReady(true)
                .build();
    }

    private static List<String> list(String commaSeparated) {
        return Arrays.stream(commaSeparated.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    private void reportHealth() {
        ServingStatus status = ready() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        health.getStatuses().keySet().forEach(name -> health.setStatus(name, status));
    }

    /** Before the calls are waited for, so that no new ones are sent here. */
    void stop(@Observes @Priority(50) ShutdownEvent event) {
        stopping = true;
        reportHealth();
    }

    /** After the calls have been answered. */
    void close(@Observes @Priority(200) ShutdownEvent event) {
        for (ModelSlot<?> slot : slots) {
            try {
                slot.close();
            } catch (Exception e) {
                LOG.errorf(e, "the model of slot %s cannot be closed", slot.name());
            }
        }
    }
}
