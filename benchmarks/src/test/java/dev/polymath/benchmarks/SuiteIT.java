package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.polymath.common.v1.Document;
import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.ModelServiceGrpc;
import dev.polymath.ner.v1.EntitiesResult;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesRequest;
import dev.polymath.ner.v1.StreamRecognizeEntitiesResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The gateway and the services as processes, with the embedded models. Run from the project's root, after the build. */
class SuiteIT {
    private static final Path STREET = Path.of("docs/street.jpg");
    private static final String MERKEL = "Angela Merkel visited Paris on 3 November 2025.";
    private static final List<ServiceProcess> PROCESSES = new ArrayList<>();

    private static ManagedChannel channel;
    private static String http;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        ServiceProcess ner = start("ner-service", Map.of());
        ServiceProcess text = start("text-analytics-service", Map.of());
        ServiceProcess translation = start("translation-service", Map.of());
        ServiceProcess vision = start("vision-service", Map.of());
        ServiceProcess gateway = start(
                "gateway",
                Map.of(
                        "polymath.gateway.services.ner.address",
                        ner.grpcAddress(),
                        "polymath.gateway.services.text-analytics.address",
                        text.grpcAddress(),
                        "polymath.gateway.services.translation.address",
                        translation.grpcAddress(),
                        "polymath.gateway.services.vision.address",
                        vision.grpcAddress()));
        http = "http://" + gateway.httpAddress();
        channel = Grpc.newChannelBuilder(gateway.grpcAddress(), InsecureChannelCredentials.create())
                .build();
    }

    private static ServiceProcess start(String folder, Map<String, String> properties)
            throws IOException, InterruptedException {
        ServiceProcess process = ServiceProcess.start(folder, properties);
        PROCESSES.add(process);
        return process;
    }

    @AfterAll
    static void stop() {
        if (channel != null) {
            channel.shutdownNow();
        }
        PROCESSES.forEach(ServiceProcess::close);
    }

    @Test
    void theModelsOfAllServicesAreListed() {
        assertThat(ModelServiceGrpc.newBlockingStub(channel)
                        .listModels(ListModelsRequest.getDefaultInstance())
                        .getModelsList())
                .extracting(model -> model.getService() + "/" + model.getName())
                .contains(
                        "ner-service/ner-en",
                        "text-analytics-service/embeddings-en",
                        "text-analytics-service/sentiment-en",
                        "text-analytics-service/qa-en",
                        "translation-service/translation-en-de-es-fr",
                        "vision-service/detector-coco",
                        "vision-service/tagger-imagenet",
                        "vision-service/captioner");
    }

    @Test
    void bothProtocolsGiveTheSameEntities() throws IOException, InterruptedException {
        EntitiesResult overGrpc = EntityRecognitionServiceGrpc.newBlockingStub(channel)
                .recognizeEntities(RecognizeEntitiesRequest.newBuilder()
                        .addDocuments(document(MERKEL))
                        .build())
                .getResults(0);

        HttpResponse<String> response =
                post("/v1/entities:recognize", "application/json", "{\"documents\":[{\"text\":\"" + MERKEL + "\"}]}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(json(response)
                        .getAsJsonArray("results")
                        .get(0)
                        .getAsJsonObject()
                        .getAsJsonArray("entities")
                        .asList()
                        .stream()
                        .map(entity -> entity.getAsJsonObject().get("text").getAsString()))
                .containsExactly("Angela Merkel", "Paris", "3 November 2025")
                .isEqualTo(overGrpc.getEntitiesList().stream()
                        .map(entity -> entity.getText())
                        .toList());
    }

    @Test
    void aStreamOfDocumentsIsAnsweredInItsOrder() {
        List<String> ids = IntStream.range(0, 200).mapToObj(Integer::toString).toList();
        List<String> answered = new ArrayList<>();
        CompletableFuture<List<String>> done = new CompletableFuture<>();
        StreamObserver<StreamRecognizeEntitiesRequest> requests = EntityRecognitionServiceGrpc.newStub(channel)
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .streamRecognizeEntities(new StreamObserver<>() {
                    @Override
                    public void onNext(StreamRecognizeEntitiesResponse response) {
                        answered.add(response.getResult().getId());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        done.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                        done.complete(answered);
                    }
                });
        ids.forEach(id -> requests.onNext(StreamRecognizeEntitiesRequest.newBuilder()
                .setDocument(document(MERKEL).toBuilder().setId(id))
                .build()));
        requests.onCompleted();

        assertThat(done.join()).isEqualTo(ids);
    }

    @Test
    void aCollectionIsUploadedAndItsBrokenLineNamed() throws IOException, InterruptedException {
        HttpResponse<String> response = post(
                "/v1/corpora:analyze?options.maxThemes=2",
                "application/x-ndjson",
                "{\"text\":\"The parcel came late.\"}\n{\"text\":\n{\"text\":\"My card was blocked.\"}\n");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("line 2").contains("\"documents\":\"2\"");
    }

    @Test
    void aFileIsTranslatedAndItsKeysAndPlaceholdersStay() throws IOException, InterruptedException {
        HttpResponse<String> response = post(
                "/v1/documents:translate?fileName=messages.properties&sourceLanguageCode=en&targetLanguageCode=de",
                "text/x-java-properties",
                "greeting = Good morning, {0}!\n");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(new String(
                        Base64.getDecoder().decode(json(response).get("content").getAsString()),
                        StandardCharsets.UTF_8))
                .startsWith("greeting = ")
                .contains("{0}")
                .doesNotContain("Good morning");
    }

    @Test
    void aPictureIsSentAsItIsAndItsObjectsAreFound() throws IOException, InterruptedException {
        HttpResponse<String> response =
                post("/v1/images:detectObjects?maxResults=1", "image/jpeg", BodyPublishers.ofFile(STREET));

        assertThat(response.statusCode()).isEqualTo(200);
        JsonObject result = json(response).getAsJsonArray("results").get(0).getAsJsonObject();
        assertThat(result.get("width").getAsInt()).isEqualTo(480);
        assertThat(result.getAsJsonArray("objects")
                        .get(0)
                        .getAsJsonObject()
                        .get("label")
                        .getAsString())
                .isEqualTo("stop sign");
    }

    @Test
    void aPictureWithBoxesComesBackAsAPicture() throws IOException, InterruptedException {
        HttpResponse<byte[]> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(http + "/v1/images:annotate"))
                                .header("content-type", "image/jpeg")
                                .header("accept", "image/png")
                                .POST(BodyPublishers.ofFile(STREET))
                                .build(),
                        BodyHandlers.ofByteArray());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("image/png");
        assertThat(ImageIO.read(new ByteArrayInputStream(response.body())).getWidth())
                .isEqualTo(480);
    }

    @Test
    void badPicturesOfAFormAndOfJsonHaveTheirOwnErrors() throws IOException, InterruptedException {
        byte[] street = Files.readAllBytes(STREET);
        String json = "{\"images\":[{\"id\":\"cut\",\"content\":\""
                + Base64.getEncoder().encodeToString(Arrays.copyOf(street, street.length / 2))
                + "\"},{\"id\":\"whole\",\"content\":\""
                + Base64.getEncoder().encodeToString(street) + "\"},{\"id\":\"large\",\"content\":\""
                + Base64.getEncoder().encodeToString(new byte[20_000_000]) + "\"}]}";
        JsonArray fromJson =
                json(post("/v1/images:detectObjects", "application/json", json)).getAsJsonArray("results");
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        for (byte[] file : List.of(street, "<svg/>".getBytes(StandardCharsets.UTF_8))) {
            form.write(
                    "--frontier\r\ncontent-disposition: form-data; name=\"images\"; filename=\"a\"\r\ncontent-type: image/jpeg\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            form.write(file);
            form.write("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        form.write("--frontier--\r\n".getBytes(StandardCharsets.UTF_8));
        JsonArray fromForm = json(post(
                        "/v1/images:detectObjects",
                        "multipart/form-data; boundary=frontier",
                        BodyPublishers.ofByteArray(form.toByteArray())))
                .getAsJsonArray("results");

        assertThat(fromJson.get(0).toString()).contains("UNDECODABLE_IMAGE", "images[0].content");
        assertThat(fromJson.get(1).toString()).contains("stop sign").doesNotContain("ErrorInfo");
        assertThat(fromJson.get(2).toString()).contains("INPUT_TOO_LONG", "20000000 bytes");
        assertThat(fromForm.get(0).toString()).contains("stop sign");
        assertThat(fromForm.get(1).toString()).contains("UNDECODABLE_IMAGE", "images[1].content");
    }

    @Test
    void whatIsWrongComesBackAsAProblem() throws IOException, InterruptedException {
        HttpResponse<String> response = post("/v1/entities:recognize", "application/json", "{\"documnets\":[]}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("application/problem+json");
        assertThat(json(response).get("reason").getAsString()).isEqualTo("INVALID_INPUT");
        assertThat(response.body()).contains("documnets");
    }

    private static Document document(String text) {
        return Document.newBuilder().setText(text).build();
    }

    private static JsonObject json(HttpResponse<String> response) {
        return JsonParser.parseString(response.body()).getAsJsonObject();
    }

    private static HttpResponse<String> post(String path, String contentType, String body)
            throws IOException, InterruptedException {
        return post(path, contentType, BodyPublishers.ofString(body));
    }

    private static HttpResponse<String> post(String path, String contentType, BodyPublisher body)
            throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(http + path))
                                .header("content-type", contentType)
                                .POST(body)
                                .build(),
                        BodyHandlers.ofString());
    }
}
