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
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * The models of a service. Each is loaded and warmed up on a thread of its own while the service already answers, with
 * MODEL_NOT_READY; a model that cannot be loaded ends the service. {@link ModelChanges} changes them later. Thread-safe.
 */
@ApplicationScoped
public class ModelSlots {
    private static final Logger LOG = Logger.getLogger(ModelSlots.class);

    /** What versions are compared by: numbers, and what is between them. */
    private static final Pattern PART = Pattern.compile("\\d+|\\D+");

    private final ModelsConfig config;
    private final InferenceMetrics metrics;
    private final GrpcHealthStorage health;
    private final String service;
    private final List<ModelSlot<?>> slots = new CopyOnWriteArrayList<>();

    /** Frees versions, which waits for what they have begun. */
    private final Executor closing = WorkerThreads.pool("unload", 1, new LinkedBlockingQueue<>());

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
        ModelSlot<M> slot = new ModelSlot<>(name, isDefault, kind, settings);
        slots.add(slot);
        reportHealth();
        if (settings.watch()) {
            return slot; // ModelWatcher loads what is in the folder
        }
        String location = settings.location().get();
        Thread thread = new Thread(() -> fill(slot, location), "polymath-load-" + name);
        thread.setDaemon(true);
        thread.start();
        return slot;
    }

    /**
     * The version that a request asks for, loaded until the call on whose thread this is asked ends.
     *
     * @param slots the candidates, the default one first
     * @param ref an empty name means the default model, an empty version the newest of that name, or those that share its requests
     * @throws StatusRuntimeException MODEL_NOT_FOUND
     * @throws InferenceException MODEL_NOT_READY, if a model that is still being loaded could be the one
     */
    public static <M extends AutoCloseable> ModelVersion<M> select(List<ModelSlot<M>> slots, ModelRef ref) {
        ModelSlot<M> first = slots.get(0);
        if (ref.getName().isEmpty() && ref.getVersion().isEmpty()) {
            return first.current();
        }
        String name = ref.getName().isEmpty() ? first.leading().directory().name() : ref.getName();
        ModelVersion<M> found = null;
        if (ref.getVersion().isEmpty()) {
            ModelSlot<M> chosen = null;
            String newest = "";
            for (ModelSlot<M> slot : slots) {
                String version = slot.newest(name);
                if (version != null && (chosen == null || compareVersions(version, newest) > 0)) {
                    chosen = slot;
                    newest = version;
                }
            }
            found = chosen == null ? null : chosen.current(name);
        } else {
            for (int i = 0; found == null && i < slots.size(); i++) {
                found = slots.get(i).find(name, ref.getVersion());
            }
        }
        if (found == null) {
            throw ErrorStatus.modelNotFound(
                    "model", ref.getVersion().isEmpty() ? name : name + "/" + ref.getVersion(), loaded(slots));
        }
        return found;
    }

    /** Names and versions of all models in some slots. */
    static List<String> loaded(List<? extends ModelSlot<?>> slots) {
        return slots.stream()
                .flatMap(slot -> slot.versions().stream())
                .map(ModelVersion::toString)
                .toList();
    }

    /**
     * As {@link #select(List, ModelRef)}, where there may be no candidate at all.
     *
     * @param prefix of the names of such slots, by which the error names the model that nobody configured
     */
    public static <M extends AutoCloseable> ModelVersion<M> select(
            List<ModelSlot<M>> slots, ModelRef ref, String prefix) {
        if (slots.isEmpty()) {
            throw ErrorStatus.modelNotFound("model", ref.getName().isEmpty() ? prefix : ref.getName(), List.of());
        }
        return select(slots, ref);
    }

    /** Numbers in a version count as numbers, so that 10 is newer than 9 and 1.10 than 1.9; what goes on is newer. */
    static int compareVersions(String a, String b) {
        Matcher left = PART.matcher(a);
        Matcher right = PART.matcher(b);
        while (true) {
            boolean more = left.find();
            if (more != right.find()) {
                return more ? 1 : -1;
            }
            if (!more) {
                return a.compareTo(b);
            }
            String one = left.group();
            String other = right.group();
            boolean numbers = Character.isDigit(one.charAt(0)) && Character.isDigit(other.charAt(0));
            int order = numbers ? new BigInteger(one).compareTo(new BigInteger(other)) : one.compareTo(other);
            if (order != 0) {
                return order;
            }
        }
    }

    public List<ModelSlot<?>> all() {
        return slots;
    }

    /** Whether every model is loaded and warmed up, and the service is not stopping. */
    public boolean ready() {
        return !stopping && !slots.isEmpty() && slots.stream().allMatch(ModelSlot::ready);
    }

    private <M extends AutoCloseable> void fill(ModelSlot<M> slot, String location) {
        try {
            slot.add(load(slot, open(location)));
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
        return ModelsConfig.Slot.isUrl(location)
                ? ModelDirectory.open(location)
                : ModelDirectory.open(config.directory().resolve(location));
    }

    /**
     * Loads and warms up a model for a slot, to which it must still be added.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the directory
     */
    <M extends AutoCloseable> ModelVersion<M> load(ModelSlot<M> slot, ModelDirectory directory) {
        long start = System.nanoTime();
        ModelKind<M> kind = slot.kind();
        String task = directory.property("polymath.task", kind.task());
        if (!task.equals(kind.task())) {
            throw new InferenceException(
                    InferenceException.Kind.MODEL_NOT_READY,
                    directory.path() + ": polymath.task: " + task + " (expected: " + kind.task() + ", as slot "
                            + slot.name() + " has it)");
        }
        M model = kind.loader().load(directory, slot.settings().options(), metrics.ofVersion(directory.version()));
        String device = kind.device().apply(model);
        Runnable forget = metrics.modelLoaded(directory.name(), directory.version(), directory.sha256(), device);
        LOG.infof(
                "model %s %s is ready on %s after %d ms",
                directory.name(),
                directory.version(),
                device,
                Duration.ofNanos(System.nanoTime() - start).toMillis());
        return new ModelVersion<>(
                model,
                directory,
                describe(directory, kind, model, device, slot.settings().options()),
                unused -> closing.execute(() -> {
                    slot.free(unused);
                    forget.run();
                    LOG.infof("model %s %s is unloaded", directory.name(), directory.version());
                }));
    }

    private <M extends AutoCloseable> Model describe(
            ModelDirectory directory, ModelKind<M> kind, M model, String device, InferenceOptions options) {
        ModelCard card = ModelCard.in(directory.path());
        String precision = options.precision();
        String engine = options.engine();
        return Model.newBuilder()
                .setName(directory.name())
                .setVersion(directory.version())
                .setTask(kind.task())
                .setService(service)
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

    /** To be called when a slot has got its first version. */
    void reportHealth() {
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
        slots.forEach(ModelSlot::close);
    }
}
