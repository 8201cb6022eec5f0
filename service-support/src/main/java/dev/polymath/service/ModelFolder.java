package dev.polymath.service;

import dev.polymath.inference.ModelDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder with the versions of a model, a directory each. What is being written into it is never an error: a version counts when
 * its SHA256SUMS is there, which is why that is written last.
 *
 * @param path of the folder
 */
record ModelFolder(Path path) {
    /** The file that names the version to be served, in place of the newest one. */
    static final String CURRENT = "CURRENT";

    /**
     * A version that is there.
     *
     * @param sha256 of its SHA256SUMS
     */
    record Candidate(Path path, String sha256) {
        String version() {
            return String.valueOf(path.getFileName());
        }

        /** Changes when a file is written: paths, sizes and times, for a directory whose files do not fit their sums. */
        String state() {
            try (Stream<Path> files = Files.walk(path, 3, FileVisitOption.FOLLOW_LINKS)) {
                return digest(files.sorted()
                        .map(Candidate::describe)
                        .reduce("", String::concat)
                        .getBytes(StandardCharsets.UTF_8));
            } catch (IOException | UncheckedIOException e) {
                return "unreadable";
            }
        }

        private static String describe(Path file) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return file + " " + attributes.size() + " " + attributes.lastModifiedTime() + "\n";
            } catch (IOException e) {
                return file + " gone\n";
            }
        }
    }

    /**
     * What could be served, the first choice first: the version that CURRENT names alone, and none if it names none, or else all from
     * the newest on.
     */
    List<Candidate> candidates() {
        return (Files.exists(path.resolve(CURRENT)) ? current() : names(path))
                .stream()
                        .sorted(Comparator.comparing((String name) -> name, ModelSlots::compareVersions)
                                .reversed())
                        .flatMap(name -> {
                            Path version = path.resolve(name);
                            String sha256 = sha256(version);
                            return sha256 == null ? Stream.empty() : Stream.of(new Candidate(version, sha256));
                        })
                        .toList();
    }

    private List<String> current() {
        try {
            String name = Files.readString(path.resolve(CURRENT)).strip();
            // no way out of the folder
            return name.isEmpty() || name.contains("/") || name.startsWith(".") ? List.of() : List.of(name);
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Names of the directories in a folder that may be versions; none if it cannot be read. Kubernetes' own begin with a dot. */
    static List<String> names(@Nullable Path folder) {
        if (folder == null) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> !name.startsWith("."))
                    .sorted(ModelSlots::compareVersions)
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** SHA-256 of a directory's SHA256SUMS; null if there is none. */
    static @Nullable String sha256(Path directory) {
        try {
            return digest(Files.readAllBytes(directory.resolve(ModelDirectory.CHECKSUMS)));
        } catch (IOException e) {
            return null;
        }
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
