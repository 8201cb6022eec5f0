package dev.polymath.service;

import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.models.v1.Model;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A version of a model that is loaded and warmed up. The call that has chosen it may use it until it ends; it is closed when no
 * slot and no call has it any more. Thread-safe.
 */
public final class ModelVersion<M extends AutoCloseable> {
    private static final Logger LOG = Logger.getLogger(ModelVersion.class);

    private final M model;
    private final ModelDirectory directory;
    private final Model description;
    private final Consumer<ModelVersion<?>> whenUnused;

    /** Those who need it: the slot, and calls. */
    private final AtomicInteger holders = new AtomicInteger(1);

    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable Object made;

    /**
     * A version that its slot holds.
     *
     * @param description what ListModels says of it, but for what may change
     * @param whenUnused told once, when nobody holds it any more; must not wait
     */
    ModelVersion(M model, ModelDirectory directory, Model description, Consumer<ModelVersion<?>> whenUnused) {
        this.model = model;
        this.directory = directory;
        this.description = description;
        this.whenUnused = whenUnused;
    }

    /** The model. */
    public M model() {
        return model;
    }

    /** Where it was loaded from. */
    public ModelDirectory directory() {
        return directory;
    }

    /** Its name and version. */
    public ModelRef ref() {
        return ModelRef.newBuilder()
                .setName(directory.name())
                .setVersion(directory.version())
                .build();
    }

    /** Languages that the model reads, BCP-47, as its card has them; empty if that does not say. */
    public List<String> languages() {
        return description.getLanguageCodesList();
    }

    /**
     * What a service makes of the model, made once and kept as long as the model.
     *
     * @param maker always the same for the versions of a slot
     */
    @SuppressWarnings("unchecked") // a slot is always given the same maker
    public synchronized <T> T made(Function<ModelVersion<M>, T> maker) {
        Object known = made;
        if (known == null) {
            known = maker.apply(this);
            made = known;
        }
        return (T) known;
    }

    Model description() {
        return description;
    }

    /** Name and version, as ModelRef has them; an empty one is any. */
    boolean is(String name, String version) {
        return (name.isEmpty() || directory.name().equals(name))
                && (version.isEmpty() || directory.version().equals(version));
    }

    /** For one who has it already, or the slot. */
    void hold() {
        holders.incrementAndGet();
    }

    void release() {
        if (holders.decrementAndGet() == 0) {
            whenUnused.accept(this);
        }
    }

    /** Waits for what the model has begun, and frees it. Does nothing the second time. */
    void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                model.close();
            } catch (Exception e) {
                LOG.errorf(e, "model %s cannot be closed", directory);
            }
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
