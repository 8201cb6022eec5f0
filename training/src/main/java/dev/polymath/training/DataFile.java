package dev.polymath.training;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** A text file of training or evaluation data in UTF-8, plain or compressed with gzip. */
public record DataFile(Path path) {
    private static final int GZIP_MAGIC = 0x1f8b;
    private static final CSVFormat TABS = CSVFormat.TDF
            .builder()
            .setQuote(null)
            .setIgnoreSurroundingSpaces(false)
            .get();

    /** @param number of the line, from 1 */
    public record Line(long number, String text) {}

    /** @param line number of the line that the row begins on, from 1 */
    public record Row(long line, List<String> cells) {}

    /**
     * Files that are given as {@code [NAME=]FILE}, by name and in order; without a name it is {@link #name()}.
     *
     * @throws IllegalArgumentException if two have the same name
     */
    public static Map<String, DataFile> named(List<String> specifications) {
        Map<String, DataFile> files = new LinkedHashMap<>();
        for (String specification : specifications) {
            int equals = specification.indexOf('=');
            DataFile file = new DataFile(Path.of(specification.substring(equals + 1)));
            String name = equals > 0 ? specification.substring(0, equals) : file.name();
            if (files.put(name, file) != null) {
                throw new IllegalArgumentException(
                        "data set " + name + ": named twice (expected: NAME=FILE, with another name)");
            }
        }
        return files;
    }

    /** Whether the name, without {@code .gz}, ends with one of these. */
    public boolean isNamed(String... endings) {
        String name = path.getFileName().toString().replaceFirst("\\.gz$", "");
        for (String ending : endings) {
            if (name.endsWith(ending)) {
                return true;
            }
        }
        return false;
    }

    /** Folder and name without endings, to speak of the data: {@code wnut17/dev}. */
    public String name() {
        Path parent = path.toAbsolutePath().getParent();
        String name = path.getFileName().toString().replaceFirst("\\..*$", "");
        return parent == null || parent.getFileName() == null ? name : parent.getFileName() + "/" + name;
    }

    /**
     * Malformed bytes are a {@link CharacterCodingException} and no replacement characters.
     *
     * @throws BadDataException here or from the reader, if it begins like gzip and cannot be unpacked
     * @throws NoSuchFileException if there is no such file
     */
    public BufferedReader open() throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such data file");
        }
        InputStream in = new BufferedInputStream(Files.newInputStream(path));
        try {
            in.mark(2);
            boolean gzip = ((in.read() << 8) | in.read()) == GZIP_MAGIC;
            in.reset();
            InputStream plain = gzip ? unpacked(in) : in;
            return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder()));
        } catch (IOException | BadDataException e) {
            in.close();
            throw e;
        }
    }

    private InputStream unpacked(InputStream in) throws IOException {
        try {
            return new FilterInputStream(new GZIPInputStream(in)) {
                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    try {
                        return super.read(bytes, offset, length);
                    } catch (EOFException | ZipException e) {
                        throw notUnpacked(e);
                    }
                }
            };
        } catch (EOFException | ZipException e) {
            throw notUnpacked(e);
        }
    }

    private BadDataException notUnpacked(IOException e) {
        return new BadDataException(
                path,
                "gzip",
                e instanceof EOFException ? "cut off (expected: a whole file)" : "broken: " + e.getMessage());
    }

    /**
     * The next line, or null.
     *
     * @param lastLine number of the line before it, from 1; 0 if there is none
     * @throws BadDataException if the bytes are not UTF-8
     */
    public @Nullable String readLine(BufferedReader reader, int lastLine) throws IOException {
        try {
            return reader.readLine();
        } catch (CharacterCodingException e) {
            throw notUtf8(lastLine + 1);
        }
    }

    /** Whether the name says that the file holds a JSON object per line: {@code .jsonl}, {@code .ndjson}, {@code .json}. */
    public boolean isJsonLines() {
        return isNamed(".jsonl", ".ndjson", ".json");
    }

    /**
     * The lines that are not blank.
     *
     * @throws BadDataException if the bytes are not UTF-8
     */
    public List<Line> lines() throws IOException {
        List<Line> lines = new ArrayList<>();
        try (BufferedReader reader = open()) {
            int number = 0;
            for (String line = readLine(reader, 0); line != null; line = readLine(reader, number)) {
                number++;
                if (!line.isBlank()) {
                    lines.add(new Line(number, line));
                }
            }
        }
        return lines;
    }

    /**
     * The rows of a table: comma-separated with quotes as in RFC 4180 if the name ends in {@code .csv}, otherwise separated by
     * tabs, where a quote is a character like any other. Empty lines are skipped.
     *
     * @throws BadDataException if the bytes are not UTF-8, or a quote does not end
     */
    public List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        long line = 1;
        try (CSVParser parser = CSVParser.builder()
                .setReader(open())
                .setFormat(isNamed(".csv") ? CSVFormat.DEFAULT : TABS)
                .get()) {
            Iterator<CSVRecord> records = parser.iterator();
            while (records.hasNext()) {
                rows.add(new Row(line, records.next().toList()));
                line = parser.getCurrentLineNumber() + 1;
            }
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof CharacterCodingException) {
                throw notUtf8(line);
            }
            throw new BadDataException(
                    path, line, "a row that begins here cannot be read (" + e.getMessage() + "; expected: RFC 4180)");
        }
        return rows;
    }

    private BadDataException notUtf8(long line) {
        return new BadDataException(path, line, "bytes that are not UTF-8, on this line or soon after it");
    }
}
