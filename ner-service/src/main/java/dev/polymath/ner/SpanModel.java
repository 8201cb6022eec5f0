package dev.polymath.ner;

import dev.polymath.inference.Call;
import dev.polymath.inference.EntitySpan;
import dev.polymath.inference.Receipt;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A model that finds the spans of entities in a text. Thread-safe. */
@FunctionalInterface
public interface SpanModel {
    /**
     * What the model found.
     *
     * @param spans in any order
     * @param windows in which the model read the text, at least 1
     * @param receipt what it took
     */
    record Spans(List<EntitySpan> spans, int windows, Receipt receipt) {
        public Spans {
            spans = List.copyOf(spans);
        }
    }

    /** Starts to read a text of any length. Does not throw: the future fails with an InferenceException. */
    CompletableFuture<Spans> find(String text, Call call);
}
