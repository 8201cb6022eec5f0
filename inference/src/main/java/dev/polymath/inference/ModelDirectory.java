package dev.polymath.inference;

import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Repository;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A verified model on disk, {@code <name>/<version>/}: config.json, tokenizer.json, the weights, serving.properties and
 * SHA256SUMS (format of {@code sha256sum}), which must list every file that is read. Immutable.
 */
public final class ModelDirectory {
    /** Name of the file that lists the checksums of the others. */
    public static final String CHECKSUMS = "SHA256SUMS";

    private final Path path;
    private final Set<Path> verified;
    private final String name;
    private final String version;
    private final String sha256;
    private final JsonObject config;
    private final Map<String, String> properties;
    private final List<String> labels;

    private ModelDirectory(
            Path path, Set<Path> verified, String sha256, JsonObject config, Map<String, String> properties) {
        this.path = path;
        this.verified = verified;
        this.version = properties.getOrDefault("polymath.version", fileName(path));
        this.name = properties.getOrDefault("polymath.name", fileName(path.getParent()));
        this.sha256 = sha256;
        this.config = config;
        this.properties = properties;
        this.labels = labels(config, path.resolve("config.json").toString());
    }

    /**
     * Opens and verifies a directory.
     *
     * @throws InferenceException MODEL_NOT_FOUND if the directory, or a file that its SHA256SUMS lists, is missing;
     *     MODEL_NOT_READY if a file is corrupt or cannot be read
     */
    public static ModelDirectory open(Path directory) {
        Path path = directory.toAbsolutePath().normalize();
        if (!Files.isDirectory(path)) {
            throw new InferenceException(Kind.MODEL_NOT_FOUND, "model directory: " + path + " (expected: a directory)");
        }
        try {
            Set<Path> verified = verify(path);
            return new ModelDirectory(
                    path,
                    verified,
                    sha256(path.resolve(CHECKSUMS)),
                    readJson(path, "config.json", verified),
                    readProperties(path, verified));
        } catch (IOException e) {
            throw unusable(path + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Opens a model from wherever it is: a directory, or a location that DJL can fetch ({@code jar:}, {@code djl:},
     * {@code https:} of a .zip or .tar.gz, {@code s3:} and {@code hdfs:} with their DJL extensions). What is fetched stays in
     * DJL's cache; nothing is fetched while {@code ai.djl.offline} is true.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY
     */
    public static ModelDirectory open(String location) {
        // one letter before the colon is a drive
        if (!location.matches("[a-zA-Z][a-zA-Z0-9+.-]+:.*")) {
            return open(Path.of(location));
        }
        try {
            Repository repository = Repository.newInstance("polymath", location);
            List<MRL> resources = repository.getResources();
            Artifact artifact = resources.isEmpty() ? null : resources.get(0).getDefaultArtifact();
            if (artifact == null) {
                throw new InferenceException(
                        Kind.MODEL_NOT_FOUND,
                        location + ": no model (expected: a directory, .zip or .tar.gz of a model)");
            }
            repository.prepare(artifact);
            return open(modelIn(repository.getResourceDirectory(artifact)));
        } catch (IOException | IllegalArgumentException e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_FOUND, location + ": cannot be fetched (" + e.getMessage() + ")", Map.of(), e);
        }
    }

    /** An archive may hold the model itself, or a directory with the model. */
    private static Path modelIn(Path fetched) throws IOException {
        if (Files.exists(fetched.resolve(CHECKSUMS))) {
            return fetched;
        }
        try (Stream<Path> files = Files.walk(fetched, 3)) {
            return files.filter(file -> file.endsWith(CHECKSUMS))
                    .map(Path::getParent)
                    .findFirst()
                    .orElse(fetched);
        }
    }

    /** The absolute path of the directory. */
    public Path path() {
        return path;
    }

    /**
     * A file of the model that SHA256SUMS lists.
     *
     * @throws InferenceException MODEL_NOT_FOUND if it is missing, MODEL_NOT_READY if it is not listed
     */
    public Path file(String fileName) {
        Path file = path.resolve(fileName);
        if (!Files.isRegularFile(file)) {
            throw new InferenceException(Kind.MODEL_NOT_FOUND, file + ": missing");
        }
        requireVerified(file, verified);
        return file;
    }

    /** {@code polymath.name} of serving.properties, or else the name of the directory above. */
    public String name() {
        return name;
    }

    /** {@code polymath.version} of serving.properties, or else the name of the directory. */
    public String version() {
        return version;
    }

    /** SHA-256 of the SHA256SUMS file, 64 lower-case hexadecimal digits; it stands for the whole directory. */
    public String sha256() {
        return sha256;
    }

    /** A copy of config.json; empty if the directory has none. */
    public JsonObject config() {
        return config.deepCopy();
    }

    /**
     * A file of the model with a JSON object; empty if the directory has no such file.
     *
     * @throws InferenceException MODEL_NOT_READY if it is something else, or is not listed in SHA256SUMS
     */
    JsonObject json(String fileName) {
        try {
            return readJson(path, fileName, verified);
        } catch (IOException e) {
            throw unusable(path.resolve(fileName) + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /** Whether the directory has such a file. */
    boolean has(String fileName) {
        return Files.isRegularFile(path.resolve(fileName));
    }

    /** A value of serving.properties, or null. */
    public @Nullable String property(String key) {
        return properties.get(key);
    }

    /** A value of serving.properties, or {@code fallback}. */
    public String property(String key, String fallback) {
        return properties.getOrDefault(key, fallback);
    }

    /**
     * A whole number > 0 of serving.properties, or {@code fallback}.
     *
     * @throws InferenceException MODEL_NOT_READY if it is something else
     */
    int positive(String key, int fallback) {
        String value = properties.get(key);
        if (value == null) {
            return fallback;
        }
        if (!value.matches("[1-9][0-9]{0,8}")) {
            throw unusable(this + ": " + key + ": " + value + " (expected: a number > 0)", null);
        }
        return Integer.parseInt(value);
    }

    /** {@code id2label} of config.json in the order of the ids; empty if it has none. */
    public List<String> labels() {
        return labels;
    }

    @Override
    public String toString() {
        return name + "/" + version;
    }

    private static Set<Path> verify(Path path) throws IOException {
        Path sums = path.resolve(CHECKSUMS);
        if (!Files.isRegularFile(sums)) {
            throw new InferenceException(Kind.MODEL_NOT_FOUND, sums + ": missing (expected: a list of SHA-256 sums)");
        }
        Set<Path> verified = new HashSet<>();
        int number = 0;
        for (String line : lines(sums)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            // sha256sum's format: the sum, a space, a space or an asterisk, the name
            if (!line.matches("[0-9a-fA-F]{64} [ *].+")) {
                throw unusable(sums + ":" + number + ": not `<sha256>  <file>`", null);
            }
            String expected = line.substring(0, 64);
            Path file = path.resolve(line.substring(66)).normalize();
            if (!file.startsWith(path)) {
                throw unusable(sums + ":" + number + ": a file outside of the model directory", null);
            }
            if (!Files.isRegularFile(file)) {
                throw new InferenceException(
                        Kind.MODEL_NOT_FOUND, file + ": missing (expected: a file with SHA-256 " + expected + ")");
            }
            String actual = sha256(file);
            if (!actual.equalsIgnoreCase(expected)) {
                throw unusable(file + ": SHA-256 " + actual + " (expected: " + expected + ")", null);
            }
            verified.add(file);
        }
        return verified;
    }

    private static List<String> lines(Path sums) throws IOException {
        try {
            return Files.readAllLines(sums);
        } catch (CharacterCodingException e) {
            throw unusable(sums + ": not a text in UTF-8", e);
        }
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static JsonObject readJson(Path path, String fileName, Set<Path> verified) throws IOException {
        Path file = path.resolve(fileName);
        if (!Files.isRegularFile(file)) {
            return new JsonObject();
        }
        requireVerified(file, verified);
        try (Reader reader = Files.newBufferedReader(file)) {
            return JsonParser.parseReader(reader).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException | CharacterCodingException e) {
            throw unusable(file + ": not a JSON object", e);
        }
    }

    private static Map<String, String> readProperties(Path path, Set<Path> verified) throws IOException {
        Path file = path.resolve("serving.properties");
        if (!Files.isRegularFile(file)) {
            return Map.of();
        }
        requireVerified(file, verified);
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IllegalArgumentException | CharacterCodingException e) { // an escape, or bytes, that are none
            throw unusable(file + ": not a properties file in UTF-8", e);
        }
        Map<String, String> map = new TreeMap<>();
        properties.forEach(
                (key, value) -> map.put(key.toString(), value.toString().trim()));
        return map;
    }

    /** {@code id2label} of a part of config.json in the order of the ids; empty if it has none. */
    static List<String> labels(JsonObject config, String where) {
        JsonElement id2label = config.get("id2label");
        if (id2label == null) {
            return List.of();
        }
        try {
            TreeMap<Integer, String> labels = new TreeMap<>();
            id2label.getAsJsonObject()
                    .entrySet()
                    .forEach(e ->
                            labels.put(Integer.valueOf(e.getKey()), e.getValue().getAsString()));
            if (!labels.isEmpty() && (labels.firstKey() != 0 || labels.lastKey() != labels.size() - 1)) {
                throw new NumberFormatException();
            }
            return List.copyOf(labels.values());
        } catch (IllegalStateException | UnsupportedOperationException | NumberFormatException e) {
            throw unusable(where + ": id2label is not {\"0\": \"...\", \"1\": \"...\"}", e);
        }
    }

    private static void requireVerified(Path file, Set<Path> verified) {
        if (!verified.contains(file)) {
            throw unusable(file + ": not listed in " + CHECKSUMS, null);
        }
    }

    private static InferenceException unusable(String message, @Nullable Throwable cause) {
        return new InferenceException(Kind.MODEL_NOT_READY, message, Map.of(), cause);
    }

    private static String fileName(@Nullable Path path) {
        return path == null || path.getFileName() == null
                ? ""
                : path.getFileName().toString();
    }
}
