package dev.polymath.service;

import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.models.v1.Model;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The place of a model in a service: empty while the first version loads, then with one version or several. Those with a weight share
 * the requests that ask for no version, exactly and in turn: of any 100 requests one after the other, a version with weight 10 has
 * 10, as evenly spread as can be (smooth weighted round robin, as nginx has it). Thread-safe.
 */
public final class ModelSlot<M extends AutoCloseable> {
    private static final int ALL = 100;

    private final String name;
    private final boolean isDefault;
    private final ModelKind<M> kind;
    private final ModelsConfig.Slot settings;

    /** In the order in which they were loaded. */
    private final List<Share<M>> shares = new ArrayList<>();

    /** Every version that is not closed. */
    private final Set<ModelVersion<M>> open = Collections.newSetFromMap(new IdentityHashMap<>());

    private @Nullable ModelVersion<M> shadow;
    private int shadowPercent;
    private int shadowCredit;
    private boolean closed;

    ModelSlot(String name, boolean isDefault, ModelKind<M> kind, ModelsConfig.Slot settings) {
        this.name = name;
        this.isDefault = isDefault;
        this.kind = kind;
        this.settings = settings;
    }

    /** What a version has of the requests. */
    private static final class Share<M extends AutoCloseable> {
        private final ModelVersion<M> version;
        private int weight;

        /** What it has got too little of so far, in requests times the sum of the weights. */
        private int credit;

        Share(ModelVersion<M> version) {
            this.version = version;
        }
    }

    /** The name of the slot in the configuration. */
    public String name() {
        return name;
    }

    ModelKind<M> kind() {
        return kind;
    }

    ModelsConfig.Slot settings() {
        return settings;
    }

    /**
     * Whether one of its versions has this name.
     *
     * @throws InferenceException as {@link #current}
     */
    public boolean has(String modelName) {
        return newest(modelName) != null;
    }

    /** Whether there is a version that answers. */
    public synchronized boolean ready() {
        return !shares.isEmpty();
    }

    /**
     * The version for the call on whose thread this is asked: the same one whenever it asks, loaded until the call ends. Outside of
     * a call, one that may be closed any time.
     *
     * @throws InferenceException MODEL_NOT_READY until the first one is loaded and warmed up; SHUTTING_DOWN when the service stops
     */
    public ModelVersion<M> current() {
        ModelVersion<M> version = current("");
        if (version == null) {
            throw notReady();
        }
        return version;
    }

    /** As {@link #current()}, of the versions with this name; null if there are none. */
    @Nullable
    ModelVersion<M> current(String modelName) {
        requireReady();
        ModelUses uses = ModelUses.current();
        return uses == null ? passing(() -> pick(modelName)) : uses.byWeight(this, modelName, () -> pick(modelName));
    }

    /** The version with this name and version, which is loaded until the call that asks ends; null if there is none. */
    @Nullable
    ModelVersion<M> find(String modelName, String version) {
        requireReady();
        ModelUses uses = ModelUses.current();
        return uses == null
                ? passing(() -> hold(modelName, version))
                : uses.byName(this, modelName, version, () -> hold(modelName, version));
    }

    private static <M extends AutoCloseable> @Nullable ModelVersion<M> passing(
            Supplier<@Nullable ModelVersion<M>> choice) {
        ModelVersion<M> version = choice.get();
        if (version != null) {
            version.release();
        }
        return version;
    }

    /** The next one in turn, held; if none with this name has a weight, the newest. */
    private synchronized @Nullable ModelVersion<M> pick(String modelName) {
        Share<M> next = null;
        int sum = 0;
        for (Share<M> share : shares) {
            if (share.weight > 0 && share.version.is(modelName, "")) {
                share.credit += share.weight;
                sum += share.weight;
                if (next == null || share.credit > next.credit) {
                    next = share;
                }
            }
        }
        if (next == null) {
            return hold(modelName, "");
        }
        next.credit -= sum;
        next.version.hold();
        return next.version;
    }

    private synchronized @Nullable ModelVersion<M> hold(String modelName, String version) {
        ModelVersion<M> found = loaded(modelName, version);
        if (found != null) {
            found.hold();
        }
        return found;
    }

    /** The newest version with this name and version; an empty one is any. */
    synchronized @Nullable ModelVersion<M> loaded(String modelName, String version) {
        return shares.stream()
                .map(share -> share.version)
                .filter(candidate -> candidate.is(modelName, version))
                .max(Comparator.comparing(candidate -> candidate.directory().version(), ModelSlots::compareVersions))
                .orElse(null);
    }

    /** The newest version with this name, of those that have a weight if one has; null if there is none. */
    @Nullable
    synchronized String newest(String modelName) {
        requireReady();
        return shares.stream()
                .filter(share -> share.version.is(modelName, ""))
                .max(Comparator.<Share<M>, Boolean>comparing(share -> share.weight > 0)
                        .thenComparing(share -> share.version.directory().version(), ModelSlots::compareVersions))
                .map(share -> share.version.directory().version())
                .orElse(null);
    }

    /** The version with the largest share. */
    synchronized ModelVersion<M> leading() {
        requireReady();
        return Collections.max(shares, Comparator.comparing(share -> share.weight)).version;
    }

    /** All versions that can be asked for, in the order in which they were loaded. */
    synchronized List<ModelVersion<M>> versions() {
        return shares.stream().map(share -> share.version).toList();
    }

    /** Whether a version shares the requests that ask for no version. */
    synchronized boolean shares(ModelVersion<?> version) {
        return weight(version) > 0;
    }

    synchronized int weight(ModelVersion<?> version) {
        return shares.stream()
                .filter(share -> share.version == version)
                .mapToInt(share -> share.weight)
                .findFirst()
                .orElse(0);
    }

    /** What ListModels says of the versions. */
    synchronized List<Model> descriptions() {
        return shares.stream()
                .map(share -> share.version.description().toBuilder()
                        .setDefault(isDefault && share.weight > 0)
                        .setSlot(name)
                        .setWeight(share.weight)
                        .setShadowPercent(share.version == shadow ? shadowPercent : 0)
                        .build())
                .toList();
    }

    /**
     * Adds a version.
     *
     * @throws InferenceException SHUTTING_DOWN when the service stops; the version is closed then
     */
    void add(ModelVersion<M> version) {
        synchronized (this) {
            if (!closed) {
                open.add(version);
                Share<M> share = new Share<>(version);
                share.weight = shares.isEmpty() ? ALL : 0;
                shares.add(share);
                return;
            }
        }
        version.close();
        throw GrpcCalls.shuttingDown();
    }

    /** Gives a version this weight; the others share the rest as they did before. */
    synchronized void give(ModelVersion<?> version, int weight) {
        int others = shares.stream()
                .filter(share -> share.version != version)
                .mapToInt(share -> share.weight)
                .sum();
        int before = 0;
        int after = 0;
        for (Share<M> share : shares) {
            if (share.version == version) {
                share.weight = others == 0 ? ALL : weight;
            } else if (others > 0) {
                // by the sums, so that all of it is given however it is rounded
                before += share.weight;
                int sum = (int) Math.round((double) (ALL - weight) * before / others);
                share.weight = sum - after;
                after = sum;
            }
            share.credit = 0;
        }
    }

    /** Sets all weights at once; they must add up to 100. Those that are not named have none. */
    synchronized void setWeights(Map<? extends ModelVersion<?>, Integer> weights) {
        for (Share<M> share : shares) {
            Integer weight = weights.get(share.version);
            share.weight = weight == null ? 0 : weight;
            share.credit = 0;
        }
    }

    /** Makes a version the shadow, or none. */
    synchronized void setShadow(@Nullable ModelVersion<M> version, int percent) {
        shadow = version;
        shadowPercent = version == null ? 0 : percent;
    }

    /** The shadow, held, if it is to be given a request that a version has answered; else null. Exact, as the shares are. */
    synchronized @Nullable ModelVersion<M> shadowTurn(ModelVersion<?> answered) {
        ModelVersion<M> current = shadow;
        if (current == null || current == answered) {
            return null;
        }
        shadowCredit += shadowPercent;
        if (shadowCredit < ALL) {
            return null;
        }
        shadowCredit -= ALL;
        current.hold();
        return current;
    }

    /** Takes versions away, which are closed when no call has them any more; what share they had goes to the others. */
    void remove(Set<? extends ModelVersion<?>> versions) {
        List<ModelVersion<M>> removed = new ArrayList<>();
        synchronized (this) {
            for (Share<M> share : List.copyOf(shares)) {
                if (versions.contains(share.version)) {
                    give(share.version, 0);
                    shares.remove(share);
                    removed.add(share.version);
                    if (shadow == share.version) {
                        setShadow(null, 0);
                    }
                }
            }
        }
        removed.forEach(ModelVersion::release);
    }

    /** The versions that have no share, but for the shadow. */
    synchronized Set<ModelVersion<M>> idle() {
        Set<ModelVersion<M>> idle = new HashSet<>();
        for (Share<M> share : shares) {
            if (share.weight == 0 && share.version != shadow) {
                idle.add(share.version);
            }
        }
        return idle;
    }

    /** Frees a version that nobody has any more. */
    void free(ModelVersion<?> version) {
        version.close();
        synchronized (this) {
            open.removeIf(candidate -> candidate == version);
        }
    }

    /** Waits for what the models have begun, and frees them. */
    void close() {
        List<ModelVersion<M>> all;
        synchronized (this) {
            closed = true;
            shares.clear();
            all = List.copyOf(open);
        }
        all.forEach(this::free);
    }

    private synchronized void requireReady() {
        if (shares.isEmpty()) {
            throw notReady();
        }
    }

    private synchronized InferenceException notReady() {
        return closed
                ? GrpcCalls.shuttingDown()
                : new InferenceException(Kind.MODEL_NOT_READY, "the model of slot " + name + " is being loaded");
    }
}
