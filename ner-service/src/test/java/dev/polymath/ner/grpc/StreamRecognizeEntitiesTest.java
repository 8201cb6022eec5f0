package dev.polymath.ner.grpc;

import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static dev.polymath.service.testing.GrpcTestClient.violatedFields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.OffsetUnit;
import dev.polymath.ner.v1.Entity;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesResponse;
import dev.polymath.service.testing.GrpcTestClient;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class StreamRecognizeEntitiesTest {
    private static final String MERKEL = "Angela Merkel visited Paris.";

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;

    @BeforeEach
    void connect() {
        channel = GrpcTestClient.channel(port);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void resultsComeInTheOrderOfTheDocumentsAndABadOneDoesNotEndTheStream() {
        List<StreamRecognizeEntitiesResponse> responses =
                send(document("a", MERKEL), document("b", ""), document("a", MERKEL));

        assertThat(responses)
                .extracting(response -> response.getResult().getId())
                .containsExactly("a", "b", "a");
        assertThat(responses.get(0).getResult().getEntitiesList())
                .extracting(Entity::getText)
                .containsExactly("Angela Merkel", "Paris");
        assertThat(responses.get(0).getReceipt().getModel()).isEqualTo("ner-en");
        assertThat(responses.get(0).getOffsetUnit()).isEqualTo(OffsetUnit.OFFSET_UNIT_UTF16);
        assertThat(violatedFields(responses.get(1).getResult().getError())).containsExactly("document.text");
        assertThat(responses.get(2).getResult().getEntitiesList()).hasSize(2);
    }

    @Test
    void optionsApplyToTheWholeStream() {
        List<StreamRecognizeEntitiesResponse> responses = send(
                options(RecognizeEntitiesRequest.newBuilder()
                        .addTypes("LOCATION")
                        .setOffsetUnit(OffsetUnit.OFFSET_UNIT_CODE_POINT)),
                document("a", "😀 " + MERKEL),
                document("b", "😀 " + MERKEL));

        assertThat(responses).hasSize(2).allSatisfy(response -> {
            assertThat(response.getResult().getEntitiesList())
                    .singleElement()
                    .satisfies(entity -> assertThat(entity.getBegin()).isEqualTo(24));
            assertThat(response.getOffsetUnit()).isEqualTo(OffsetUnit.OFFSET_UNIT_CODE_POINT);
        });
    }

    @Test
    void optionsAfterADocumentEndTheStream() {
        Status status = failure(document("a", MERKEL), options(RecognizeEntitiesRequest.newBuilder()));

        assertThat(violatedFields(status)).containsExactly("options");
    }

    @Test
    void badOptionsEndTheStreamWithAllViolations() {
        Status status = failure(
                options(RecognizeEntitiesRequest.newBuilder().addTypes("PERSN").setMinConfidence(-1)));

        assertThat(reason(status)).isEqualTo("INVALID_INPUT");
        assertThat(violatedFields(status)).containsExactly("types[0]", "min_confidence");
    }

    @Test
    void optionsWithDocumentsEndTheStream() {
        Status status = failure(options(RecognizeEntitiesRequest.newBuilder()
                .addDocuments(Document.newBuilder().setText(MERKEL))));

        assertThat(violatedFields(status)).containsExactly("options.documents");
    }

    @Test
    void aMessageWithNothingInItEndsTheStream() {
        Status status = failure(StreamRecognizeEntitiesRequest.getDefaultInstance());

        assertThat(violatedFields(status)).containsExactly("item");
    }

    @Test
    void anEmptyStreamIsAnsweredWithNothing() {
        assertThat(send()).isEmpty();
    }

    @Test
    void tenThousandDocumentsGoThroughAndASlowReaderSlowsTheWriter() {
        String padding = "-".repeat(2000);
        Client client = new Client(10_000, i -> document(i + padding, MERKEL));

        client.start(channel);

        List<StreamRecognizeEntitiesResponse> responses = client.await();
        assertThat(responses)
                .extracting(response -> response.getResult().getId())
                .containsExactlyElementsOf(
                        IntStream.range(0, 10_000).mapToObj(i -> i + padding).toList());
        assertThat(responses)
                .allSatisfy(response ->
                        assertThat(response.getResult().getEntitiesCount()).isEqualTo(2));
        // 32 documents on the server, and what HTTP/2's flow control lets lie in both directions: a mebibyte each
        assertThat(client.mostUnanswered).isLessThan(1_500);
    }

    private List<StreamRecognizeEntitiesResponse> send(StreamRecognizeEntitiesRequest... requests) {
        Client client = new Client(requests.length, i -> requests[i]);
        client.start(channel);
        return client.await();
    }

    private Status failure(StreamRecognizeEntitiesRequest... requests) {
        return status(
                Objects.requireNonNull(catchThrowable(() -> send(requests)).getCause()));
    }

    private static StreamRecognizeEntitiesRequest document(String id, String text) {
        return StreamRecognizeEntitiesRequest.newBuilder()
                .setDocument(Document.newBuilder().setId(id).setText(text))
                .build();
    }

    private static StreamRecognizeEntitiesRequest options(RecognizeEntitiesRequest.Builder options) {
        return StreamRecognizeEntitiesRequest.newBuilder().setOptions(options).build();
    }

    /** Writes as fast as the transport takes it, reads one answer at a time. All on the thread of the call. */
    private static final class Client
            implements ClientResponseObserver<StreamRecognizeEntitiesRequest, StreamRecognizeEntitiesResponse> {
        private final int total;
        private final IntFunction<StreamRecognizeEntitiesRequest> requests;
        private final List<StreamRecognizeEntitiesResponse> responses = new ArrayList<>();
        private final CompletableFuture<List<StreamRecognizeEntitiesResponse>> done = new CompletableFuture<>();
        private @Nullable ClientCallStreamObserver<StreamRecognizeEntitiesRequest> call;
        private int sent;
        private int mostUnanswered;

        Client(int total, IntFunction<StreamRecognizeEntitiesRequest> requests) {
            this.total = total;
            this.requests = requests;
        }

        void start(ManagedChannel channel) {
            EntityRecognitionServiceGrpc.newStub(channel)
                    .withDeadlineAfter(120, TimeUnit.SECONDS)
                    .streamRecognizeEntities(this);
        }

        List<StreamRecognizeEntitiesResponse> await() {
            return done.join();
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<StreamRecognizeEntitiesRequest> stream) {
            call = stream;
            stream.disableAutoRequestWithInitial(1);
            stream.setOnReadyHandler(() -> write(stream));
        }

        private void write(ClientCallStreamObserver<StreamRecognizeEntitiesRequest> stream) {
            while (stream.isReady() && sent < total) {
                stream.onNext(requests.apply(sent++));
                mostUnanswered = Math.max(mostUnanswered, sent - responses.size());
                if (sent == total) {
                    stream.onCompleted();
                }
            }
            if (total == 0 && sent == 0) {
                sent = 1;
                stream.onCompleted();
            }
        }

        @Override
        public void onNext(StreamRecognizeEntitiesResponse response) {
            responses.add(response);
            Objects.requireNonNull(call).request(1);
        }

        @Override
        public void onError(Throwable failure) {
            done.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            done.complete(responses);
        }
    }
}
