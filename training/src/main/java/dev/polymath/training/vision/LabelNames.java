package dev.polymath.training.vision;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Names of labels as options give them. */
public final class LabelNames {
    private LabelNames() {}

    /**
     * A list with commas between, or a file with a name on each line.
     *
     * @throws IllegalArgumentException if a name is there twice
     */
    public static List<String> read(String specification) throws IOException {
        Path file = Path.of(specification);
        List<String> names = new ArrayList<>();
        for (String name :
                Files.isRegularFile(file) ? Files.readAllLines(file) : List.of(specification.split(",", -1))) {
            if (!name.isBlank()) {
                names.add(name.strip());
            }
        }
        if (names.isEmpty() || new HashSet<>(names).size() < names.size()) {
            throw new IllegalArgumentException(
                    specification + ": " + names + " (expected: at least one name, and none of them twice)");
        }
        return names;
    }

    /**
     * Renames labels.
     *
     * @param entries {@code FROM=TO}, or {@code FROM=} to drop it; {@code *} stands for all that are not named
     */
    public static Map<String, String> map(List<String> entries) {
        Map<String, String> map = new LinkedHashMap<>();
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("label map entry '" + entry + "' (expected: from=to)");
            }
            map.put(
                    entry.substring(0, equals).strip(),
                    entry.substring(equals + 1).strip());
        }
        return map;
    }

    /** The name after the renaming; empty if the label is dropped. */
    public static String mapped(Map<String, String> map, String label) {
        return map.getOrDefault(label, map.getOrDefault("*", label));
    }
}
