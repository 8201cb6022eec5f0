package dev.polymath.training.objectdetection;

import dev.polymath.training.BadDataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * An annotation of Pascal VOC.
 *
 * @param position of {@code filename} in the file
 * @param image its name
 * @param width of the picture; 0 if the file does not say
 * @param height likewise
 * @param fields every simple field of the annotation by its name
 */
record VocFile(String position, String image, int width, int height, Map<String, String> fields, List<Item> objects) {

    /**
     * @param line on which it begins
     * @param box in pixels that are counted from 0, with an end that is exclusive: VOC counts from 1, inclusive
     */
    record Item(int line, String name, Rectangle box, boolean difficult) {}

    /** @throws BadDataException if it is something else, with the line */
    static VocFile read(Path file) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        // nothing of what a file says is fetched
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try (InputStream in = Files.newInputStream(file)) {
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            try {
                return new Parser(file, xml).parse();
            } finally {
                xml.close();
            }
        } catch (XMLStreamException e) {
            throw new BadDataException(
                    file,
                    e.getLocation() == null ? 1 : e.getLocation().getLineNumber(),
                    "not XML (" + String.valueOf(e.getMessage()).replaceAll("\\s+", " ") + ")");
        }
    }

    private static final class Parser {
        private final Path file;
        private final XMLStreamReader xml;
        private final Map<String, String> fields = new HashMap<>();
        private final List<Item> objects = new ArrayList<>();
        private int imageLine = 1;

        Parser(Path file, XMLStreamReader xml) {
            this.file = file;
            this.xml = xml;
        }

        VocFile parse() throws XMLStreamException {
            xml.nextTag();
            if (!xml.getLocalName().equals("annotation")) {
                throw bad(line(), "<" + xml.getLocalName() + "> (expected: <annotation>)");
            }
            while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
                int line = line();
                switch (xml.getLocalName()) {
                    case "object" -> objects.add(object(line));
                    case "size" -> fields.putAll(children());
                    case "filename" -> {
                        imageLine = line;
                        fields.put("filename", text());
                    }
                    default -> {
                        String name = xml.getLocalName();
                        fields.put(name, text());
                    }
                }
            }
            String image = fields.get("filename");
            if (image == null || image.isBlank()) {
                throw bad(1, "no <filename> (expected: the name of the picture)");
            }
            return new VocFile(
                    "line " + imageLine,
                    image,
                    size("width"),
                    size("height"),
                    Map.copyOf(fields),
                    List.copyOf(objects));
        }

        private Item object(int line) throws XMLStreamException {
            Map<String, String> values = children();
            String name = values.get("name");
            if (name == null || name.isBlank()) {
                throw bad(line, "object without <name>");
            }
            Rectangle box = new Rectangle(
                    number(values, "xmin", line) - 1,
                    number(values, "ymin", line) - 1,
                    number(values, "xmax", line),
                    number(values, "ymax", line));
            return new Item(line, name, box, "1".equals(values.get("difficult")));
        }

        /** The fields of an element, those of its bndbox included and those of its parts left out. */
        private Map<String, String> children() throws XMLStreamException {
            Map<String, String> values = new HashMap<>();
            while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
                String name = xml.getLocalName();
                if (name.equals("bndbox")) {
                    values.putAll(children());
                } else {
                    values.put(name, text());
                }
            }
            return values;
        }

        /** The text of an element without that of the elements in it. */
        private String text() throws XMLStreamException {
            StringBuilder text = new StringBuilder();
            int depth = 1;
            while (depth > 0) {
                switch (xml.next()) {
                    case XMLStreamConstants.START_ELEMENT -> depth++;
                    case XMLStreamConstants.END_ELEMENT -> depth--;
                    case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                        if (depth == 1) {
                            text.append(xml.getText());
                        }
                    }
                    default -> {}
                }
            }
            return text.toString().strip();
        }

        private int size(String field) {
            String value = fields.getOrDefault(field, "0");
            try {
                return Integer.parseInt(value);
            } catch (NumberFormatException e) {
                throw bad(1, field + ": " + value + " (expected: a number of pixels)");
            }
        }

        private float number(Map<String, String> values, String field, int line) {
            String value = values.get(field);
            try {
                if (value != null && Float.isFinite(Float.parseFloat(value))) {
                    return Float.parseFloat(value);
                }
            } catch (NumberFormatException e) {
                // told below
            }
            throw bad(line, "object: " + field + ": " + value + " (expected: a number)");
        }

        private int line() {
            return xml.getLocation().getLineNumber();
        }

        private BadDataException bad(int line, String problem) {
            return new BadDataException(file, line, problem);
        }
    }
}
