/**
 * Training of classifiers of pictures: a folder per label, the features of a network that has seen many pictures, and new last
 * layers on them.
 */
@NullMarked
package dev.polymath.training.imageclassification;

import org.jspecify.annotations.NullMarked;
