package dev.polymath.translation;

import java.util.List;

/**
 * How a language is translated into another: by one model, or through a third language.
 *
 * @param pair from the first language to the last
 * @param steps one, or two through the pivot
 */
public record Route(LanguagePair pair, List<Step> steps) {
    /** One model, in one of its directions. */
    public record Step(TranslationModel model, LanguagePair pair) {}

    public Route {
        steps = List.copyOf(steps);
    }

    /** The language in between; empty if a model translates directly. */
    public String pivot() {
        return steps.size() == 1 ? "" : steps.get(0).pair().target();
    }
}
