/**
 * What plain text tells without a model of this suite: its sentences, its language, its script. It must not know engines,
 * models, gRPC, HTTP or any capability's wire types.
 */
@NullMarked
package dev.polymath.text;

import org.jspecify.annotations.NullMarked;
