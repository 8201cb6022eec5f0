package dev.polymath.ner;

import dev.polymath.inference.Receipt;
import java.util.List;

/**
 * The entities of a text.
 *
 * @param entities in the order of the text, without overlaps
 * @param windows in which the model read the text
 * @param receipt what it took
 */
public record Recognition(List<Entity> entities, int windows, Receipt receipt) {
    public Recognition {
        entities = List.copyOf(entities);
    }
}
