package dev.polymath.translation;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.translation.TranslationModel.Search;
import dev.polymath.translation.format.Marks.TooManyMarksException;
import dev.polymath.translation.format.TranslatableText;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Translates texts of any length: protects what is not language, divides the rest into sentences, gives all of them to the
 * models at once and puts everything together again. Thread-safe.
 */
public final class TextTranslator {
    private final Executor later;

    /**
     * A translator.
     *
     * @param later runs what follows on an answer of a model, and may wait for room in the queue of another; it must take
     *     every task
     */
    public TextTranslator(Executor later) {
        this.later = later;
    }

    /**
     * Makes a text ready to be translated; {@link RunningTranslation#submit} begins.
     *
     * @param patient whether the first sentence too waits for room in the queue of the model
     * @throws InferenceException INPUT_TOO_LONG if a paragraph has more marks than can be told apart
     */
    public RunningTranslation prepare(
            TranslatableText text, Route route, List<GlossaryTerm> terms, Search search, Call call, boolean patient) {
        try {
            return new RunningTranslation(text, route, new Protection(terms), search, call, patient, later);
        } catch (TooManyMarksException e) {
            throw new InferenceException(Kind.INPUT_TOO_LONG, String.valueOf(e.getMessage()));
        }
    }
}
