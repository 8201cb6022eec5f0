/**
 * Load against the running services, beside the floor that the engine sets and beside a peer. Talks to services over the
 * wire only and starts them as processes; it must not reach into a service's classes.
 */
@NullMarked
package dev.polymath.benchmarks;

import org.jspecify.annotations.NullMarked;
