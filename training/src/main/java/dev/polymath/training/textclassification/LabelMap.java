package dev.polymath.training.textclassification;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Renames and merges labels, written {@code [SCOPE:]FROM[|FROM...]=[TO]}: {@code 1=POSITIVE}, {@code joy|love=POSITIVE}. Nothing
 * after the sign drops the label, {@code *} stands for all that are not named. A scope is the name of a head, or else a part of
 * the file's path; with several scopes ({@code sentiment:reviews:1=POSITIVE}) all must fit, and an entry with a scope goes before
 * one without. Immutable.
 */
final class LabelMap {
    private static final String OTHERS = "*";

    private final Map<String, String> targets;

    private LabelMap(Map<String, String> targets) {
        this.targets = targets;
    }

    /**
     * The entries that hold for a file.
     *
     * @param heads names of all heads
     * @throws IllegalArgumentException for an entry that is not {@code from=to}
     */
    static LabelMap of(List<String> entries, String head, Path file, Collection<String> heads) {
        Map<String, String> targets = new LinkedHashMap<>();
        Map<String, String> scoped = new LinkedHashMap<>();
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("label map entry '" + entry + "' (expected: from=to)");
            }
            int colon = entry.lastIndexOf(':', equals);
            if (colon >= 0 && !inScope(entry.substring(0, colon), head, file, heads)) {
                continue;
            }
            String to = entry.substring(equals + 1).strip();
            for (String from : entry.substring(colon + 1, equals).split("\\|")) {
                (colon >= 0 ? scoped : targets).put(from.strip(), to);
            }
        }
        targets.putAll(scoped);
        return new LabelMap(targets);
    }

    /** Whether a scope, {@code head}, {@code part-of-path} or both with a colon between them, fits a file. */
    static boolean inScope(String scope, String head, Path file, Collection<String> heads) {
        for (String part : scope.split(":")) {
            if (heads.contains(part) ? !part.equals(head) : !file.toString().contains(part)) {
                return false;
            }
        }
        return true;
    }

    LabelledText apply(LabelledText text) {
        List<String> mapped = text.labels().stream()
                .map(label -> targets.getOrDefault(label, targets.getOrDefault(OTHERS, label)))
                .filter(label -> !label.isEmpty())
                .toList();
        return new LabelledText(text.text(), mapped);
    }
}
