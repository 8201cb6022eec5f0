package dev.polymath.service;

import com.google.protobuf.ByteString;
import dev.polymath.common.v1.ModelRef;
import dev.polymath.inference.Call;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What a service offers over the Open Inference Protocol: a tensor of byte strings in, one of as many byte strings out.
 * Implementations are beans, and thread-safe.
 */
public interface OpenInferenceModel {
    /** The slots whose models are offered. */
    List<? extends ModelSlot<?>> slots();

    /** Name of the input tensor. */
    String input();

    /** Name of the output tensor. */
    String output();

    /**
     * Called on a worker thread, on which it may wait.
     *
     * @param model a version that is in one of the {@link #slots}
     * @param elements of the input tensor
     * @return as many elements
     */
    CompletionStage<List<ByteString>> infer(ModelRef model, List<ByteString> elements, Call call);
}
