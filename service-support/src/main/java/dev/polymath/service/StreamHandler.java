package dev.polymath.service;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a bidirectional stream does with its messages. Called with one message after the other, on a thread on which it may
 * wait; what it starts may run side by side.
 */
@FunctionalInterface
public interface StreamHandler<Q, R> {
    /** The answer to a message, or null for a message without one; a failure ends the stream. */
    CompletionStage<R> next(Q message);

    /** The answers to a message, where there may be more than one; they are sent in their order. */
    default List<CompletionStage<R>> all(Q message) {
        return List.of(next(message));
    }

    /** What is sent when the client has sent its last message, before {@link #end} begins with its work; null for nothing. */
    default @Nullable R ending() {
        return null;
    }

    /** What comes after the last answer, when the client has sent its last message; null for nothing. */
    default CompletionStage<R> end() {
        return CompletableFuture.completedFuture(null);
    }

    /** The stream is over, however it ended. Called once; must not wait. */
    default void closed() {}
}
