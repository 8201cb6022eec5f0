package dev.polymath.inference;

/** A label and how probable it is, 0 to 1. */
public record LabelProbability(String label, double probability) {}
