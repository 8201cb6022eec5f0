/**
 * Sets a realm of Keycloak up for the suite, and manages the clients in it. Must not know the gateway: what both speak of is the names of
 * scopes, the audience and the claim of quotas.
 */
@NullMarked
package dev.polymath.admin;

import org.jspecify.annotations.NullMarked;
