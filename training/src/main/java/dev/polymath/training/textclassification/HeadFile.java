package dev.polymath.training.textclassification;

import dev.polymath.training.DataFile;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file of texts for a head, written {@code [HEAD=]FILE[:WEIGHT]}.
 *
 * @param weight how often its texts occur in an epoch
 */
record HeadFile(String head, Path file, double weight) {
    private static final Pattern WEIGHTED = Pattern.compile("(.+):([0-9]+(?:\\.[0-9]+)?)");
    private static final Pattern NAMED = Pattern.compile("([A-Za-z][\\w-]*)=(.+)");

    static HeadFile parseWeighted(String specification) {
        Matcher matcher = WEIGHTED.matcher(specification);
        return matcher.matches()
                ? parse(matcher.group(1), Double.parseDouble(matcher.group(2)))
                : parse(specification, 1);
    }

    static HeadFile parse(String specification) {
        return parse(specification, 1);
    }

    private static HeadFile parse(String specification, double weight) {
        Matcher matcher = NAMED.matcher(specification);
        return matcher.matches()
                ? new HeadFile(matcher.group(1), Path.of(matcher.group(2)), weight)
                : new HeadFile(Head.ONLY, Path.of(specification), weight);
    }

    /** To speak of it: with its head where there are several. */
    String name(List<String> heads) {
        String name = new DataFile(file).name();
        return heads.size() == 1 ? name : head + ": " + name;
    }

    /** The value of the first {@code [SCOPE=]VALUE} that holds for this file, or null. */
    @Nullable
    String inScope(List<String> entries, List<String> heads) {
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            if (equals < 0 || LabelMap.inScope(entry.substring(0, equals), head, file, heads)) {
                return entry.substring(equals + 1);
            }
        }
        return null;
    }
}
