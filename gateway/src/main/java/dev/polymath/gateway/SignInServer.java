package dev.polymath.gateway;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
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
