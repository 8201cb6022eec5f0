package dev.polymath.ner;

import dev.polymath.inference.Call;
import dev.polymath.inference.EntitySpan;
import dev.polymath.inference.InferenceException;
import dev.polymath.ner.OverlapResolver.Candidate;
import dev.polymath.ner.OverlapResolver.Evidence;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Finds the entities of a text: asks the model and the recognizers, and decides with {@link OverlapResolver} where they
 * overlap. Types and least confidence are filtered after that, so that they only ever take entities away. Immutable,
 * thread-safe.
 */
public final class EntityRecognizer {
    private static final Map<String, EntityType> MODEL_TYPES = new LinkedHashMap<>();

    static {
        modelType("PERSON", "A person, by name.", "Angela Merkel visited Paris.");
        modelType("ORGANIZATION", "A company, authority, team or other group with a name.", "She works for Siemens.");
        modelType(
                "LOCATION", "A place: a country, town, river, street or building with a name.", "They met in Lisbon.");
    }

    private static void modelType(String type, String description, String example) {
        MODEL_TYPES.put(type, new EntityType(type, Entity.MODEL, description, example, 0));
    }

    private final SpanModel model;
    private final List<Recognizer> recognizers;
    private final List<EntityType> entityTypes;

    /**
     * @param model finds spans
     * @param modelTypes the types that it has
     * @param recognizers {@link Recognizer#standard()}, and more from configuration
     */
    public EntityRecognizer(SpanModel model, Collection<String> modelTypes, List<? extends Recognizer> recognizers) {
        this.model = model;
        this.recognizers = List.copyOf(recognizers);
        entityTypes = Stream.concat(
                        modelTypes.stream()
                                .map(type -> MODEL_TYPES.getOrDefault(
                                        type,
                                        new EntityType(type, Entity.MODEL, "As in the data of the model.", "", 0))),
                        this.recognizers.stream()
                                .map(recognizer -> new EntityType(
                                        recognizer.type(),
                                        recognizer.name(),
                                        recognizer.description(),
                                        recognizer.example(),
                                        recognizer.confidence())))
                .toList();
    }

    /** What is found without patterns of the caller: the model's types first. */
    public List<EntityType> entityTypes() {
        return entityTypes;
    }

    /**
     * Starts to find the entities of a text. The recognizers run in the calling thread while the model's work waits for
     * the engine.
     *
     * @param text of any length
     * @param locale the text's language and the region of national formats
     * @return fails with an {@link InferenceException}
     */
    public CompletableFuture<Recognition> recognize(String text, Locale locale, RecognitionOptions options, Call call) {
        CompletableFuture<SpanModel.Spans> answer = model.find(text, call);
        List<Candidate> candidates = new ArrayList<>();
        try {
            if (!answer.isCompletedExceptionally()) { // refused: nothing more is done for it
                recognize(text, locale, options, call, candidates);
            }
        } catch (RuntimeException e) {
            answer.cancel(false);
            return CompletableFuture.failedFuture(e);
        }
        return answer.thenApply(spans -> {
            spans.spans().forEach(span -> candidates.add(new Candidate(entity(text, span), Evidence.MODEL)));
            List<Entity> entities = OverlapResolver.resolve(candidates).stream()
                    .filter(options::wants)
                    .toList();
            return new Recognition(entities, spans.windows(), spans.receipt());
        });
    }

    private void recognize(
            String text, Locale locale, RecognitionOptions options, Call call, List<Candidate> candidates) {
        for (Recognizer recognizer : recognizers) {
            add(candidates, recognizer, text, recognizer.find(text, locale));
        }
        for (int i = 0; i < options.patterns().size(); i++) {
            PatternRecognizer recognizer =
                    new PatternRecognizer(options.patterns().get(i));
            add(candidates, recognizer, text, recognizer.find(text, call, "patterns[" + i + "].regex"));
        }
    }

    /**
     * The normal form of a text that is, as a whole, an entity of the type; empty if it is none or the type has no normal
     * forms.
     */
    public Optional<String> normalize(String type, String text, Locale locale) {
        return recognizers.stream()
                .filter(recognizer -> recognizer.type().equals(type))
                .flatMap(recognizer -> recognizer.normalize(text, locale).stream())
                .findFirst();
    }

    private static void add(List<Candidate> candidates, Recognizer recognizer, String text, List<Match> matches) {
        for (Match match : matches) {
            Entity entity = new Entity(
                    text.substring(match.begin(), match.end()),
                    recognizer.type(),
                    match.subtype(),
                    match.begin(),
                    match.end(),
                    recognizer.confidence(),
                    recognizer.name(),
                    match.value());
            candidates.add(new Candidate(entity, match.validated() ? Evidence.VALIDATED : Evidence.UNVALIDATED));
        }
    }

    private static Entity entity(String text, EntitySpan span) {
        return new Entity(
                text.substring(span.begin(), span.end()),
                span.label(),
                "",
                span.begin(),
                span.end(),
                span.confidence(),
                Entity.MODEL,
                "");
    }
}
