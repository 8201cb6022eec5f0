package dev.polymath.training.textclassification;

import dev.polymath.training.DataFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which labelled texts are read, how, and for which head. */
final class DataOptions {
    private static final Pattern WEIGHTED = Pattern.compile("(.+):([0-9]+(?:\\.[0-9]+)?)");
    private static final Pattern NAMED = Pattern.compile("([A-Za-z][\\w-]*)=(.+)");

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

    /** A file for a head. */
    private record Specification(String head, Path file, double weight) {
        String name() {
            return new DataFile(file).name();
        }
    }

    /**
     * Reads all of it.
     *
     * @param seed of the texts that {@code --dev-share} holds out
     */
    ClassifierData read(long seed) throws IOException {
        List<Specification> trainFiles =
                train.stream().map(DataOptions::weighted).toList();
        List<String> names =
                trainFiles.stream().map(Specification::head).distinct().toList();
        requireHeads(names);
        Map<Specification, List<LabelledText>> trainTexts = readAll(trainFiles, names);
        Map<Specification, List<LabelledText>> devTexts = readAll(
                dev.stream()
                        .map(specification -> specification(specification, 1))
                        .toList(),
                names);
        Map<Specification, List<LabelledText>> testTexts = readAll(
                test.stream()
                        .map(specification -> specification(specification, 1))
                        .toList(),
                names);

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
                        name(file, names) + " held out", names.indexOf(file.head()), drawn));
            }
        });
        List<ClassifierData.HeldOutSet> testSets = sets(testTexts, names);

        List<TrainingTexts.Source> sources = new ArrayList<>();
        trainTexts.forEach((file, texts) -> {
            List<LabelledText> kept = texts.stream()
                    .filter(text -> !held.contains(text, overlapWords(file, names)))
                    .toList();
            say(
                    name(file, names),
                    kept,
                    String.format(Locale.ROOT, " x %s", file.weight()),
                    texts.size() - kept.size());
            sources.add(new TrainingTexts.Source(name(file, names), names.indexOf(file.head()), kept, file.weight()));
        });
        devSets.forEach(set -> say(set.name(), set.texts(), " (dev)", 0));
        testSets.forEach(set -> say(set.name(), set.texts(), " (test)", 0));
        requireTrained(heads, sources);
        return new ClassifierData(heads, sources, devSets, testSets);
    }

    private static Specification weighted(String specification) {
        Matcher matcher = WEIGHTED.matcher(specification);
        return matcher.matches()
                ? specification(matcher.group(1), Double.parseDouble(matcher.group(2)))
                : specification(specification, 1);
    }

    private static Specification specification(String specification, double weight) {
        Matcher matcher = NAMED.matcher(specification);
        return matcher.matches()
                ? new Specification(matcher.group(1), Path.of(matcher.group(2)), weight)
                : new Specification(Head.ONLY, Path.of(specification), weight);
    }

    private void requireHeads(List<String> names) {
        Stream.of(
                        dev.stream().map(each -> specification(each, 1).head()),
                        test.stream().map(each -> specification(each, 1).head()),
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

    private Map<Specification, List<LabelledText>> readAll(List<Specification> files, List<String> heads)
            throws IOException {
        Map<Specification, List<LabelledText>> texts = new LinkedHashMap<>();
        for (Specification file : files) {
            if (texts.put(file, read(file, heads)) != null) {
                throw new IllegalArgumentException(file.file() + ": given twice for the same head");
            }
        }
        return texts;
    }

    private List<LabelledText> read(Specification specification, List<String> heads) throws IOException {
        Path file = specification.file();
        LabelMap labels = LabelMap.of(map, specification.head(), file, heads);
        List<LabelledText> texts = new LabelledTextReader(textColumn, labelColumn, labelSeparator).read(file);
        List<String> names = labelNames(specification, heads);
        List<LabelledText> mapped = new ArrayList<>(texts.size());
        for (LabelledText text : texts) {
            mapped.add(labels.apply(names.isEmpty() ? text : named(text, names, file)));
        }
        return mapped;
    }

    private List<String> labelNames(Specification file, List<String> heads) throws IOException {
        String names = inScope(labelNames, file, heads);
        return names == null
                ? List.of()
                : new DataFile(Path.of(names)).lines().stream()
                        .map(line -> line.text().strip())
                        .toList();
    }

    private int overlapWords(Specification file, List<String> heads) {
        String words = inScope(overlapWords, file, heads);
        if (words != null && !words.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException("overlap-words: " + words + " (expected: >= 1)");
        }
        return words == null ? 0 : Integer.parseInt(words);
    }

    /** The value of the first {@code [SCOPE=]VALUE} that holds for a file. */
    private static @Nullable String inScope(List<String> entries, Specification file, List<String> heads) {
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            if (equals < 0 || LabelMap.inScope(entry.substring(0, equals), file.head(), file.file(), heads)) {
                return entry.substring(equals + 1);
            }
        }
        return null;
    }

    private static LabelledText named(LabelledText text, List<String> names, Path file) {
        List<String> labels = new ArrayList<>();
        for (String label : text.labels()) {
            if (!label.matches("[0-9]{1,6}") || Integer.parseInt(label) >= names.size()) {
                throw new IllegalArgumentException(file + ": label '" + label + "' (expected: a number from 0 to "
                        + (names.size() - 1) + ", as --label-names has them)");
            }
            labels.add(names.get(Integer.parseInt(label)));
        }
        return new LabelledText(text.text(), labels);
    }

    @SafeVarargs
    private Head head(String name, Map<Specification, List<LabelledText>>... parts) {
        boolean multi = isIn(multiLabel, name)
                || (!isIn(singleLabel, name)
                        && parts[0].entrySet().stream()
                                .filter(entry -> entry.getKey().head().equals(name))
                                .flatMap(entry -> entry.getValue().stream())
                                .anyMatch(text -> text.labels().size() > 1));
        Set<String> labels = new TreeSet<>();
        for (Map<Specification, List<LabelledText>> part : parts) {
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

    private static List<ClassifierData.HeldOutSet> sets(
            Map<Specification, List<LabelledText>> texts, List<String> heads) {
        List<ClassifierData.HeldOutSet> sets = new ArrayList<>();
        texts.forEach((file, each) ->
                sets.add(new ClassifierData.HeldOutSet(name(file, heads), heads.indexOf(file.head()), each)));
        return sets;
    }

    private static String name(Specification file, List<String> heads) {
        return heads.size() == 1 ? file.name() : file.head() + ": " + file.name();
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
