/**
 * The front door: passes gRPC calls through to the services of the configuration and speaks HTTP/JSON and gRPC-web for them from
 * their proto descriptors. It must not know a capability by name, decode a message of a gRPC call, or hold a model.
 */
@NullMarked
package dev.polymath.gateway;

import org.jspecify.annotations.NullMarked;
