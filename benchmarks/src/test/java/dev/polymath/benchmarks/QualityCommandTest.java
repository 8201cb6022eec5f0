package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Status;
import dev.polymath.textanalytics.v1.ClassificationResult;
import dev.polymath.textanalytics.v1.ClassifyTextRequest;
import dev.polymath.textanalytics.v1.ClassifyTextResponse;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesRequest;
import dev.polymath.textanalytics.v1.ExtractKeyPhrasesResponse;
import dev.polymath.textanalytics.v1.KeyPhrase;
import dev.polymath.textanalytics.v1.KeyPhrasesResult;
import dev.polymath.textanalytics.v1.SummarizeTextRequest;
import dev.polymath.textanalytics.v1.SummarizeTextResponse;
import dev.polymath.textanalytics.v1.SummaryResult;
import dev.polymath.textanalytics.v1.SummarySentence;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc.TextAnalyticsServiceBlockingStub;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc.TextAnalyticsServiceImplBase;
import dev.polymath.textanalytics.v1.TextClass;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QualityCommandTest {
    @TempDir
    Path folder;

    private Server server;
    private ManagedChannel channel;
    private TextAnalyticsServiceBlockingStub service;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), InsecureServerCredentials.create())
                .addService(new FirstWord())
                .build()
                .start();
        channel = Grpc.newChannelBuilder("127.0.0.1:" + server.getPort(), InsecureChannelCredentials.create())
                .build();
        service = TextAnalyticsServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void keyPhrasesOfEverySecondDocumentAreCompared() throws IOException {
        Path zip = zip(Map.of(
                "set/docsutf8/1.txt", "tuned on this",
                "set/keys/1.key", "nothing",
                "set/docsutf8/2.txt", "Foxes hunt",
                "set/keys/2.key", "fox\nhunting season"));

        assertThat(QualityCommand.keyPhrases(service, zip))
                .contains("1 documents")
                .contains("| key phrases | 1.000 | 0.500 | 0.667 |");
    }

    @Test
    void documentWithAnErrorEndsTheMeasurement() throws IOException {
        Path zip = zip(Map.of("set/docsutf8/1.txt", "a", "set/docsutf8/2.txt", "bad"));

        assertThatThrownBy(() -> QualityCommand.keyPhrases(service, zip)).hasMessage("documents[0]: bad");
    }

    @Test
    void summariesAreComparedWithAllReferencesBesideTheirBounds() throws IOException {
        Path file = Files.writeString(folder.resolve("papers.jsonl"), """
                {"source": ["Not this."], "target": ["x"]}
                {"source": ["Dogs", "cats sleep a lot"], "target": ["dogs", "cats sleep a lot"]}
                """);

        assertThat(QualityCommand.summaries(service, file))
                .contains("1 abstracts")
                .contains("| summary | 100.0 | 0.0 | 100.0 |")
                .contains("| first sentence | 100.0 | 0.0 | 100.0 |")
                .contains("| best sentence there is | 100.0 | 100.0 | 100.0 |");
    }

    @Test
    void quotedTextsAreReadWithTheirCommasQuotesAndLineBreaks() throws IOException {
        Path file = Files.writeString(
                folder.resolve("texts.csv"),
                "text,category\n\"cat, \"\"the\"\"\ncat\",cat\n\"cat, \"\"the\"\"\ncat\",cat\n");

        assertThat(QualityCommand.classes(service, file))
                .contains("1 texts, 1 labels")
                .contains("| 1.000 | 1.000 | 0.250 |");
    }

    private Path zip(Map<String, String> entries) throws IOException {
        Path zip = folder.resolve("set.zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
            for (Map.Entry<String, String> entry : new TreeMap<>(entries).entrySet()) {
                out.putNextEntry(new ZipEntry(entry.getKey()));
                out.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return zip;
    }

    private static String firstWord(String text) {
        return text.split("\\W", 2)[0];
    }

    /** Takes the first word of a text for everything. */
    private static final class FirstWord extends TextAnalyticsServiceImplBase {
        @Override
        public void extractKeyPhrases(
                ExtractKeyPhrasesRequest request, StreamObserver<ExtractKeyPhrasesResponse> observer) {
            ExtractKeyPhrasesResponse.Builder response = ExtractKeyPhrasesResponse.newBuilder();
            request.getDocumentsList()
                    .forEach(document -> response.addResults(
                            document.getText().equals("bad")
                                    ? KeyPhrasesResult.newBuilder()
                                            .setError(Status.newBuilder().setMessage("documents[0]: bad"))
                                    : KeyPhrasesResult.newBuilder()
                                            .addKeyPhrases(
                                                    KeyPhrase.newBuilder().setText(firstWord(document.getText())))));
            observer.onNext(response.build());
            observer.onCompleted();
        }

        @Override
        public void summarizeText(SummarizeTextRequest request, StreamObserver<SummarizeTextResponse> observer) {
            SummarizeTextResponse.Builder response = SummarizeTextResponse.newBuilder();
            request.getDocumentsList()
                    .forEach(document -> response.addResults(SummaryResult.newBuilder()
                            .addSentences(SummarySentence.newBuilder().setText(firstWord(document.getText())))));
            observer.onNext(response.build());
            observer.onCompleted();
        }

        @Override
        public void classifyText(ClassifyTextRequest request, StreamObserver<ClassifyTextResponse> observer) {
            ClassifyTextResponse.Builder response = ClassifyTextResponse.newBuilder();
            request.getDocumentsList()
                    .forEach(document -> response.addResults(ClassificationResult.newBuilder()
                            .addClasses(TextClass.newBuilder()
                                    .setLabel(
                                            document.getText().equals("cat, \"the\"\ncat")
                                                    ? request.getLabels(0).getLabel()
                                                    : "misread")
                                    .setConfidence(0.75))));
            observer.onNext(response.build());
            observer.onCompleted();
        }
    }
}
