package dev.polymath.benchmarks;

import com.google.gson.Gson;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** JSON over HTTP/1.1, with kept-alive connections. */
final class HttpTarget extends Target {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI uri;

    HttpTarget(String address) {
        uri = URI.create("http://" + address + "/v1/entities:recognize");
    }

    @Override
    Supplier<CompletableFuture<?>> encode(List<String> texts) {
        String body = new Gson()
                .toJson(Map.of(
                        "documents",
                        texts.stream().map(text -> Map.of("text", text)).toList()));
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(TIMEOUT_SECONDS))
                .POST(BodyPublishers.ofString(body))
                .build();
        return () -> client.sendAsync(request, BodyHandlers.ofString()).thenApply(HttpTarget::check);
    }

    private static String check(HttpResponse<String> response) {
        if (response.statusCode() != 200) {
            throw new IllegalStateException("HTTP " + response.statusCode());
        }
        if (response.body().contains("\"error\"")) {
            throw new IllegalStateException("a document has an error");
        }
        return response.body();
    }

    @Override
    public void close() {
        // The client has no close before Java 21; its threads are daemons.
    }
}
