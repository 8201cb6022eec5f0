package dev.polymath.training.textclassification;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Coarser labels to measure a multi-label head with, such as {@code positive=joy|love}. Immutable.
 *
 * @param groupOf group by label
 * @param names of the groups in the order in which they were given
 */
record LabelGroups(Map<String, String> groupOf, List<String> names) {

    /**
     * @param entries {@code GROUP=LABEL|LABEL...}
     * @throws IllegalArgumentException for an entry that is not that
     */
    static LabelGroups parse(List<String> entries) {
        Map<String, String> groupOf = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            if (equals <= 0 || equals == entry.length() - 1) {
                throw new IllegalArgumentException("group '" + entry + "' (expected: group=label|label)");
            }
            String name = entry.substring(0, equals).strip();
            names.add(name);
            for (String label : entry.substring(equals + 1).split("\\|")) {
                groupOf.put(label.strip(), name);
            }
        }
        return new LabelGroups(Map.copyOf(groupOf), names.stream().distinct().toList());
    }

    /** Whether each of the labels is in a group: such a head can be measured in groups. */
    boolean cover(List<String> labels) {
        return groupOf.keySet().containsAll(labels);
    }

    /** Index of each label's group. */
    int[] of(List<String> labels) {
        return labels.stream()
                .mapToInt(label -> names.indexOf(groupOf.getOrDefault(label, "")))
                .toArray();
    }
}
