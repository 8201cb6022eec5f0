package dev.polymath.ner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.Iob2Decoder;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TokenClassifier;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The embedded model on sentences written for this test, {@code [PERSON Ada] lives in [LOCATION Bern].} It tells a broken
 * model from a good one; how good it is, the model card says, of thousands of sentences.
 */
class NerQualityIT {
    /** That of the model card on Universal NER English, whose sentences are harder. */
    private static final double FLOOR = 0.774;

    private static final Pattern ANNOTATION = Pattern.compile("\\[([A-Z]+) ([^\\]]+)]");

    /** A sentence and its entities as {@code begin-end TYPE}. */
    private record Annotated(String text, Set<String> entities) {
        static Annotated parse(String line) {
            StringBuilder text = new StringBuilder();
            Set<String> entities = new HashSet<>();
            Matcher matcher = ANNOTATION.matcher(line);
            int end = 0;
            while (matcher.find()) {
                text.append(line, end, matcher.start());
                entities.add(
                        entity(text.length(), text.length() + matcher.group(2).length(), matcher.group(1)));
                text.append(matcher.group(2));
                end = matcher.end();
            }
            return new Annotated(text.append(line.substring(end)).toString(), entities);
        }
    }

    @Test
    void theEmbeddedModelReachesTheFigureOfItsCard() throws IOException {
        List<Annotated> sentences = read();
        List<String> mistakes = new ArrayList<>();
        int expected = 0;
        int found = 0;
        int right = 0;
        try (TokenClassifier model = TokenClassifier.load(
                ModelDirectory.open(Path.of("../models/ner-en/1")),
                InferenceOptions.defaults(),
                new InferenceListener() {})) {
            Iob2Decoder decoder = new Iob2Decoder(model.model().labels());
            for (Annotated sentence : sentences) {
                Set<String> entities = decoder
                        .decode(model.classify(sentence.text(), Call.unbounded())
                                .join())
                        .stream()
                        .map(span -> entity(span.begin(), span.end(), span.label()))
                        .collect(Collectors.toSet());
                expected += sentence.entities().size();
                found += entities.size();
                right += (int)
                        entities.stream().filter(sentence.entities()::contains).count();
                if (!entities.equals(sentence.entities())) {
                    mistakes.add(sentence.text() + " " + entities);
                }
            }
        }

        double f1 = 2.0 * right / (expected + found);
        assertThat(expected).isGreaterThan(60);
        assertThat(f1).as("F1; wrong in %s", mistakes).isGreaterThanOrEqualTo(FLOOR);
    }

    private static String entity(int begin, int end, String type) {
        return begin + "-" + end + " " + type;
    }

    private static List<Annotated> read() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(NerQualityIT.class.getResourceAsStream("/quality/sentences.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(Annotated::parse)
                    .toList();
        }
    }
}
