package dev.polymath.training.textclassification;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say which labelled texts are trained on, and which are held out. */
final class DataOptions {
    @Option(
            names = "--train",
            required = true,
            arity = "1..*",
            paramLabel = "[HEAD=]FILE[:WEIGHT]",
            description = {
                "Labelled texts: .csv, tab-separated or JSON lines (.jsonl), plain or .gz.",
                "HEAD: the question that the labels answer, where the model learns several.",
                "WEIGHT: how often each text occurs in an epoch; a fraction is a probability."
            })
    List<String> train = List.of();

    @Option(
            names = "--dev",
            arity = "1..*",
            paramLabel = "[HEAD=]FILE",
            description = "Texts to choose the best weights with and to calibrate on, each file evaluated by itself.")
    List<String> dev = List.of();

    @Option(
            names = "--dev-share",
            paramLabel = "P",
            description =
                    "Share of the training texts that is held out for a head without a --dev file, of each label.")
    double devShare = 0.1;

    @Option(
            names = "--test",
            arity = "1..*",
            paramLabel = "[HEAD=]FILE",
            description = "Texts for the figures in the model card that decide nothing.")
    List<String> test = List.of();

    @Option(
            names = "--overlap-words",
            arity = "1..*",
            paramLabel = "[SCOPE=]N",
            description = {
                "Also leave out of the training what shares N words in a row with a held-out text (default: only the same"
                        + " texts).",
                "SCOPE: a head, a part of the files' path, or both with : between; for these files only."
            })
    List<String> overlapWords = List.of();

    @Mixin
    FormatOptions format = new FormatOptions();

    @Option(
            names = "--multi-label",
            arity = "1..*",
            paramLabel = "HEAD",
            description =
                    "Texts have any number of these labels (default: where a training text has several); all: every head.")
    Set<String> multiLabel = Set.of();

    @Option(
            names = "--single-label",
            arity = "1..*",
            paramLabel = "HEAD",
            description = "Texts have one of these labels; those with several are left out.")
    Set<String> singleLabel = Set.of();

    /**
     * Reads all of it.
     *
     * @param seed of the texts that {@code --dev-share} holds out
     */
    ClassifierData read(long seed) throws IOException {
        List<HeadFile> trainFiles = train.stream().map(HeadFile::parseWeighted).toList();
        List<String> names = trainFiles.stream().map(HeadFile::head).distinct().toList();
        requireHeads(names);
        Map<HeadFile, List<LabelledText>> trainTexts = readAll(trainFiles, names);
        Map<HeadFile, List<LabelledText>> devTexts =
                readAll(dev.stream().map(HeadFile::parse).toList(), names);
        Map<HeadFile, List<LabelledText>> testTexts =
                readAll(test.stream().map(HeadFile::parse).toList(), names);

        List<Head> heads = new ArrayList<>();
        for (String name : names) {
            heads.add(head(name, trainTexts, devTexts, testTexts));
        }
        trainTexts.replaceAll((file, texts) -> withLabels(heads.get(names.indexOf(file.head())), texts));
        devTexts.replaceAll((file, texts) -> withLabels(heads.get(names.indexOf(file.head())), texts));
        testTexts.replaceAll((file, texts) -> withLabels(heads.get(names.indexOf(file.head())), texts));

        HeldOut held = new HeldOut();
        Stream.of(devTexts, testTexts)
                .forEach(part -> part.forEach((file, texts) -> held.add(texts, overlapWords(file, names))));
        List<ClassifierData.HeldOutSet> devSets = sets(devTexts, names);
        trainTexts.forEach((file, texts) -> {
            if (devTexts.keySet().stream().noneMatch(other -> other.head().equals(file.head()))) {
                List<LabelledText> drawn = HeldOut.draw(texts, devShare, seed);
                held.add(drawn, overlapWords(file, names));
                devSets.add(new ClassifierData.HeldOutSet(
                        file.name(names) + " held out", names.indexOf(file.head()), drawn));
            }
        });
        List<ClassifierData.HeldOutSet> testSets = sets(testTexts, names);

        List<TrainingTexts.Source> sources = new ArrayList<>();
        trainTexts.forEach((file, texts) -> {
            List<LabelledText> kept = texts.stream()
                    .filter(text -> !held.contains(text, overlapWords(file, names)))
                    .toList();
            say(file.name(names), kept, String.format(Locale.ROOT, " x %s", file.weight()), texts.size() - kept.size());
            sources.add(new TrainingTexts.Source(file.name(names), names.indexOf(file.head()), kept, file.weight()));
        });
        devSets.forEach(set -> say(set.name(), set.texts(), " (dev)", 0));
        testSets.forEach(set -> say(set.name(), set.texts(), " (test)", 0));
        requireTrained(heads, sources);
        return new ClassifierData(heads, sources, devSets, testSets);
    }

    private void requireHeads(List<String> names) {
        Stream.of(
                        dev.stream().map(each -> HeadFile.parse(each).head()),
                        test.stream().map(each -> HeadFile.parse(each).head()),
                        multiLabel.stream(),
                        singleLabel.stream())
                .flatMap(named -> named)
                .filter(name -> !names.contains(name) && !name.equals("all"))
                .findFirst()
                .ifPresent(name -> {
                    throw new IllegalArgumentException(
                            "head " + name + " (expected: one of " + names + ", as --train names them)");
                });
    }

    private Map<HeadFile, List<LabelledText>> readAll(List<HeadFile> files, List<String> heads) throws IOException {
        Map<HeadFile, List<LabelledText>> texts = new LinkedHashMap<>();
        for (HeadFile file : files) {
            if (texts.put(file, format.read(file, heads)) != null) {
                throw new IllegalArgumentException(file.file() + ": given twice for the same head");
            }
        }
        return texts;
    }

    private int overlapWords(HeadFile file, List<String> heads) {
        String words = file.inScope(overlapWords, heads);
        if (words != null && !words.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException("overlap-words: " + words + " (expected: >= 1)");
        }
        return words == null ? 0 : Integer.parseInt(words);
    }

    @SafeVarargs
    private Head head(String name, Map<HeadFile, List<LabelledText>>... parts) {
        boolean multi = isIn(multiLabel, name)
                || (!isIn(singleLabel, name)
                        && parts[0].entrySet().stream()
                                .filter(entry -> entry.getKey().head().equals(name))
                                .flatMap(entry -> entry.getValue().stream())
                                .anyMatch(text -> text.labels().size() > 1));
        Set<String> labels = new TreeSet<>();
        for (Map<HeadFile, List<LabelledText>> part : parts) {
            part.forEach((file, texts) -> {
                if (file.head().equals(name)) {
                    texts.stream()
                            .filter(text -> multi || text.labels().size() == 1)
                            .forEach(text -> labels.addAll(text.labels()));
                }
            });
        }
        return new Head(name, multi, List.copyOf(labels));
    }

    private static boolean isIn(Set<String> named, String head) {
        return named.contains(head) || named.contains("all");
    }

    /** A head of single labels has nothing to learn from a text with none or several. */
    private static List<LabelledText> withLabels(Head head, List<LabelledText> texts) {
        return head.multiLabel()
                ? texts
                : texts.stream().filter(text -> text.labels().size() == 1).toList();
    }

    private static List<ClassifierData.HeldOutSet> sets(Map<HeadFile, List<LabelledText>> texts, List<String> heads) {
        List<ClassifierData.HeldOutSet> sets = new ArrayList<>();
        texts.forEach((file, each) ->
                sets.add(new ClassifierData.HeldOutSet(file.name(heads), heads.indexOf(file.head()), each)));
        return sets;
    }

    private static void say(String name, List<LabelledText> texts, String role, int overlapping) {
        System.out.printf(
                Locale.ROOT,
                "%s: %,d texts%s%s%n",
                name,
                texts.size(),
                role,
                overlapping == 0
                        ? ""
                        : String.format(
                                Locale.ROOT, ", without %,d that are held out or overlap with such", overlapping));
    }

    private static void requireTrained(List<Head> heads, List<TrainingTexts.Source> sources) {
        for (int head = 0; head < heads.size(); head++) {
            Set<String> learned = new TreeSet<>();
            for (TrainingTexts.Source source : sources) {
                if (source.head() == head) {
                    source.texts().forEach(text -> learned.addAll(text.labels()));
                }
            }
            Set<String> unknown = new TreeSet<>(heads.get(head).labels());
            unknown.removeAll(learned);
            if (!unknown.isEmpty()) {
                throw new IllegalArgumentException("labels " + unknown
                        + ": no text to train on (expected: at least one, or another name in --map)");
            }
        }
    }
}
