package dev.polymath.training.tokenclassification;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Renames entity types, written {@code person=PERSON,corporation=ORGANIZATION,product=O}. {@code O} as a target drops the type;
 * {@code *=O} drops every type that is not named otherwise. A type that is neither mapped nor among the wanted ones is refused,
 * never guessed. Immutable.
 */
public final class LabelMap {
    private final Map<String, String> targets;
    private final Set<String> wanted;

    /** @param wanted the types that pass unmapped; empty: all types pass */
    LabelMap(Map<String, String> targets, Set<String> wanted) {
        this.targets = Map.copyOf(targets);
        this.wanted = Set.copyOf(wanted);
    }

    /**
     * @param specification comma separated {@code from=to}, may be empty
     * @param wanted the types that pass unmapped; empty: all types pass
     * @throws IllegalArgumentException for an entry without {@code =} or with an empty side
     */
    public static LabelMap parse(String specification, Set<String> wanted) {
        Map<String, String> targets = new LinkedHashMap<>();
        for (String entry : specification.split(",")) {
            if (entry.isBlank()) {
                continue;
            }
            int equals = entry.indexOf('=');
            if (equals <= 0 || equals == entry.length() - 1) {
                throw new IllegalArgumentException("label map entry '" + entry + "' (expected: from=to)");
            }
            targets.put(
                    entry.substring(0, equals).strip(),
                    entry.substring(equals + 1).strip());
        }
        return new LabelMap(targets, wanted);
    }

    /** This map with the entries of {@code other} first. */
    LabelMap overriddenBy(LabelMap other) {
        Map<String, String> merged = new LinkedHashMap<>(targets);
        merged.putAll(other.targets);
        return new LabelMap(merged, wanted);
    }

    /** The type to train on, {@code O} for none, or null for a type that nobody asked for. */
    @Nullable
    String target(String type) {
        String target = targets.get(type);
        if (target != null) {
            return target;
        }
        if (wanted.contains(type) || (wanted.isEmpty() && !type.equals("O") && !targets.containsKey("*"))) {
            return type;
        }
        return targets.get("*");
    }

    /** What an unknown type is told. */
    String expectation() {
        return wanted.isEmpty()
                ? "an entity type, or an entry in --map"
                : "one of " + String.join(", ", wanted.stream().sorted().toList())
                        + ", or an entry in --map such as from="
                        + wanted.stream().sorted().findFirst().orElseThrow() + " or from=O";
    }
}
