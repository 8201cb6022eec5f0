package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.polymath.common.v1.Document;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service that can write nowhere. Run from the project's root, after the build. */
@Timeout(120)
class DiskIT {
    @Test
    void aServiceThatCanWriteNothingWhenItStartsEndsAndSaysWhere() throws Exception {
        Map<String, String> nowhere = Map.of("java.io.tmpdir", "/proc", "DJL_CACHE_DIR", "/proc/djl");

        Throwable failure = catchThrowable(
                () -> ServiceProcess.start("ner-service", nowhere).close());

        assertThat(failure).isInstanceOf(IOException.class).hasMessageContaining("ended before it was ready");
        assertThat(Files.readString(Path.of("benchmarks/target/ner-service.log")))
                .contains("Unable to create folder at path '/proc/");
    }

    @Test
    void aServiceThatIsReadyNeedsNoDiskAnyMore(@TempDir Path folder) throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Map<String, String> properties = Map.of(
                "java.io.tmpdir",
                temporary.toString(),
                "DJL_CACHE_DIR",
                temporary.resolve("djl").toString());
        try (ServiceProcess service = ServiceProcess.start("ner-service", properties)) {
            List<Path> written;
            try (Stream<Path> files = Files.walk(temporary)) {
                written = files.sorted(Comparator.reverseOrder()).toList();
            }
            assertThat(written).as("what it unpacks").hasSizeGreaterThan(3);
            for (Path file : written) {
                Files.delete(file);
            }
            Files.createFile(temporary); // in place of the folder, so that nothing can be written there

            ManagedChannel channel = Grpc.newChannelBuilder(service.grpcAddress(), InsecureChannelCredentials.create())
                    .build();
            try {
                var stub = EntityRecognitionServiceGrpc.newBlockingStub(channel);
                for (int i = 0; i < 100; i++) {
                    assertThat(stub.withDeadlineAfter(20, TimeUnit.SECONDS)
                                    .recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                                            .addDocuments(Document.newBuilder()
                                                    .setText("Angela Merkel visited Paris ".repeat(1 + i)))
                                            .build())
                                    .getResults(0)
                                    .getEntitiesCount())
                            .isPositive();
                }
            } finally {
                channel.shutdownNow();
            }
            assertThat(HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(
                                                    URI.create("http://" + service.httpAddress() + "/q/health/ready"))
                                            .build(),
                                    BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(200);
        }
    }
}
