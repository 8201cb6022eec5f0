package dev.polymath.training.sentenceembedding;

import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.TokenSequence;
import dev.polymath.inference.TokenizedText;
import dev.polymath.training.encoder.EncodedText;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The vectors of texts: mean of the hidden states over the tokens, of length 1. A text that is longer than a window is
 * represented by its first one.
 */
record SentenceVectors(Map<String, float[]> byText) {

    private record Text(String text, TokenSequence input) implements EncodedText {}

    /**
     * Asks a model.
     *
     * @param model whose first output is the hidden states
     * @param batchTokens most tokens of a batch with its padding; 0: every text by itself
     */
    static SentenceVectors of(ModelOutputs model, TextTokenizer tokenizer, Collection<String> texts, int batchTokens) {
        List<Text> rows = texts.stream()
                .distinct()
                .map(text -> {
                    TokenizedText tokens = tokenizer.tokenize(text);
                    return new Text(text, tokens.sequence(tokens.windows().get(0)));
                })
                .toList();
        Map<String, float[]> byText = new HashMap<>();
        for (SequenceBatch<Text> batch : SequenceBatch.of(rows, batchTokens)) {
            float[] hidden = model.outputs(batch)[0];
            int rowLength = hidden.length / batch.size();
            for (int row = 0; row < batch.size(); row++) {
                Text text = batch.rows().get(row);
                byText.put(text.text(), mean(hidden, row * rowLength, text.length(), rowLength / batch.width()));
            }
        }
        return new SentenceVectors(byText);
    }

    private static float[] mean(float[] hidden, int from, int tokens, int width) {
        double[] sum = new double[width];
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < width; i++) {
                sum[i] += hidden[from + t * width + i];
            }
        }
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        float[] unit = new float[width];
        for (int i = 0; i < width; i++) {
            unit[i] = (float) (sum[i] / Math.sqrt(squares));
        }
        return unit;
    }

    float[] of(String text) {
        return Objects.requireNonNull(byText.get(text), "text without a vector");
    }

    /** Cosine of two vectors of length 1. */
    static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** How alike the two texts of each pair are. */
    double[] cosines(List<ScoredPair> pairs) {
        return pairs.stream()
                .mapToDouble(pair -> cosine(of(pair.left()), of(pair.right())))
                .toArray();
    }
}
