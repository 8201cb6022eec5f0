package dev.polymath.training.textclassification;

import dev.polymath.inference.TokenSequence;
import dev.polymath.training.encoder.EncodedText;
import dev.polymath.training.encoder.OnnxRuntimeOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.graph.OnnxGraph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an encoder that is not trained makes of each text: its pooled hidden state, computed once.
 *
 * @param width of the hidden state
 */
record EncoderFeatures(Map<String, float[]> byText, int width) {
    private static final int BATCH_TOKENS = 4096;

    /** A text on its way through the encoder. */
    private record Named(String text, ClassifiedText row) implements EncodedText {
        @Override
        public TokenSequence input() {
            return row.input();
        }
    }

    /**
     * Asks the encoder about all texts of a run.
     *
     * @param pooled graph with the pooled hidden state as its first output
     * @param file where it is written for ONNX Runtime
     */
    static EncoderFeatures of(OnnxGraph pooled, Path file, ClassifierData data, ClassifierEncoder encoder)
            throws IOException {
        Set<String> texts = new LinkedHashSet<>();
        data.train().forEach(source -> source.texts().forEach(text -> texts.add(text.text())));
        data.dev().forEach(set -> set.texts().forEach(text -> texts.add(text.text())));
        List<Named> rows = texts.stream()
                .map(text -> new Named(text, encoder.encode(text, encoder.unasked())))
                .toList();
        pooled.write(file);
        Map<String, float[]> byText = new HashMap<>();
        int width = 0;
        try (OnnxRuntimeOutputs model = new OnnxRuntimeOutputs(file)) {
            for (SequenceBatch<Named> batch : SequenceBatch.of(rows, BATCH_TOKENS)) {
                float[] values = model.outputs(batch)[0];
                width = values.length / batch.size();
                for (int row = 0; row < batch.size(); row++) {
                    byText.put(
                            batch.rows().get(row).text(), Arrays.copyOfRange(values, row * width, (row + 1) * width));
                }
            }
        }
        return new EncoderFeatures(byText, width);
    }

    float @Nullable [] of(String text) {
        return byText.get(text);
    }
}
