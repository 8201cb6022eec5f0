package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.common.v1.Document;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.translation.v1.TranslateTextRequest;
import dev.polymath.translation.v1.TranslationServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What callers notice when services die and are replaced under load. Run from the project's root, after the build. */
@Timeout(300)
class RestartIT {
    private static final RecognizeEntitiesRequest MERKEL = RecognizeEntitiesRequest.newBuilder()
            .addDocuments(Document.newBuilder().setText("Angela Merkel visited Paris on 3 November 2025."))
            .build();
    private static final TranslateTextRequest MORNING = TranslateTextRequest.newBuilder()
            .addDocuments(Document.newBuilder().setText("Good morning.").setLanguageCode("en"))
            .addTargetLanguageCodes("de")
            .build();

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void stop() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private ServiceProcess start(String folder, Map<String, String> properties)
            throws IOException, InterruptedException {
        ServiceProcess process = ServiceProcess.start(folder, properties);
        open.push(process);
        return process;
    }

    private ManagedChannel channel(ServiceProcess gateway) {
        ManagedChannel channel = Grpc.newChannelBuilder(gateway.grpcAddress(), InsecureChannelCredentials.create())
                .build();
        open.push(channel::shutdownNow);
        return channel;
    }

    /** A call of the load: when it began and how long it took, in nanoseconds, and how it ended. */
    private record Outcome(long begin, long elapsed, Status.Code code) {
        long elapsedSince(long time) {
            return elapsed - Math.max(0, time - begin);
        }
    }

    /** Callers that call again and again until they are told to stop. */
    private static final class Load implements AutoCloseable {
        final ConcurrentLinkedQueue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
        private final List<Thread> callers = new ArrayList<>();
        private volatile boolean over;

        Load(int count, Runnable call) {
            for (int i = 0; i < count; i++) {
                Thread caller = new Thread(() -> {
                    while (!over) {
                        long begin = System.nanoTime();
                        Status.Code code = Status.Code.OK;
                        try {
                            call.run();
                        } catch (StatusRuntimeException e) {
                            code = e.getStatus().getCode();
                        }
                        outcomes.add(new Outcome(begin, System.nanoTime() - begin, code));
                    }
                });
                callers.add(caller);
                caller.start();
            }
        }

        long answered() {
            return outcomes.stream()
                    .filter(outcome -> outcome.code() == Status.Code.OK)
                    .count();
        }

        List<Outcome> failed() {
            return outcomes.stream()
                    .filter(outcome -> outcome.code() != Status.Code.OK)
                    .toList();
        }

        void awaitAnswers(long more) throws InterruptedException {
            long goal = answered() + more;
            while (answered() < goal) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }

        @Override
        public void close() throws InterruptedException {
            over = true;
            for (Thread caller : callers) {
                caller.join();
            }
        }
    }

    private static Runnable entities(ManagedChannel channel) {
        var stub = EntityRecognitionServiceGrpc.newBlockingStub(channel);
        return () -> stub.withDeadlineAfter(30, TimeUnit.SECONDS).recognizeEntities(MERKEL);
    }

    @Test
    void aServiceThatDiesIsAnsweredForAtOnceAndTakesNobodyElseWithIt() throws Exception {
        Map<String, String> place = Map.of("quarkus.grpc.server.port", Integer.toString(ServiceProcess.freePort()));
        ServiceProcess ner = start("ner-service", place);
        ServiceProcess translation = start("translation-service", Map.of());
        ServiceProcess gateway = start(
                "gateway",
                Map.of(
                        "polymath.gateway.services.ner.address", ner.grpcAddress(),
                        "polymath.gateway.services.translation.address", translation.grpcAddress()));
        ManagedChannel channel = channel(gateway);
        var translate = TranslationServiceGrpc.newBlockingStub(channel);

        try (Load entities = new Load(4, entities(channel));
                Load translations = new Load(
                        2,
                        () -> translate.withDeadlineAfter(30, TimeUnit.SECONDS).translateText(MORNING))) {
            entities.awaitAnswers(50);
            translations.awaitAnswers(10);
            ner.kill();
            long dead = System.nanoTime();
            translations.awaitAnswers(50);
            assertThat(entities.failed()).isNotEmpty().allSatisfy(outcome -> {
                assertThat(outcome.code()).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(Duration.ofNanos(outcome.elapsedSince(dead))).isLessThan(Duration.ofSeconds(1));
            });

            start("ner-service", place);
            long back = System.nanoTime();
            entities.awaitAnswers(1);
            assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(Duration.ofSeconds(3));
            long healed = System.nanoTime();
            entities.awaitAnswers(200);
            assertThat(entities.failed()).noneMatch(outcome -> outcome.begin() - healed > 0);
            assertThat(translations.failed()).isEmpty();
        }
    }

    @Test
    void noCallIsLostWhileReplicasAreReplacedOneAfterTheOther(@TempDir Path folder) throws Exception {
        Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.2 ner.test\n127.0.0.3 ner.test\n");
        String port = Integer.toString(ServiceProcess.freePort());
        Map<String, ServiceProcess> replicas = new TreeMap<>();
        for (String host : List.of("127.0.0.2", "127.0.0.3")) {
            replicas.put(host, replica(host, port));
        }
        ServiceProcess gateway = start(
                "gateway",
                Map.of(
                        "polymath.gateway.services.ner.address",
                        "ner.test:" + port,
                        "jdk.net.hosts.file",
                        hosts.toString()));
        ManagedChannel channel = channel(gateway);

        try (Load load = new Load(16, entities(channel))) {
            load.awaitAnswers(200);
            for (Map.Entry<String, ServiceProcess> replica : replicas.entrySet()) {
                replica.getValue().close();
                load.awaitAnswers(100);
                replica.setValue(replica(replica.getKey(), port));
                // what the gateway takes at most to try again and find it ready, at each of which there are answers
                long ready = System.nanoTime();
                while (System.nanoTime() - ready < TimeUnit.SECONDS.toNanos(2)) {
                    load.awaitAnswers(10);
                }
            }
            // a crash costs nothing either while another replica is there
            Objects.requireNonNull(replicas.get("127.0.0.2")).kill();
            load.awaitAnswers(200);

            assertThat(load.failed()).isEmpty();
        }
    }

    private ServiceProcess replica(String host, String port) throws IOException, InterruptedException {
        return start("ner-service", Map.of("quarkus.grpc.server.host", host, "quarkus.grpc.server.port", port));
    }
}
