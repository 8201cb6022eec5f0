package dev.polymath.gateway;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Asks the sign-in server. Thread-safe; nothing blocks. */
final class SignInServer {
    private final HttpClient client;
    private final Duration timeout;

    /** @param trust what its certificate is checked with, null for what the JVM trusts */
    SignInServer(Duration timeout, @Nullable SSLContext trust) {
        this.timeout = timeout;
        HttpClient.Builder builder =
                HttpClient.newBuilder().connectTimeout(timeout).followRedirects(Redirect.NEVER);
        if (trust != null) {
            builder.sslContext(trust);
        }
        client = builder.build();
    }

    /** The body of a successful answer. */
    CompletionStage<String> get(URI url) {
        return send(HttpRequest.newBuilder(url).GET());
    }

    /** The body of a successful answer to a form, which a client of the server sends. */
    CompletionStage<String> post(URI url, Map<String, String> form, String client, String secret) {
        String body = form.entrySet().stream()
                .map(entry -> encoded(entry.getKey()) + "=" + encoded(entry.getValue()))
                .collect(Collectors.joining("&"));
        byte[] credentials = (encoded(client) + ":" + encoded(secret)).getBytes(StandardCharsets.UTF_8);
        return send(HttpRequest.newBuilder(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("authorization", "Basic " + Base64.getEncoder().encodeToString(credentials))
                .POST(BodyPublishers.ofString(body)));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private CompletionStage<String> send(HttpRequest.Builder builder) {
        HttpRequest request = builder.timeout(timeout).build();
        CompletableFuture<HttpResponse<String>> response = client.sendAsync(request, BodyHandlers.ofString());
        return response.thenApply(answer -> {
            if (answer.statusCode() != 200) {
                throw new CompletionException(new IOException(
                        request.uri() + " answers with status " + answer.statusCode() + " (expected: 200)"));
            }
            return answer.body();
        });
    }
}
