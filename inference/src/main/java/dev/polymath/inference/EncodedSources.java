package dev.polymath.inference;

import ai.djl.ndarray.NDArray;

/**
 * What an encoder says of a batch of sources, whatever they were: texts, images.
 *
 * @param states {@code [batch, length, width]}, native
 * @param lengths of each source how many of its states are its own; the others are padding
 */
record EncodedSources(NDArray states, int[] lengths) {}
