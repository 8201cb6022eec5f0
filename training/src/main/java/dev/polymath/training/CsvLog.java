package dev.polymath.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

/** Appends rows of figures to a file that any spreadsheet or plotting library reads. Not thread-safe. */
final class CsvLog {
    private final Path file;
    private final int columns;

    /** @param fresh whether to begin anew instead of going on after a resume */
    CsvLog(Path file, boolean fresh, String... header) throws IOException {
        this.file = file;
        this.columns = header.length;
        if (fresh || !Files.exists(file)) {
            Files.writeString(file, String.join(",", header) + "\n");
        }
    }

    void row(Object... values) {
        if (values.length != columns) {
            throw new IllegalArgumentException("row of " + values.length + " values (expected: " + columns + ")");
        }
        String line =
                String.join(",", List.of(values).stream().map(CsvLog::format).toList());
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String format(Object value) {
        return value instanceof Double number ? String.format(Locale.ROOT, "%.6g", number) : value.toString();
    }
}
