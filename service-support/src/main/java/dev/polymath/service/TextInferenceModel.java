package dev.polymath.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Texts over the Open Inference Protocol: a tensor {@code text} in, for each text the result message of the service in
 * protobuf's JSON out, an error being a result too.
 */
public final class TextInferenceModel implements OpenInferenceModel {
    /** What the service does with texts. */
    @FunctionalInterface
    public interface Analysis {
        /**
         * Called on a worker thread, on which it may wait.
         *
         * @param model the version to use
         * @return as many messages as there are documents
         */
        CompletionStage<? extends List<? extends Message>> analyze(ModelRef model, List<Document> documents, Call call);
    }

    private final Supplier<? extends List<? extends ModelSlot<?>>> slots;
    private final String output;
    private final Analysis analysis;

    /**
     * @param slots asked for with every call, as they are not there before the start
     * @param output name of the output tensor
     */
    public TextInferenceModel(
            Supplier<? extends List<? extends ModelSlot<?>>> slots, String output, Analysis analysis) {
        this.slots = slots;
        this.output = output;
        this.analysis = analysis;
    }

    @Override
    public List<? extends ModelSlot<?>> slots() {
        return slots.get();
    }

    @Override
    public String input() {
        return "text";
    }

    @Override
    public String output() {
        return output;
    }

    @Override
    public CompletionStage<List<ByteString>> infer(ModelRef model, List<ByteString> elements, Call call) {
        Violations violations = new Violations();
        List<Document> documents = new ArrayList<>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            if (!elements.get(i).isValidUtf8()) {
                violations.add("inputs[0][" + i + "]", "not UTF-8 (expected: a text in UTF-8)");
            }
            documents.add(Document.newBuilder()
                    .setText(elements.get(i).toStringUtf8())
                    .build());
        }
        violations.throwIfAny();
        return analysis.analyze(model, documents, call)
                .thenApply(results -> results.stream().map(ResultJson::of).toList());
    }
}
