package dev.polymath.training;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.polymath.inference.ModelDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Fills a model directory beside its final place and moves it there when it is complete, with checksums. Not thread-safe.
 */
public final class ModelDirectoryWriter {
    private final Path target;
    private final Path partial;

    /** @param target {@code .../<name>/<version>} */
    public ModelDirectoryWriter(Path target) throws IOException {
        this.target = target.toAbsolutePath().normalize();
        this.partial = this.target.resolveSibling(this.target.getFileName() + ".partial");
        requireFree(this.target);
        delete(partial);
        Files.createDirectories(partial);
    }

    /** Checks early what the constructor will ask for. */
    public static void requireFree(Path target) throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(
                    target.toString(), null, "there is a model already (expected: a new folder, name/version)");
        }
    }

    /** Where a file of this name is to be written. */
    public Path file(String name) {
        return partial.resolve(name);
    }

    public void writeConfig(JsonObject config) throws IOException {
        Files.writeString(
                file("config.json"),
                new GsonBuilder()
                                .setPrettyPrinting()
                                .disableHtmlEscaping()
                                .create()
                                .toJson(config) + "\n");
    }

    /** Writes serving.properties in the order of the map; values are plain ASCII. */
    public void writeServingProperties(Map<String, String> properties) throws IOException {
        StringBuilder text = new StringBuilder();
        properties.forEach(
                (key, value) -> text.append(key).append('=').append(value).append('\n'));
        Files.writeString(file("serving.properties"), text);
    }

    public void writeCard(String markdown) throws IOException {
        Files.writeString(file("README.md"), markdown);
    }

    /** Writes SHA256SUMS and moves the directory to its place; returns the place. */
    public Path complete() throws IOException {
        StringBuilder sums = new StringBuilder();
        try (Stream<Path> files = Files.list(partial)) {
            List<Path> sorted = files.filter(file -> !file.endsWith(ModelDirectory.CHECKSUMS))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList();
            for (Path file : sorted) {
                sums.append(sha256(file))
                        .append("  ")
                        .append(file.getFileName())
                        .append('\n');
            }
        }
        Files.writeString(file(ModelDirectory.CHECKSUMS), sums);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        return target;
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

    /** Removes a directory and everything in it, if it is there. */
    public static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
