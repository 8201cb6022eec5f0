package dev.polymath.translation;

/**
 * A term that is not left to the model.
 *
 * @param source as it stands in the text
 * @param target what stands in the translation; the source as it was found if the same
 * @param ignoreCase whether upper and lower case are the same
 * @param number of the glossary entry in the request; below 0 for a term that stays as it is
 */
public record GlossaryTerm(String source, String target, boolean ignoreCase, int number) {}
