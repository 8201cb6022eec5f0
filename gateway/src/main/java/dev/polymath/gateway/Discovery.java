package dev.polymath.gateway;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.net.URI;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** What a sign-in server says of itself: OpenID Connect Discovery 1.0. */
final class Discovery {
    private Discovery() {}

    /**
     * One of its addresses.
     *
     * @param name member of the configuration, for example {@code jwks_uri}
     * @param fetch the body that a URL answers with, or a failure
     * @return fails if the configuration is not that of the issuer
     */
    static CompletionStage<URI> find(String issuer, String name, Function<URI, CompletionStage<String>> fetch) {
        String configuration = issuer.replaceAll("/+$", "") + "/.well-known/openid-configuration";
        return fetch.apply(URI.create(configuration)).thenApply(body -> {
            String named = member(body, "issuer");
            if (!named.equals(issuer)) {
                throw new IllegalArgumentException(configuration + " is of the issuer " + named + " (expected: "
                        + issuer + ", as polymath.gateway.auth.issuer says)");
            }
            return URI.create(member(body, name));
        });
    }

    private static String member(String json, String name) {
        try {
            JsonElement value = JsonParser.parseString(json).getAsJsonObject().get(name);
            if (value != null && value.isJsonPrimitive()) {
                return value.getAsString();
            }
        } catch (JsonParseException | IllegalStateException e) {
            // said below
        }
        throw new IllegalArgumentException("no " + name + " in the answer (expected: an OpenID configuration)");
    }
}
