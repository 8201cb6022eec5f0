package dev.polymath.training;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** A text file of training or evaluation data in UTF-8, plain or compressed with gzip. */
public record DataFile(Path path) {
    private static final int GZIP_MAGIC = 0x1f8b;

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
            InputStream plain = gzip ? new GZIPInputStream(in) : in;
            return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder()));
        } catch (IOException e) {
            in.close();
            throw e;
        }
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
            throw new BadDataException(path, lastLine + 1, "bytes that are not UTF-8, on this line or soon after it");
        }
    }
}
