package dev.polymath.training.tokenclassification;

import dev.polymath.training.DataFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how labelled files are read; shared by training and evaluation. */
final class DataOptions {
    @Option(
            names = "--map",
            paramLabel = "[FILE:]FROM=TO",
            split = ",",
            description = {
                "Rename entity types; O as TO drops a type, *=O all that are not named. With FILE: only in files whose path"
                        + " contains it.",
                "Example: --map person=PERSON,group=ORGANIZATION,product=O,wikigold:MISC=O"
            })
    List<String> map = List.of();

    @Option(
            names = "--ignore-handles",
            paramLabel = "FILE",
            split = ",",
            description =
                    "In files whose path contains FILE, user names (@name, or @ and the word after it) are no entities.")
    List<String> ignoreHandles = List.of();

    @Option(
            names = "--token-column",
            paramLabel = "N",
            description = "Column of the word in CoNLL files, from 0 (default: detected).")
    @Nullable
    Integer tokenColumn;

    @Option(
            names = "--label-column",
            paramLabel = "N",
            description = "Column of the label, from 0; -1 is the last (default: detected).")
    @Nullable
    Integer labelColumn;

    /**
     * @param types those that are wanted; empty: all
     */
    List<TaggedSentence> read(Path file, Set<String> types) throws IOException {
        StringBuilder global = new StringBuilder();
        StringBuilder local = new StringBuilder();
        for (String entry : map) {
            int colon = entry.indexOf(':');
            if (colon < 0) {
                global.append(entry).append(',');
            } else if (file.toString().contains(entry.substring(0, colon))) {
                local.append(entry.substring(colon + 1)).append(',');
            }
        }
        LabelMap labels =
                LabelMap.parse(global.toString(), types).overriddenBy(LabelMap.parse(local.toString(), types));
        List<TaggedSentence> sentences = new SentenceReader(labels, tokenColumn, labelColumn).read(file);
        return ignoreHandles.stream().anyMatch(file.toString()::contains)
                ? sentences.stream().map(DataOptions::withoutHandles).toList()
                : sentences;
    }

    static TaggedSentence withoutHandles(TaggedSentence sentence) {
        List<TaggedSentence.Word> words = new ArrayList<>(sentence.words().size());
        boolean afterAt = false;
        boolean handleBefore = false;
        for (TaggedSentence.Word word : sentence.words()) {
            boolean handle = afterAt || word.text().startsWith("@");
            afterAt = word.text().equals("@");
            if (handle) {
                words.add(word.withLabel("O"));
            } else if (handleBefore && word.label().startsWith("I-")) {
                words.add(word.withLabel("B-" + word.label().substring(2)));
            } else {
                words.add(word);
            }
            handleBefore = handle;
        }
        return new TaggedSentence(words);
    }

    /** Reads {@code [NAME=]FILE} each; without a name it is the file's folder and name. */
    Map<String, List<TaggedSentence>> readNamed(List<String> specifications, Set<String> types) throws IOException {
        Map<String, List<TaggedSentence>> sets = new LinkedHashMap<>();
        for (Map.Entry<String, DataFile> file : DataFile.named(specifications).entrySet()) {
            sets.put(file.getKey(), read(file.getValue().path(), types));
        }
        return sets;
    }
}
