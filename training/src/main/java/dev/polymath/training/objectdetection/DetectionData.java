package dev.polymath.training.objectdetection;

import dev.polymath.image.ImageHeader;
import dev.polymath.training.BadDataException;
import dev.polymath.training.DataFile;
import dev.polymath.training.DataObject;
import dev.polymath.training.vision.DataFilter;
import dev.polymath.training.vision.ImageFiles;
import dev.polymath.training.vision.ImageFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pictures with boxes, in one of these forms:
 *
 * <ul>
 *   <li>{@code .jsonl}: a picture per line, {@code {"image": "a.jpg", "objects": [{"name": "dog", "bbox": [x1, y1, x2, y2]}]}}, with
 *       {@code width} and {@code height} where the boxes are not in the pixels of the file, {@code iscrowd} of an object if it is one;
 *   <li>{@code .json}: COCO, {@code {"images": [...], "annotations": [...], "categories": [...]}}, boxes {@code [x, y, width, height]};
 *   <li>a folder of {@code .xml} files: Pascal VOC; what is {@code difficult} is treated as a crowd.
 * </ul>
 *
 * Boxes are in pixels and cut where they leave the picture. Bad data is a {@link BadDataException} with file, position and what was
 * expected.
 */
final class DetectionData {
    private final DataFilter filter;
    private final ImageFolder images;
    private final List<AnnotatedImage> pictures = new ArrayList<>();

    private DetectionData(DataFilter filter, ImageFolder images) {
        this.filter = filter;
        this.images = images;
    }

    /**
     * @param specification {@code FILE[@FIELD=VALUE|VALUE...]}, see {@link DataFilter}
     * @param imageFolder where the pictures are; null: beside the file
     */
    static List<AnnotatedImage> read(String specification, @Nullable Path imageFolder) throws IOException {
        DataFilter filter = DataFilter.parse(specification);
        DataFile file = new DataFile(filter.file());
        DetectionData data = new DetectionData(filter, ImageFolder.of(filter.file(), imageFolder));
        if (Files.isDirectory(filter.file())) {
            data.voc();
        } else if (file.isNamed(".jsonl", ".ndjson")) {
            for (DataFile.Line line : file.lines()) {
                data.line(DataObject.parse(file.path(), line));
            }
        } else if (file.isNamed(".json")) {
            try (BufferedReader reader = file.open()) {
                data.coco(DataObject.parse(file.path(), reader));
            }
        } else {
            throw new IllegalArgumentException(filter.file()
                    + " (expected: .jsonl, .json as COCO has it, or a folder of .xml files as Pascal VOC has them)");
        }
        if (data.pictures.isEmpty()) {
            throw new IllegalArgumentException(specification + ": no pictures (expected: at least one)");
        }
        return data.pictures;
    }

    private void line(DataObject line) throws IOException {
        if (!filter.accepts(line)) {
            return;
        }
        Path image = images.find(line, "image");
        Size size = size(line, image);
        List<AnnotatedImage.Item> items = new ArrayList<>();
        for (DataObject object : line.objects("objects")) {
            double[] box = object.numbers("bbox", 4);
            Rectangle rectangle = new Rectangle((float) box[0], (float) box[1], (float) box[2], (float) box[3]);
            items.add(item(object, object.string("name"), rectangle, size, isCrowd(object)));
        }
        pictures.add(new AnnotatedImage(image, size.width, size.height, items));
    }

    private void coco(DataObject document) throws IOException {
        Map<Long, String> names = new HashMap<>();
        for (DataObject category : document.objects("categories")) {
            names.put(category.whole("id"), category.string("name"));
        }
        Map<Long, List<DataObject>> byImage = new HashMap<>();
        for (DataObject annotation : document.objects("annotations")) {
            byImage.computeIfAbsent(annotation.whole("image_id"), key -> new ArrayList<>())
                    .add(annotation);
        }
        for (DataObject entry : document.objects("images")) {
            List<DataObject> annotations = byImage.remove(entry.whole("id"));
            if (!filter.accepts(entry)) {
                continue;
            }
            Path image = images.find(entry, "file_name");
            Size size = size(entry, image);
            List<AnnotatedImage.Item> items = new ArrayList<>();
            for (DataObject annotation : annotations == null ? List.<DataObject>of() : annotations) {
                String name = names.get(annotation.whole("category_id"));
                if (name == null) {
                    throw annotation.bad(
                            "category_id", annotation.whole("category_id") + " (expected: an id of `categories`)");
                }
                double[] box = annotation.numbers("bbox", 4);
                Rectangle rectangle = new Rectangle(
                        (float) box[0], (float) box[1], (float) (box[0] + box[2]), (float) (box[1] + box[3]));
                items.add(item(annotation, name, rectangle, size, isCrowd(annotation)));
            }
            pictures.add(new AnnotatedImage(image, size.width, size.height, items));
        }
        for (List<DataObject> orphans : byImage.values()) {
            throw orphans.get(0).bad("image_id", orphans.get(0).whole("image_id") + " (expected: an id of `images`)");
        }
    }

    private void voc() throws IOException {
        List<Path> files;
        try (Stream<Path> list = Files.list(filter.file())) {
            files = list.filter(path -> path.toString().toLowerCase(Locale.ROOT).endsWith(".xml"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            VocFile annotation = VocFile.read(file);
            if (filter.accepts(annotation.fields())) {
                Path image = images.find(file, annotation.position(), annotation.image());
                Size size = annotation.width() > 0 && annotation.height() > 0
                        ? new Size(annotation.width(), annotation.height())
                        : Size.of(image);
                List<AnnotatedImage.Item> items = new ArrayList<>();
                for (VocFile.Item item : annotation.objects()) {
                    Rectangle cut = cut(item.box(), size);
                    if (cut.isEmpty()) {
                        throw new BadDataException(file, item.line(), "bndbox: " + problem(item.box(), size));
                    }
                    items.add(new AnnotatedImage.Item(item.name(), cut, item.difficult()));
                }
                pictures.add(new AnnotatedImage(image, size.width, size.height, items));
            }
        }
    }

    /** Width and height of the picture in the unit of its boxes. */
    private record Size(int width, int height) {
        static Size of(Path image) throws IOException {
            ImageHeader header = ImageFiles.header(image);
            return new Size(header.width(), header.height());
        }
    }

    private static Size size(DataObject json, Path image) throws IOException {
        if (!json.has("width") || !json.has("height")) {
            return Size.of(image);
        }
        long width = json.whole("width");
        long height = json.whole("height");
        if (width < 1 || width > Integer.MAX_VALUE) {
            throw json.bad("width", width + " (expected: > 0)");
        }
        if (height < 1 || height > Integer.MAX_VALUE) {
            throw json.bad("height", height + " (expected: > 0)");
        }
        return new Size((int) width, (int) height);
    }

    private static boolean isCrowd(DataObject json) {
        return json.has("iscrowd") && json.whole("iscrowd") != 0;
    }

    private static AnnotatedImage.Item item(DataObject json, String name, Rectangle box, Size size, boolean crowd) {
        Rectangle cut = cut(box, size);
        if (cut.isEmpty()) {
            throw json.bad("bbox", problem(box, size));
        }
        return new AnnotatedImage.Item(name, cut, crowd);
    }

    private static Rectangle cut(Rectangle box, Size size) {
        return box.intersect(new Rectangle(0, 0, size.width, size.height));
    }

    private static String problem(Rectangle box, Size size) {
        return String.format(
                Locale.ROOT,
                "from %s, %s to %s, %s (expected: a box with an area inside of the picture of %d x %d pixels)",
                box.left(),
                box.top(),
                box.right(),
                box.bottom(),
                size.width,
                size.height);
    }
}
