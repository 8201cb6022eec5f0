package dev.polymath.training.textclassification;

import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.TokenizedText;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns labelled texts into rows of the model's input. A text that is longer than a window is represented by its first one; how
 * often that happened is counted. Not thread-safe.
 */
final class ClassifierEncoder {
    private final TextTokenizer tokenizer;
    private final List<Head> heads;
    private final Function<String, float @Nullable []> features;
    private long cut;

    /** @param features the pooled hidden state of a text where the encoder is frozen; null otherwise */
    ClassifierEncoder(TextTokenizer tokenizer, List<Head> heads, Function<String, float @Nullable []> features) {
        this.tokenizer = tokenizer;
        this.heads = heads;
        this.features = features;
    }

    /** The same with features. */
    ClassifierEncoder withFeatures(Function<String, float @Nullable []> featuresOfText) {
        return new ClassifierEncoder(tokenizer, heads, featuresOfText);
    }

    /** Labels per head, none asked yet. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    List<String>[] unasked() {
        return new List[heads.size()];
    }

    /** @param labels per head; null where the head is not asked */
    ClassifiedText encode(String text, List<String>[] labels) {
        TokenizedText tokens = tokenizer.tokenize(text);
        if (tokens.windows().size() > 1) {
            cut++;
        }
        int[][] ids = new int[labels.length][];
        for (int head = 0; head < ids.length; head++) {
            if (labels[head] != null) {
                ids[head] = heads.get(head).ids(labels[head]);
            }
        }
        return new ClassifiedText(tokens.sequence(tokens.windows().get(0)), ids, features.apply(text));
    }

    /** Texts of one head. */
    List<ClassifiedText> encode(List<LabelledText> texts, int head) {
        List<ClassifiedText> encoded = new ArrayList<>(texts.size());
        for (LabelledText text : texts) {
            List<String>[] labels = unasked();
            labels[head] = text.labels();
            encoded.add(encode(text.text(), labels));
        }
        return encoded;
    }

    /** Texts so far that did not fit into a window. */
    long cut() {
        return cut;
    }
}
