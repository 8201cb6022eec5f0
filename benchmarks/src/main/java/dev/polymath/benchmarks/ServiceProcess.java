package dev.polymath.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A service of the suite in a process of its own, on free ports of the loopback interface. Stops when closed. */
final class ServiceProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final String folder;
    private final Process process;
    private final Path log;
    private final String httpAddress;
    private final String grpcAddress;

    private ServiceProcess(String folder, Process process, Path log, String httpAddress, String grpcAddress) {
        this.folder = folder;
        this.process = process;
        this.log = log;
        this.httpAddress = httpAddress;
        this.grpcAddress = grpcAddress;
    }

    /**
     * Starts a service and returns when it is ready.
     *
     * @param folder its module, which must be built
     * @param properties configuration, over that of the service; free ports of 127.0.0.1 where it has no others
     */
    static ServiceProcess start(String folder, Map<String, String> properties)
            throws IOException, InterruptedException {
        Path jar = Path.of(folder, "target/quarkus-app/quarkus-run.jar");
        if (!Files.isRegularFile(jar)) {
            throw new IOException(jar + ": missing (expected: a built service; ./mvnw package builds all)");
        }
        Map<String, String> all = new TreeMap<>(Map.of(
                "polymath.models.directory", Path.of("models").toAbsolutePath().toString(),
                "quarkus.http.host", "127.0.0.1",
                "quarkus.http.port", Integer.toString(freePort()),
                "quarkus.grpc.server.host", "127.0.0.1",
                "quarkus.grpc.server.port", Integer.toString(freePort())));
        all.putAll(properties);
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        all.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of("-jar", jar.toString()));
        String host = Objects.requireNonNull(all.get("quarkus.grpc.server.host"));
        Path log = Path.of("benchmarks/target", folder + (host.equals("127.0.0.1") ? "" : "-" + host) + ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        ServiceProcess service = new ServiceProcess(
                folder,
                process,
                log,
                all.get("quarkus.http.host") + ":" + all.get("quarkus.http.port"),
                host + ":" + all.get("quarkus.grpc.server.port"));
        try {
            service.awaitReady();
        } catch (IOException | InterruptedException | RuntimeException e) {
            service.close();
            throw e;
        }
        return service;
    }

    String grpcAddress() {
        return grpcAddress;
    }

    String httpAddress() {
        return httpAddress;
    }

    /** The most memory that the process has had resident so far, in bytes. Needs Linux. */
    long peakResidentBytes() throws IOException {
        return memory("VmHWM");
    }

    /** The memory that the process has resident now, in bytes. Needs Linux. */
    long residentBytes() throws IOException {
        return memory("VmRSS");
    }

    private long memory(String name) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith(name + ":")) {
                return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException(status + ": no line " + name + " (expected: resident memory, as Linux has it)");
    }

    private void awaitReady() throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + httpAddress() + "/q/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        long limit = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() - limit < 0) {
            if (!process.isAlive()) {
                throw new IOException(folder + " ended before it was ready; see " + log);
            }
            try {
                if (client.send(request, BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
            } catch (IOException e) {
                // not listening yet
            }
            Thread.sleep(200);
        }
        throw new IOException(folder + " is not ready after " + START_LIMIT.toSeconds() + " s; see " + log);
    }

    /** Ends it as a crash does: at once, with nothing said to anybody. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** A port of the loopback interface that nobody listens on. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (process.waitFor(20, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
