package dev.polymath.training.sentenceembedding;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.polymath.training.BadDataException;
import dev.polymath.training.DataFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads pairs of texts with a score: {@code .csv} or tab-separated with the columns text, text, score and no header, or JSON lines
 * {@code {"left": "...", "right": "...", "score": 4.5}}; UTF-8, plain or gzip-compressed.
 */
final class ScoredPairReader {
    private ScoredPairReader() {}

    static List<ScoredPair> read(Path file) throws IOException {
        List<ScoredPair> pairs = new ArrayList<>();
        if (new DataFile(file).isJsonLines()) {
            for (DataFile.Line line : new DataFile(file).lines()) {
                pairs.add(parse(file, line));
            }
        } else {
            for (DataFile.Row row : new DataFile(file).rows()) {
                if (row.cells().size() < 3) {
                    throw new BadDataException(
                            file, row.line(), row.cells().size() + " columns (expected: text, text, score)");
                }
                pairs.add(pair(
                        file,
                        row.line(),
                        row.cells().get(0),
                        row.cells().get(1),
                        row.cells().get(2)));
            }
        }
        if (pairs.size() < 2) {
            throw new BadDataException(file, 1, pairs.size() + " pairs in the file (expected: at least 2)");
        }
        return pairs;
    }

    private static ScoredPair parse(Path file, DataFile.Line line) {
        try {
            JsonObject object = JsonParser.parseString(line.text()).getAsJsonObject();
            if (!object.has("left") || !object.has("right") || !object.has("score")) {
                throw new BadDataException(
                        file, line.number(), "fields " + object.keySet() + " (expected: left, right, score)");
            }
            return pair(
                    file,
                    line.number(),
                    object.get("left").getAsString(),
                    object.get("right").getAsString(),
                    object.get("score").getAsString());
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
            throw new BadDataException(
                    file, line.number(), "not a pair (expected: {\"left\": ..., \"right\": ..., \"score\": ...})");
        }
    }

    private static ScoredPair pair(Path file, long line, String left, String right, String score) {
        try {
            double value = Double.parseDouble(score.strip());
            if (Double.isFinite(value)) {
                return new ScoredPair(left, right, value);
            }
        } catch (NumberFormatException e) {
            // told below, as an infinite one is
        }
        throw new BadDataException(file, line, "score '" + score + "' (expected: a number)");
    }
}
