package dev.polymath.textanalytics;

import dev.polymath.inference.Receipt;
import java.util.List;

/**
 * The classes of a text.
 *
 * @param classes the most confident first
 * @param windows in which the model read the text
 * @param receipt what it took
 */
public record Classification(List<TextClass> classes, int windows, Receipt receipt) {
    public Classification {
        classes = List.copyOf(classes);
    }
}
