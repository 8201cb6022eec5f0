package dev.polymath.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A call that is encoded and ready to be sent, any number of times.
 *
 * @param documents documents in it
 * @param words words in its documents
 * @param call sends it without waiting; the answer fails if the call or one of its documents fails
 */
record Request(int documents, int words, Supplier<CompletableFuture<?>> call) {}
