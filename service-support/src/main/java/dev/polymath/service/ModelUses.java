package dev.polymath.service;

import dev.polymath.inference.Call;
import io.grpc.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The versions that a call works with. What it has chosen it keeps, so that it is answered by one version of a model from its
 * beginning to its end, and holds, so that the version stays loaded until then; a {@link Call} is one answer or a stream of them.
 * {@link GrpcCalls} gives one to the gRPC context of every call. Thread-safe.
 */
final class ModelUses {
    static final Context.Key<ModelUses> KEY = Context.key("polymath-model-uses");

    private Hold hold = new Hold();
    private boolean over;

    /**
     * A version that was chosen.
     *
     * @param byWeight whether another one could have been
     * @param whoever whether it stands for the slot's model whatever its name
     */
    private record Use(ModelSlot<?> slot, ModelVersion<?> version, boolean byWeight, boolean whoever) {}

    /** Some uses, released when the last one who needs them says so. */
    static final class Hold {
        private final List<Use> uses = new ArrayList<>();
        private int holders = 1;
        private boolean owned = true;

        /** What {@link ModelUses} does when it has no use for it any more; does nothing the second time. */
        private void disown() {
            synchronized (this) {
                if (!owned) {
                    return;
                }
                owned = false;
            }
            release();
        }

        private synchronized boolean retain() {
            if (holders > 0) {
                holders++;
                return true;
            }
            return false;
        }

        void release() {
            List<Use> unused;
            synchronized (this) {
                if (--holders > 0) {
                    return;
                }
                unused = List.copyOf(uses);
            }
            unused.forEach(use -> use.version().release());
        }

        /** Takes over a hold on a version; gives it back if nobody needs this one any more. */
        private void add(Use use) {
            synchronized (this) {
                if (holders > 0) {
                    uses.add(use);
                    return;
                }
            }
            use.version().release();
        }

        private synchronized List<Use> all() {
            return List.copyOf(uses);
        }

        private synchronized @Nullable Use find(Predicate<Use> wanted) {
            return uses.stream().filter(wanted).findFirst().orElse(null);
        }
    }

    /** That of the call on whose thread this is asked; null outside of calls. */
    static @Nullable ModelUses current() {
        return KEY.get();
    }

    /** The version of a slot's model that shares requests by weight: the one that was chosen before, or {@code choice}, held. */
    <M extends AutoCloseable> @Nullable ModelVersion<M> byWeight(
            ModelSlot<M> slot, String name, Supplier<@Nullable ModelVersion<M>> choice) {
        return choose(
                slot, use -> use.byWeight() && (use.whoever() || use.version().is(name, "")), true, choice);
    }

    /** A version of a slot's model that is asked for by name: the one that is in use, or {@code choice}, held. */
    <M extends AutoCloseable> @Nullable ModelVersion<M> byName(
            ModelSlot<M> slot, String name, String version, Supplier<@Nullable ModelVersion<M>> choice) {
        return choose(slot, use -> use.version().is(name, version), false, choice);
    }

    @SuppressWarnings("unchecked") // a slot's versions have its type
    private synchronized <M extends AutoCloseable> @Nullable ModelVersion<M> choose(
            ModelSlot<M> slot, Predicate<Use> wanted, boolean byWeight, Supplier<@Nullable ModelVersion<M>> choice) {
        Use known = hold.find(use -> use.slot() == slot && wanted.test(use));
        if (known != null) {
            return (ModelVersion<M>) known.version();
        }
        ModelVersion<M> chosen = choice.get();
        if (chosen != null) {
            hold.add(new Use(slot, chosen, byWeight, false));
        }
        return chosen;
    }

    /** Whether a version that was chosen by its weight has none any more. */
    synchronized boolean outdated() {
        return hold.find(use -> use.byWeight() && !use.slot().shares(use.version())) != null;
    }

    /**
     * Does again what has chosen versions, so that it may choose others; the ones before are released. If it fails, all stays as it
     * was: the versions before can still be used.
     */
    <T> T renew(Supplier<T> work, T before) {
        Hold old;
        synchronized (this) {
            old = hold;
            hold = new Hold();
        }
        try {
            T renewed = work.get();
            old.disown();
            return renewed;
        } catch (RuntimeException e) {
            synchronized (this) {
                hold.disown();
                hold = old;
            }
            return before;
        } finally {
            synchronized (this) {
                if (over) {
                    hold.disown();
                }
            }
        }
    }

    /**
     * A version that has answered, and the shadow that is to be asked the same.
     *
     * @param shadow held
     */
    record Shadowed(ModelSlot<?> slot, ModelVersion<?> answered, ModelVersion<?> shadow) {}

    /** The shadows whose turn it is, held, of the slots whose versions were chosen by weight. */
    synchronized List<Shadowed> shadowed() {
        List<Shadowed> shadowed = new ArrayList<>();
        for (Use use : hold.all()) {
            ModelVersion<?> shadow = use.byWeight() ? use.slot().shadowTurn(use.version()) : null;
            if (shadow != null) {
                shadowed.add(new Shadowed(use.slot(), use.version(), shadow));
            }
        }
        return shadowed;
    }

    /** The same uses, held once more, but with the shadow, whose hold is taken over, in place of what has answered. */
    synchronized ModelUses with(Shadowed shadowed) {
        ModelUses copy = new ModelUses();
        copy.hold.add(new Use(shadowed.slot(), shadowed.shadow(), true, true));
        for (Use use : hold.all()) {
            if (use.slot() != shadowed.slot()) {
                use.version().hold();
                copy.hold.add(use);
            }
        }
        return copy;
    }

    /** Holds what is in use now beyond the next {@link #renew} or {@link #close}, until it is released. */
    synchronized Hold hold() {
        return hold.retain() ? hold : new Hold();
    }

    /** The call is over. */
    synchronized void close() {
        over = true;
        hold.disown();
    }
}
