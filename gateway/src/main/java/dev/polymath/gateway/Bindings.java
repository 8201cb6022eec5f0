package dev.polymath.gateway;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Map;

/** Keeps a gateway without sign-in from being reachable by mistake. */
final class Bindings {
    private static final String ENABLED = "polymath.gateway.auth.enabled";
    private static final String ALLOW = "polymath.gateway.auth.allow-anonymous-on-any-address";

    private Bindings() {}

    /**
     * Checks where the gateway is about to listen.
     *
     * @param hosts addresses by the key that has them
     * @throws IllegalStateException if others than this machine's users could call without sign-in, and no key allows it
     */
    static void check(GatewayConfig.Auth auth, Map<String, String> hosts) {
        if (auth.enabled() || auth.allowAnonymousOnAnyAddress()) {
            return;
        }
        hosts.forEach((key, host) -> {
            if (!isLoopback(host)) {
                throw new IllegalStateException(key + ": " + host
                        + " (expected: an address of loopback, as long as callers need no token; " + ENABLED
                        + "=true turns the sign-in on, " + ALLOW + "=true opens the gateway to whoever reaches it)");
            }
        });
    }

    static boolean isLoopback(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
