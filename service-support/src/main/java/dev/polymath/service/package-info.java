/**
 * The Quarkus glue that capability services share: errors, calls, streams, metrics, health, model slots and the services
 * that every one of them serves. It must not know any capability.
 */
@NullMarked
package dev.polymath.service;

import org.jspecify.annotations.NullMarked;
