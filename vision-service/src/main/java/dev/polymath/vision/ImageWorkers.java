package dev.polymath.vision;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Where images are decoded: on so many threads at once, with so many images waiting, and so many decoded pixels in memory.
 * Thread-safe.
 */
public final class ImageWorkers {
    /** After so long, who waits looks whether the call is still wanted. */
    private static final long LOOK_MILLIS = 100;

    /** Pixels are counted in thousands, as a semaphore counts to two billion. */
    private static final int UNIT = 1000;

    private final Executor decoders;
    private final Executor later;
    private final int allPlaces;
    private final Semaphore places;
    private final Semaphore patientPlaces;
    private final int allUnits;
    private final Semaphore units;

    /**
     * Workers over threads of somebody else.
     *
     * @param decoders takes every task; its threads may wait
     * @param later for what is done with an image when a model has answered; takes every task, and never waits for the
     *     decoders
     * @param places images that wait or are decoded, at most
     * @param patientPlaces how many of the places may be taken by callers that wait for one, so that a call with many images
     *     leaves places to others
     * @param maxPixels decoded pixels that are kept at the same time, at most; a larger image is let in when there is no other
     */
    public ImageWorkers(Executor decoders, Executor later, int places, int patientPlaces, long maxPixels) {
        this.decoders = decoders;
        this.later = later;
        this.allPlaces = places;
        this.places = new Semaphore(places, true);
        this.patientPlaces = new Semaphore(patientPlaces, true);
        this.allUnits = units(maxPixels);
        this.units = new Semaphore(allUnits, true);
    }

    /** Pixels that are in memory; close it when they are not. */
    final class Pixels implements AutoCloseable {
        private final int held;

        private Pixels(int held) {
            this.held = held;
        }

        @Override
        public void close() {
            units.release(held);
        }
    }

    /**
     * Runs work on an image as soon as a thread is free, unless the call is over by then.
     *
     * @param patient whether to wait on the calling thread for a place
     * @return fails with OVERLOADED if there is no place and the caller is not patient, with CANCELLED or DEADLINE_EXCEEDED if
     *     the call is over first
     */
    <R> CompletableFuture<R> submit(Call call, boolean patient, Supplier<CompletableFuture<R>> work) {
        if (patient) {
            acquire(patientPlaces, 1, call);
            try {
                acquire(places, 1, call);
            } catch (InferenceException e) {
                patientPlaces.release();
                throw e;
            }
        } else if (!places.tryAcquire()) {
            throw new InferenceException(Kind.OVERLOADED, "too many images are waiting to be decoded");
        }
        CompletableFuture<R> answer = new CompletableFuture<>();
        decoders.execute(() -> {
            try {
                call.throwIfOver();
                CompletableFuture<?> unused = work.get().whenComplete((result, failure) -> {
                    if (failure == null) {
                        answer.complete(result);
                    } else {
                        answer.completeExceptionally(failure);
                    }
                });
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            } finally {
                places.release();
                if (patient) {
                    patientPlaces.release();
                }
            }
        });
        return answer;
    }

    /**
     * Waits on the thread of a decoder until there is room for the pixels of an image.
     *
     * @throws InferenceException CANCELLED or DEADLINE_EXCEEDED if the call is over first
     */
    Pixels pixels(long count, Call call) {
        int held = Math.min(units(count), allUnits);
        acquire(units, held, call);
        return new Pixels(held);
    }

    /** Images that wait for a thread or are decoded. */
    public int images() {
        return allPlaces - places.availablePermits();
    }

    /** Decoded pixels in memory, in whole thousands for each image. */
    public long pixels() {
        return (long) UNIT * (allUnits - units.availablePermits());
    }

    /** For what is done with an image when a model has answered. */
    Executor later() {
        return later;
    }

    private static int units(long pixels) {
        return (int) Math.min(Integer.MAX_VALUE, (pixels + UNIT - 1) / UNIT);
    }

    private static void acquire(Semaphore semaphore, int permits, Call call) {
        try {
            do {
                call.throwIfOver();
            } while (!semaphore.tryAcquire(permits, LOOK_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException(Kind.CANCELLED, "the thread that waited was interrupted");
        }
    }
}
