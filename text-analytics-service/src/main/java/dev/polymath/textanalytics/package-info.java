/**
 * What text analytics is: sentiment, classes, key phrases, summaries, answers, and the themes of a collection. Positions
 * are UTF-16 indices. Knows neither Quarkus nor gRPC nor the wire types.
 */
@NullMarked
package dev.polymath.textanalytics;

import org.jspecify.annotations.NullMarked;
