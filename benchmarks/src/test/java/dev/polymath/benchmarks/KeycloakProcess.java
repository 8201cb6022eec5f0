package dev.polymath.benchmarks;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The real Keycloak in a process of its own, on a free port of the loopback interface, and {@code ./polymath-admin} for it. */
final class KeycloakProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(10);
    private static final String PASSWORD = "a password for tests";
    private static final Path LOG = Path.of("benchmarks/target/keycloak.log");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final int port;

    /** Begins to start; {@link #awaitReady} waits for the end of it. */
    KeycloakProcess() throws IOException, InterruptedException {
        run(List.of("admin/keycloak", "fetch"), Map.of());
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        ProcessBuilder builder = new ProcessBuilder("admin/keycloak", Integer.toString(port))
                .redirectErrorStream(true)
                .redirectOutput(LOG.toFile());
        builder.environment()
                .putAll(Map.of("KC_BOOTSTRAP_ADMIN_USERNAME", "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD));
        process = builder.start();
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    String issuer() {
        return url() + "/realms/polymath";
    }

    void awaitReady() throws IOException, InterruptedException {
        long limit = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() - limit < 0) {
            if (!process.isAlive()) {
                throw new IOException("Keycloak ended before it was ready; see " + LOG);
            }
            try {
                if (send(HttpRequest.newBuilder(URI.create(url() + "/realms/master")))
                                .statusCode()
                        == 200) {
                    return;
                }
            } catch (IOException notListeningYet) {
                // again
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        throw new IOException("Keycloak is not ready after " + START_LIMIT.toSeconds() + " s; see " + LOG);
    }

    /** What a command of {@code ./polymath-admin} prints to standard output. */
    String admin(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("./polymath-admin"));
        command.addAll(List.of(arguments));
        return run(command, Map.of("POLYMATH_KEYCLOAK_URL", url(), "POLYMATH_KEYCLOAK_PASSWORD", PASSWORD));
    }

    private static String run(List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path errors = Files.createTempFile("errors", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        Process running = builder.start();
        String output = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (running.waitFor() != 0) {
            throw new IOException(
                    command + " ends with status " + running.exitValue() + ": " + Files.readString(errors));
        }
        Files.delete(errors);
        return output;
    }

    /** The secret that a command has printed. */
    static String secret(String output) {
        return output.lines()
                .filter(line -> line.startsWith("secret="))
                .map(line -> line.substring("secret=".length()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no secret in: " + output));
    }

    /** Status and body of the answer to a request for a token. */
    HttpResponse<String> askForToken(String server, String realm, Map<String, String> form)
            throws IOException, InterruptedException {
        String body = form.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return send(HttpRequest.newBuilder(URI.create(server + "/realms/" + realm + "/protocol/openid-connect/token"))
                .header("content-type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body)));
    }

    HttpResponse<String> askForToken(String client, String secret) throws IOException, InterruptedException {
        return askForToken(
                url(),
                "polymath",
                Map.of("grant_type", "client_credentials", "client_id", client, "client_secret", secret));
    }

    String token(String client, String secret) throws IOException, InterruptedException {
        return token(askForToken(client, secret));
    }

    /** A token in the name under which the machine is known to itself, and so of another issuer; signed with the same key. */
    String tokenOfAnotherIssuer(String client, String secret) throws IOException, InterruptedException {
        return token(askForToken(
                "http://localhost:" + port,
                "polymath",
                Map.of("grant_type", "client_credentials", "client_id", client, "client_secret", secret)));
    }

    private static String token(HttpResponse<String> response) {
        if (response.statusCode() != 200) {
            throw new AssertionError("no token: " + response.body());
        }
        return JsonParser.parseString(response.body())
                .getAsJsonObject()
                .get("access_token")
                .getAsString();
    }

    /** The published key that signs tokens: its modulus and its exponent. */
    JsonObject signingKey() throws IOException, InterruptedException {
        JsonArray keys = JsonParser.parseString(
                        send(HttpRequest.newBuilder(URI.create(issuer() + "/protocol/openid-connect/certs")))
                                .body())
                .getAsJsonObject()
                .getAsJsonArray("keys");
        for (JsonElement key : keys) {
            if (key.getAsJsonObject().get("alg").getAsString().equals("RS256")) {
                return key.getAsJsonObject();
            }
        }
        throw new AssertionError("no RS256 key in " + keys);
    }

    /** Lets the tokens of a client live for some seconds only, which is no business of the suite's administration. */
    void shorten(String client, int seconds) throws IOException, InterruptedException {
        JsonObject found = find(client);
        found.getAsJsonObject("attributes").addProperty("access.token.lifespan", Integer.toString(seconds));
        put("/clients/" + found.get("id").getAsString(), found);
    }

    /** Takes a client's scopes, and with them the audience of its tokens. */
    void strip(String client, String scope) throws IOException, InterruptedException {
        JsonArray scopes = JsonParser.parseString(
                        manage("/client-scopes", "GET", "").body())
                .getAsJsonArray();
        for (JsonElement each : scopes) {
            if (each.getAsJsonObject().get("name").getAsString().equals(scope)) {
                manage(
                        "/clients/" + find(client).get("id").getAsString() + "/default-client-scopes/"
                                + each.getAsJsonObject().get("id").getAsString(),
                        "DELETE",
                        "");
            }
        }
    }

    private JsonObject find(String client) throws IOException, InterruptedException {
        return JsonParser.parseString(
                        manage("/clients?clientId=" + client, "GET", "").body())
                .getAsJsonArray()
                .get(0)
                .getAsJsonObject();
    }

    private void put(String path, JsonObject body) throws IOException, InterruptedException {
        manage(path, "PUT", body.toString());
    }

    private HttpResponse<String> manage(String path, String verb, String body)
            throws IOException, InterruptedException {
        String token = token(askForToken(
                url(),
                "master",
                Map.of("grant_type", "password", "client_id", "admin-cli", "username", "admin", "password", PASSWORD)));
        HttpResponse<String> response = send(HttpRequest.newBuilder(URI.create(url() + "/admin/realms/polymath" + path))
                .header("authorization", "Bearer " + token)
                .header("content-type", "application/json")
                .method(verb, BodyPublishers.ofString(body)));
        if (response.statusCode() >= 300) {
            throw new IOException(verb + " " + path + " is answered with status " + response.statusCode());
        }
        return response;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (process.waitFor(20, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
