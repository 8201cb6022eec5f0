package dev.polymath.service;

import dev.polymath.service.ModelFolder.Candidate;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Serves from the folders that slots watch: looks at them now and then, as notifications of a file system do not come from volumes.
 * It acts when the folder's choice changes, so that what an operator changes by a call stays until then.
 */
@ApplicationScoped
class ModelWatcher {
    private static final Logger LOG = Logger.getLogger(ModelWatcher.class);

    /** After the services have said which slots they have. */
    private static final int LATE = 10_000;

    private final ModelSlots slots;
    private final ModelChanges changes;
    private final ModelsConfig config;

    /** What each folder has last chosen, by slot. Used in turn only, as is the other. */
    private final Map<String, Candidate> chosen = new HashMap<>();

    /** What could not be loaded, and how its directory looked then. */
    private final Map<Candidate, String> unusable = new HashMap<>();

    private @Nullable ScheduledExecutorService clock;

    @Inject
    ModelWatcher(ModelSlots slots, ModelChanges changes, ModelsConfig config) {
        this.slots = slots;
        this.changes = changes;
        this.config = config;
    }

    void start(@Observes @Priority(LATE) StartupEvent event) {
        if (slots.all().stream().noneMatch(slot -> slot.settings().watch())) {
            return;
        }
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "polymath-watch");
            thread.setDaemon(true);
            return thread;
        });
        clock = started;
        Duration interval = config.watchInterval();
        var unused = started.scheduleWithFixedDelay(this::tick, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stop(@Observes @Priority(50) ShutdownEvent event) {
        if (clock != null) {
            clock.shutdownNow();
        }
    }

    /** Looks at all folders, and returns when what is in them is served. */
    void tick() {
        for (ModelSlot<?> slot : slots.all()) {
            if (slot.settings().watch()) {
                try {
                    changes.inTurn(() -> {
                                look(slot);
                                return true;
                            })
                            .join();
                } catch (RuntimeException | Error e) {
                    LOG.errorf(e, "slot %s: its folder cannot be watched", slot.name());
                }
            }
        }
    }

    private <M extends AutoCloseable> void look(ModelSlot<M> slot) {
        Path path = slot.settings().folder(config.directory());
        if (path == null) {
            throw new IllegalArgumentException("polymath.models." + slot.name()
                    + ".watch: true (expected: false, as the" + " location is no folder)");
        }
        ModelFolder folder = new ModelFolder(path);
        List<Candidate> candidates = folder.candidates();
        unusable.keySet().removeIf(known -> known.path().startsWith(folder.path()) && !candidates.contains(known));
        for (Candidate candidate : candidates) {
            if (candidate.equals(chosen.get(slot.name()))) {
                return;
            }
            if (use(slot, candidate)) {
                chosen.put(slot.name(), candidate);
                return;
            }
        }
        if (!slot.ready() && chosen.get(slot.name()) == null) {
            LOG.infof("slot %s: no version in %s can be served yet", slot.name(), folder.path());
        }
    }

    private <M extends AutoCloseable> boolean use(ModelSlot<M> slot, Candidate candidate) {
        String before = unusable.get(candidate);
        String state = candidate.state();
        if (state.equals(before)) {
            return false;
        }
        try {
            ModelVersion<M> known = slot.versions().stream()
                    .filter(version -> version.directory().path().equals(candidate.path())
                            && version.directory().sha256().equals(candidate.sha256()))
                    .findFirst()
                    .orElse(null);
            ModelVersion<M> version = known == null ? changes.load(slot, candidate.path(), "") : known;
            changes.give(slot, version, 100, false);
            unusable.remove(candidate);
            return true;
        } catch (RuntimeException e) {
            LOG.errorf(
                    "slot %s: version %s is not served, and not tried again before its files change: %s",
                    slot.name(), candidate.version(), e.getMessage());
            unusable.put(candidate, state);
            return false;
        }
    }
}
