package dev.polymath.training.textclassification;

import dev.polymath.training.DataFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how labelled texts are read; shared by training and evaluation. */
final class FormatOptions {
    @Option(
            names = "--map",
            paramLabel = "[SCOPE:]FROM=TO",
            split = ",",
            description = {
                "Rename or merge labels; FROM may be several with | between them, or * for all others; without TO the label"
                        + " is dropped. SCOPE: a head, a part of the file's path, or both.",
                "Example: --map \"reviews:1|2=NEGATIVE,reviews:4|5=POSITIVE,reviews:*=\""
            })
    List<String> map = List.of();

    @Option(
            names = "--label-names",
            arity = "1..*",
            paramLabel = "[SCOPE=]FILE",
            description = "A name per line, for data whose labels are the numbers of these lines, from 0.")
    List<String> labelNames = List.of();

    @Option(
            names = "--text-column",
            paramLabel = "COLUMN",
            description =
                    "Name, or number from 0, of the column or field of the text (default: detected, or the first).")
    @Nullable
    String textColumn;

    @Option(
            names = "--label-column",
            paramLabel = "COLUMN",
            description = "Likewise of the label (default: detected, or the second).")
    @Nullable
    String labelColumn;

    @Option(
            names = "--label-separator",
            paramLabel = "TEXT",
            description = "What stands between several labels in one column (default: a column holds one label).")
    @Nullable
    String labelSeparator;

    /** @param heads names of all heads */
    List<LabelledText> read(HeadFile file, List<String> heads) throws IOException {
        LabelMap labels = LabelMap.of(map, file.head(), file.file(), heads);
        return new LabelledTextReader(textColumn, labelColumn, labelSeparator, names(file, heads))
                .read(file.file()).stream().map(labels::apply).toList();
    }

    private List<String> names(HeadFile file, List<String> heads) throws IOException {
        String names = file.inScope(labelNames, heads);
        return names == null
                ? List.of()
                : new DataFile(Path.of(names))
                        .lines().stream().map(line -> line.text().strip()).toList();
    }
}
