package dev.polymath.training.objectdetection;

import dev.polymath.training.DataFile;
import dev.polymath.training.vision.DataFilter;
import dev.polymath.training.vision.LabelNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The data of a training or an evaluation, as options of a command line. */
final class DetectionSets {
    @Option(
            names = "--images",
            paramLabel = "DIR",
            description = "Where the pictures are (default: beside the file, or in images/ or JPEGImages/ there).")
    @Nullable
    Path images;

    @Option(
            names = "--map",
            split = ",",
            paramLabel = "FROM=TO",
            description = "Renames labels; FROM= drops one, *= all that are not named.")
    List<String> map = List.of();

    /**
     * Reads sets that are given as {@code FILE[@FIELD=VALUE]}, by their names.
     *
     * @throws IllegalArgumentException if two have the same name
     */
    Map<String, List<AnnotatedImage>> read(List<String> specifications) throws IOException {
        Map<String, String> renamed = LabelNames.map(map);
        Map<String, List<AnnotatedImage>> sets = new LinkedHashMap<>();
        for (String specification : specifications) {
            List<AnnotatedImage> pictures = DetectionData.read(specification, images).stream()
                    .map(picture -> renamed(picture, renamed))
                    .toList();
            if (sets.put(name(specification), pictures) != null) {
                throw new IllegalArgumentException(specification + ": given twice (expected: once)");
            }
        }
        return sets;
    }

    /** Folder and name of the file, and the filter: {@code animals/annotations@split=test}. */
    private static String name(String specification) {
        DataFilter filter = DataFilter.parse(specification);
        String name = new DataFile(filter.file()).name();
        return filter.field().isEmpty()
                ? name
                : name + "@" + filter.field() + (filter.except() ? "!=" : "=") + String.join("|", filter.values());
    }

    /** What is in a set: pictures, boxes, labels. */
    static String describe(String name, List<AnnotatedImage> pictures, String role) {
        int boxes = 0;
        int crowds = 0;
        for (AnnotatedImage picture : pictures) {
            for (AnnotatedImage.Item item : picture.objects()) {
                boxes += item.crowd() ? 0 : 1;
                crowds += item.crowd() ? 1 : 0;
            }
        }
        return String.format(
                Locale.ROOT,
                "%s: %,d pictures, %,d boxes of %d labels%s%s",
                name,
                pictures.size(),
                boxes,
                labels(List.of(pictures)).size(),
                crowds > 0 ? ", " + crowds + " crowds" : "",
                role);
    }

    /** The labels that occur, in alphabetical order. */
    static List<String> labels(Iterable<List<AnnotatedImage>> sets) {
        Set<String> labels = new TreeSet<>();
        for (List<AnnotatedImage> pictures : sets) {
            for (AnnotatedImage picture : pictures) {
                picture.objects().forEach(item -> labels.add(item.label()));
            }
        }
        return List.copyOf(labels);
    }

    private static AnnotatedImage renamed(AnnotatedImage picture, Map<String, String> map) {
        List<AnnotatedImage.Item> items = new ArrayList<>();
        for (AnnotatedImage.Item item : picture.objects()) {
            String label = LabelNames.mapped(map, item.label());
            if (!label.isEmpty()) {
                items.add(new AnnotatedImage.Item(label, item.box(), item.crowd()));
            }
        }
        return new AnnotatedImage(picture.file(), picture.width(), picture.height(), items);
    }
}
