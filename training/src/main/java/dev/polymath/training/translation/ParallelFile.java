package dev.polymath.training.translation;

import dev.polymath.training.BadDataException;
import dev.polymath.training.DataFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parallel sentences: a pair per line, its sides separated by a tab, further columns ignored; UTF-8, plain or gzip.
 *
 * @param languages of the first and the second column
 * @param weight how often a pair is seen per epoch; below 1 it is drawn with this probability
 */
record ParallelFile(LanguagePair languages, DataFile file, double weight) {
    private static final Pattern SPECIFICATION = Pattern.compile("([^=]+)=(.+?)(?::(\\d+(?:\\.\\d+)?))?");

    ParallelFile {
        if (!(weight > 0)) {
            throw new IllegalArgumentException(file.path() + ": weight: " + weight + " (expected: > 0)");
        }
    }

    /** Reads {@code en-de=FILE} or {@code en-de=FILE:0.5}. */
    static ParallelFile parse(String specification) {
        Matcher matcher = SPECIFICATION.matcher(specification);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + specification
                    + "' (expected: LANGUAGES=FILE or LANGUAGES=FILE:WEIGHT, e.g. en-de=pairs.tsv)");
        }
        String weight = matcher.group(3);
        return new ParallelFile(
                LanguagePair.parse(matcher.group(1)),
                new DataFile(Path.of(matcher.group(2))),
                weight == null ? 1 : Double.parseDouble(weight));
    }

    /**
     * All pairs in order, without space around the sides. Empty lines are skipped.
     *
     * @throws BadDataException if a line has no tab, or the bytes are not UTF-8
     */
    List<SentencePair> read() throws IOException {
        List<SentencePair> pairs = new ArrayList<>();
        try (BufferedReader reader = file.open()) {
            int number = 0;
            for (String line = file.readLine(reader, 0); line != null; line = file.readLine(reader, number)) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                int tab = line.indexOf('\t');
                if (tab < 0) {
                    throw new BadDataException(
                            file.path(),
                            number,
                            "no tab (expected: " + languages.first() + " TAB " + languages.second() + ")");
                }
                int end = line.indexOf('\t', tab + 1);
                pairs.add(new SentencePair(
                        languages,
                        line.substring(0, tab).strip(),
                        line.substring(tab + 1, end < 0 ? line.length() : end).strip()));
            }
        }
        return pairs;
    }

    /** Writes pairs as they are read. */
    static void write(Path path, List<SentencePair> pairs) throws IOException {
        try (Writer out = Files.newBufferedWriter(path)) {
            for (SentencePair pair : pairs) {
                out.write(pair.first() + "\t" + pair.second() + "\n");
            }
        }
    }
}
