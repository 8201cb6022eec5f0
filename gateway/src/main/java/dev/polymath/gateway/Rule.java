package dev.polymath.gateway;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who may do something, when the gateway has a sign-in.
 *
 * @param anyOf scopes of which one is enough, in alphabetical order
 * @param signedIn whether any valid token is enough, whatever its scopes
 */
record Rule(Set<String> anyOf, boolean signedIn) {
    /** For what tells nothing: that a path does not exist. */
    static final Rule SIGNED_IN = new Rule(Set.of(), true);

    /** For what no rule of the configuration speaks of. */
    static final Rule NOBODY = new Rule(Set.of(), false);

    static Rule anyOf(Collection<String> scopes) {
        return new Rule(new TreeSet<>(scopes), false);
    }

    boolean allows(Caller caller) {
        return signedIn || anyOf.stream().anyMatch(caller.scopes()::contains);
    }
}
