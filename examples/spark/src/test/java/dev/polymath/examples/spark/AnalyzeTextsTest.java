package dev.polymath.examples.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorInfo;
import dev.polymath.textanalytics.v1.AnalysisResult;
import dev.polymath.textanalytics.v1.Feature;
import dev.polymath.textanalytics.v1.StreamAnalyzeTextRequest;
import dev.polymath.textanalytics.v1.StreamAnalyzeTextResponse;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc.TextAnalyticsServiceImplBase;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job in this process, with a service that breaks when it is told to. */
class AnalyzeTextsTest {
    private static final int FILES = 4;
    private static final int LINES = 25;

    private static SparkSession spark;

    @TempDir
    Path folder;

    private final Texts texts = new Texts();
    private Server server;
    private AnalyzeTexts.Service service;

    /** Answers each document with its id, an empty one with an error, and breaks a stream after some answers. */
    private static final class Texts extends TextAnalyticsServiceImplBase {
        final List<String> received = Collections.synchronizedList(new ArrayList<>());
        volatile int answersBeforeItBreaks = Integer.MAX_VALUE;
        volatile int breaks;
        volatile boolean staysBroken;
        private int answers;

        @Override
        public StreamObserver<StreamAnalyzeTextRequest> streamAnalyzeText(
                StreamObserver<StreamAnalyzeTextResponse> observer) {
            return new StreamObserver<>() {
                private boolean broken;

                @Override
                public void onNext(StreamAnalyzeTextRequest message) {
                    if (broken || message.hasOptions()) {
                        return;
                    }
                    if (breaksNow()) {
                        broken = true;
                        observer.onError(Status.UNAVAILABLE.asException());
                        return;
                    }
                    String id = message.getDocument().getId();
                    received.add(id);
                    AnalysisResult.Builder result = AnalysisResult.newBuilder().setId(id);
                    if (message.getDocument().getText().isEmpty()) {
                        result.setError(com.google.rpc.Status.newBuilder()
                                .setCode(Status.Code.INVALID_ARGUMENT.value())
                                .addDetails(Any.pack(
                                        ErrorInfo.newBuilder().setReason("INVALID_INPUT").build())));
                    }
                    observer.onNext(StreamAnalyzeTextResponse.newBuilder()
                            .setResult(result)
                            .build());
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onCompleted() {
                    if (!broken) {
                        observer.onCompleted();
                    }
                }
            };
        }

        private synchronized boolean breaksNow() {
            if (answers < answersBeforeItBreaks || breaks == 0) {
                answers++;
                return false;
            }
            if (!staysBroken) {
                breaks--;
                answers = 0;
            }
            return true;
        }
    }

    @BeforeAll
    static void startSpark() {
        spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", false)
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .getOrCreate();
    }

    @AfterAll
    static void stopSpark() {
        spark.stop();
    }

    @BeforeEach
    void startService() throws IOException {
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(texts)
                .build()
                .start();
        service = new AnalyzeTexts.Service(
                "127.0.0.1:" + server.getPort(), false, "", List.of(Feature.FEATURE_SENTIMENT), 8, Duration.ofMillis(1));
        Files.createDirectory(folder.resolve("in"));
        for (int file = 0; file < FILES; file++) {
            int first = file * LINES;
            Files.write(
                    folder.resolve("in/" + file + ".json"),
                    IntStream.range(first, first + LINES)
                            .mapToObj(id -> "{\"id\":\"" + id + "\",\"text\":\"A text.\"}")
                            .toList());
        }
    }

    @AfterEach
    void stopService() {
        server.shutdownNow();
    }

    private void run() throws Exception {
        AnalyzeTexts.run(spark, folder.resolve("in").toString(), folder.resolve("out").toString(), service, 1);
    }

    /** What a reader of the output sees: the files of finished batches. */
    private List<String> ids() {
        return spark.read().text(folder.resolve("out").toString()).collectAsList().stream()
                .map(row -> {
                    AnalysisResult.Builder result = AnalysisResult.newBuilder();
                    try {
                        JsonFormat.parser().usingTypeRegistry(AnalyzeTexts.DETAILS).merge(row.getString(0), result);
                    } catch (InvalidProtocolBufferException e) {
                        throw new AssertionError(row.getString(0), e);
                    }
                    return result.getId();
                })
                .toList();
    }

    private static List<String> all() {
        return IntStream.range(0, FILES * LINES).mapToObj(Integer::toString).toList();
    }

    @Test
    void everyDocumentIsAnalyzedOnceThoughStreamsBreak() throws Exception {
        texts.answersBeforeItBreaks = 10;
        texts.breaks = 6;

        run();

        assertThat(ids()).containsExactlyInAnyOrderElementsOf(all());
        assertThat(texts.breaks).isZero();
    }

    @Test
    void aJobThatFailedGoesOnWhereItStopped() throws Exception {
        texts.answersBeforeItBreaks = 2 * LINES + 5;
        texts.breaks = 1;
        texts.staysBroken = true;
        assertThatThrownBy(this::run).hasMessageContaining("UNAVAILABLE");
        List<String> before = ids();
        assertThat(before).hasSize(2 * LINES);

        texts.breaks = 0;
        texts.received.clear();
        run();

        assertThat(ids()).containsExactlyInAnyOrderElementsOf(all());
        assertThat(texts.received).doesNotContainAnyElementsOf(before).hasSize(2 * LINES);
    }

    @Test
    void aLineThatIsNoDocumentIsReported() throws Exception {
        Files.writeString(folder.resolve("in/broken.json"), "{\"id\":\"x\",\n");

        run();

        assertThat(ids()).contains("not a document: {\"id\":\"x\",").containsAll(all());
    }

    @Test
    void whatCameAfterARunIsAnalyzedByTheNext() throws Exception {
        run();
        texts.received.clear();
        Files.write(folder.resolve("in/later.json"), List.of("{\"id\":\"later\",\"text\":\"A text.\"}"));

        run();

        assertThat(texts.received).containsExactly("later");
        assertThat(ids().stream().collect(Collectors.toSet()))
                .containsAll(Stream.concat(all().stream(), Stream.of("later")).toList());
    }
}
