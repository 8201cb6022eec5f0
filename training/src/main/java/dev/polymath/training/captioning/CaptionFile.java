package dev.polymath.training.captioning;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.polymath.training.BadDataException;
import dev.polymath.training.DataFile;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Captioned images, a JSON object per line: {@code {"image": "a.jpg", "split": "train", "en": ["A dog."], "de": ["Ein Hund."]}}. Every
 * key but {@code image} and {@code split} is a language; without {@code split} an image is for training.
 */
record CaptionFile(DataFile file) {
    private static final Pattern LANGUAGE = Pattern.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*");
    private static final Set<String> SPLITS = Set.of("train", "val", "test");

    /** @throws BadDataException if a line is something else */
    List<CaptionedImage> read() throws IOException {
        List<CaptionedImage> images = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (DataFile.Line line : file.lines()) {
            CaptionedImage image = parse(line);
            if (!names.add(image.file())) {
                throw bad(line, "image: " + image.file() + ", which was there before (expected: one line per image)");
            }
            images.add(image);
        }
        return images;
    }

    /** Writes test images as they are read. */
    static void write(Path path, List<CaptionedImage> images) throws IOException {
        Gson gson = new GsonBuilder().disableHtmlEscaping().create();
        try (Writer out = Files.newBufferedWriter(path)) {
            for (CaptionedImage image : images) {
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("image", image.file());
                line.put("split", "test");
                line.putAll(image.captions());
                out.write(gson.toJson(line) + "\n");
            }
        }
    }

    private CaptionedImage parse(DataFile.Line line) {
        JsonObject json;
        try {
            json = JsonParser.parseString(line.text()).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw bad(line, "no JSON object (expected: {\"image\": ..., \"split\": ..., \"en\": [...]})");
        }
        String image = "";
        String split = "train";
        Map<String, List<String>> captions = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
            switch (entry.getKey()) {
                case "image" -> image = string(line, "image", entry.getValue());
                case "split" -> split = string(line, "split", entry.getValue());
                default -> captions.put(language(line, entry.getKey()), captions(line, entry));
            }
        }
        if (!isBelowFolder(image)) {
            throw bad(line, "image: '" + image + "' (expected: a file below the folder of the images)");
        }
        if (!SPLITS.contains(split)) {
            throw bad(line, "split: '" + split + "' (expected: train, val or test)");
        }
        captions.values().removeIf(List::isEmpty);
        if (captions.isEmpty()) {
            throw bad(line, "no captions (expected: a language and its captions, as in \"en\": [\"A dog.\"])");
        }
        return new CaptionedImage(image, split, captions);
    }

    private static boolean isBelowFolder(String file) {
        try {
            Path path = Path.of(file).normalize();
            return !file.isBlank() && !path.isAbsolute() && !path.startsWith("..");
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private List<String> captions(DataFile.Line line, Map.Entry<String, JsonElement> entry) {
        if (!entry.getValue().isJsonArray()) {
            throw bad(line, entry.getKey() + ": " + entry.getValue() + " (expected: a list of captions)");
        }
        List<String> captions = new ArrayList<>();
        for (JsonElement caption : entry.getValue().getAsJsonArray()) {
            String text = string(line, entry.getKey(), caption).strip();
            if (!text.isEmpty()) {
                captions.add(text);
            }
        }
        return captions;
    }

    private String language(DataFile.Line line, String key) {
        if (!LANGUAGE.matcher(key).matches()) {
            throw bad(line, "key: '" + key + "' (expected: image, split, or a language such as en or pt-BR)");
        }
        return key;
    }

    private String string(DataFile.Line line, String key, @Nullable JsonElement value) {
        if (value == null
                || !value.isJsonPrimitive()
                || !value.getAsJsonPrimitive().isString()) {
            throw bad(line, key + ": " + value + " (expected: a string)");
        }
        return value.getAsString();
    }

    private BadDataException bad(DataFile.Line line, String problem) {
        return new BadDataException(file.path(), line.number(), problem);
    }
}
