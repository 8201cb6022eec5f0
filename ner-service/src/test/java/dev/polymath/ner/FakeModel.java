package dev.polymath.ner;

import dev.polymath.inference.Call;
import dev.polymath.inference.EntitySpan;
import dev.polymath.inference.Receipt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Finds the names that it was told, wherever they stand. */
final class FakeModel implements SpanModel {
    private record Name(String type, float confidence) {}

    private final Map<String, Name> names = new LinkedHashMap<>();

    FakeModel knows(String type, String name, double confidence) {
        names.put(name, new Name(type, (float) confidence));
        return this;
    }

    @Override
    public CompletableFuture<Spans> find(String text, Call call) {
        List<EntitySpan> spans = new ArrayList<>();
        names.forEach((name, known) -> {
            for (int at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
                spans.add(new EntitySpan(at, at + name.length(), known.type(), known.confidence()));
            }
        });
        Receipt receipt = new Receipt(
                "fake", "1", "", "cpu", 1, 2, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);
        return CompletableFuture.completedFuture(new Spans(spans, 1, receipt));
    }

    /** What one recognizer finds, as {@code text=value/subtype}. */
    static List<String> found(Recognizer recognizer, String languageTag, String text) {
        return new EntityRecognizer(new FakeModel(), List.of(), List.of(recognizer))
                        .recognize(text, Locale.forLanguageTag(languageTag), RecognitionOptions.ALL, Call.unbounded())
                        .join()
                        .entities()
                        .stream()
                        .map(FakeModel::line)
                        .toList();
    }

    /** What all recognizers and this model find. */
    List<Entity> entities(String languageTag, String text) {
        return new EntityRecognizer(this, List.of("PERSON", "ORGANIZATION", "LOCATION"), Recognizer.standard())
                .recognize(text, Locale.forLanguageTag(languageTag), RecognitionOptions.ALL, Call.unbounded())
                .join()
                .entities();
    }

    private static String line(Entity entity) {
        return entity.text()
                + (entity.value().isEmpty() ? "" : "=" + entity.value())
                + (entity.subtype().isEmpty() ? "" : "/" + entity.subtype());
    }
}
