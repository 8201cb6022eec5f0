package dev.polymath.training.imageclassification;

import dev.polymath.training.DataFile;
import dev.polymath.training.DataObject;
import dev.polymath.training.vision.DataFilter;
import dev.polymath.training.vision.ImageFolder;
import dev.polymath.training.vision.LabelNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The data of a training or an evaluation, as options of a command line. A set is a folder with a folder of pictures per label, whose
 * name is the label, or a file of JSON lines, {@code {"image": "a.jpg", "label": "truck"}}. What is wrong is a {@link
 * dev.polymath.training.BadDataException} with file, position and what was expected.
 */
final class ImageSets {
    private static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff");

    @Option(
            names = "--images",
            paramLabel = "DIR",
            description = "Where the pictures of JSON lines are (default: beside the file, or in images/ there).")
    @Nullable
    Path images;

    @Option(
            names = "--map",
            split = ",",
            paramLabel = "FROM=TO",
            description = "Renames labels; FROM= drops one with its pictures, *= all that are not named.")
    List<String> map = List.of();

    /** Reads sets that are given as {@code FOLDER} or {@code FILE[@FIELD=VALUE]}, by their names. */
    Map<String, List<LabelledImage>> read(List<String> specifications) throws IOException {
        Map<String, String> renamed = LabelNames.map(map);
        Map<String, List<LabelledImage>> sets = new LinkedHashMap<>();
        for (String specification : specifications) {
            List<LabelledImage> pictures = new ArrayList<>();
            for (LabelledImage picture : read(specification)) {
                String label = LabelNames.mapped(renamed, picture.label());
                if (!label.isEmpty()) {
                    pictures.add(new LabelledImage(picture.file(), label));
                }
            }
            if (pictures.isEmpty()) {
                throw new IllegalArgumentException(
                        specification + ": no pictures (expected: a folder of pictures per label, or JSON lines)");
            }
            if (sets.put(name(specification), pictures) != null) {
                throw new IllegalArgumentException(specification + ": given twice (expected: once)");
            }
        }
        return sets;
    }

    /** All pictures of a folder, its folders included, in the order of their names. */
    static List<Path> pictures(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(ImageSets::isPicture)
                    .sorted()
                    .toList();
        }
    }

    /**
     * Takes a share of the pictures of each label away, at least one of each that has two.
     *
     * @return those that are taken
     */
    static List<LabelledImage> holdOut(List<LabelledImage> pictures, double share, long seed) {
        Map<String, List<LabelledImage>> byLabel = new TreeMap<>();
        for (LabelledImage picture : pictures) {
            byLabel.computeIfAbsent(picture.label(), key -> new ArrayList<>()).add(picture);
        }
        List<LabelledImage> taken = new ArrayList<>();
        byLabel.forEach((label, all) -> {
            Collections.shuffle(all, new Random(seed * 31 + label.hashCode()));
            int count = Math.min(all.size() - 1, (int) Math.max(1, Math.round(share * all.size())));
            taken.addAll(all.subList(0, Math.max(0, count)));
        });
        return taken;
    }

    /** The labels that occur, in alphabetical order. */
    static List<String> labels(Iterable<List<LabelledImage>> sets) {
        Set<String> labels = new TreeSet<>();
        for (List<LabelledImage> pictures : sets) {
            pictures.forEach(picture -> labels.add(picture.label()));
        }
        return List.copyOf(labels);
    }

    static String describe(String name, List<LabelledImage> pictures, String role) {
        return String.format(
                Locale.ROOT,
                "%s: %,d pictures of %d labels%s",
                name,
                pictures.size(),
                labels(List.of(pictures)).size(),
                role);
    }

    private List<LabelledImage> read(String specification) throws IOException {
        DataFilter filter = DataFilter.parse(specification);
        if (Files.isDirectory(filter.file())) {
            List<LabelledImage> pictures = new ArrayList<>();
            try (Stream<Path> folders = Files.list(filter.file())) {
                for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
                    for (Path picture : pictures(folder)) {
                        pictures.add(
                                new LabelledImage(picture, folder.getFileName().toString()));
                    }
                }
            }
            return pictures;
        }
        DataFile file = new DataFile(filter.file());
        ImageFolder folder = ImageFolder.of(filter.file(), images);
        List<LabelledImage> pictures = new ArrayList<>();
        for (DataFile.Line line : file.lines()) {
            DataObject json = DataObject.parse(file.path(), line);
            if (filter.accepts(json)) {
                pictures.add(new LabelledImage(folder.find(json, "image"), json.string("label")));
            }
        }
        return pictures;
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1));
    }

    private static String name(String specification) {
        DataFilter filter = DataFilter.parse(specification);
        String name = new DataFile(filter.file()).name();
        return filter.field().isEmpty()
                ? name
                : name + "@" + filter.field() + (filter.except() ? "!=" : "=") + String.join("|", filter.values());
    }
}
