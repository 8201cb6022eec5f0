package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.Call;
import dev.polymath.service.DocumentBatch.Analyzed;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * One feature with the options of one request, checked: what it makes of a document. Thread-safe.
 *
 * @param <R> the result of a document on the wire
 */
interface TextFeature<R> {
    /** Languages that it reads, BCP-47; empty means all. */
    List<String> languages();

    /**
     * Starts to work on a document.
     *
     * @param patient whether to wait for room in the queue of the model; fails with OVERLOADED if not
     */
    CompletionStage<Analyzed<R>> analyze(AnalyzedText text, Call call, boolean patient);

    /** The result of a document that could not be worked on. */
    R failed(Document document, Status error);
}
