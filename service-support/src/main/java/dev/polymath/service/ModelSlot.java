package dev.polymath.service;

import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.models.v1.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The place of one model in a service: empty while the model loads, then ready until the service stops. Thread-safe.
 */
public final class ModelSlot<M extends AutoCloseable> {
    private final String name;
    private volatile @Nullable Loaded<M> loaded;
    private volatile boolean closed;

    ModelSlot(String name) {
        this.name = name;
    }

    private record Loaded<M>(M model, ModelDirectory directory, Model description) {}

    /** The name of the slot in the configuration. */
    public String name() {
        return name;
    }

    public boolean ready() {
        return loaded != null;
    }

    /**
     * The model.
     *
     * @throws InferenceException MODEL_NOT_READY until it is loaded and warmed up; SHUTTING_DOWN when the service stops
     */
    public M model() {
        return loaded().model();
    }

    /**
     * The directory of the model.
     *
     * @throws InferenceException as {@link #model}
     */
    public ModelDirectory directory() {
        return loaded().directory();
    }

    /**
     * Languages that the model reads, BCP-47, as its card has them; empty if that does not say.
     *
     * @throws InferenceException as {@link #model}
     */
    public List<String> languages() {
        return loaded().description().getLanguageCodesList();
    }

    /** What ListModels says of the model, or null while it loads. */
    @Nullable
    Model description() {
        Loaded<M> current = loaded;
        return current == null ? null : current.description();
    }

    void fill(M model, ModelDirectory directory, Model description) {
        loaded = new Loaded<>(model, directory, description);
    }

    /** Waits for what the model has begun. */
    void close() throws Exception {
        Loaded<M> current = loaded;
        closed = true;
        loaded = null;
        if (current != null) {
            current.model().close();
        }
    }

    private Loaded<M> loaded() {
        Loaded<M> current = loaded;
        if (current == null) {
            throw closed
                    ? GrpcCalls.shuttingDown()
                    : new InferenceException(Kind.MODEL_NOT_READY, "the model of slot " + name + " is being loaded");
        }
        return current;
    }
}
