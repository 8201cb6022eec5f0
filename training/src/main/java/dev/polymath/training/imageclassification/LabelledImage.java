package dev.polymath.training.imageclassification;

import java.nio.file.Path;

/** A picture and the label that it has. */
record LabelledImage(Path file, String label) {}
