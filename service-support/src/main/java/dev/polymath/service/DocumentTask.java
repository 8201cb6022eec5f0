package dev.polymath.service;

import com.google.rpc.Status;
import dev.polymath.inference.Call;
import dev.polymath.inference.Receipt;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What a method does with each of its documents. Thread-safe.
 *
 * @param <D> a document as the request has it
 * @param <R> its result on the wire, or the error in its place
 */
public interface DocumentTask<D, R> {
    /**
     * The result of a document.
     *
     * @param receipts of the models that took part
     */
    record Done<R>(R result, List<Receipt> receipts) {
        public Done {
            receipts = List.copyOf(receipts);
        }
    }

    /**
     * Starts the work on a document. What is wrong with it is thrown, or fails the future, and becomes its error.
     *
     * @param path of the document in the request, as in {@code documents[3]}
     * @param failFast whether to fail with OVERLOADED where there is no room in a queue, instead of waiting for it on the
     *     calling thread
     */
    CompletableFuture<Done<R>> start(D document, String path, boolean failFast, Call call);

    /** The result of a document that could not be worked on. */
    R failed(D document, Status error);
}
