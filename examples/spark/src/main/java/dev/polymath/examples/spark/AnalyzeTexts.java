package dev.polymath.examples.spark;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorDetailsProto;
import dev.polymath.common.v1.Document;
import dev.polymath.textanalytics.v1.AnalysisResult;
import dev.polymath.textanalytics.v1.AnalyzeTextRequest;
import dev.polymath.textanalytics.v1.Feature;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc.TextAnalyticsServiceBlockingV2Stub;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Analyzes JSON lines {@code {"id": ..., "text": ..., "languageCode": ...}} of a folder, of any number and size, into JSON lines of
 * another. Spark's checkpoint holds which files are done: a job that was stopped, or failed, goes on with the first one that is not,
 * and each result is in the output once.
 */
public final class AnalyzeTexts {
    private static final String SCHEMA = "id STRING, text STRING, languageCode STRING, broken STRING";

    /** What the details of errors may be. */
    static final TypeRegistry DETAILS = TypeRegistry.newBuilder()
            .add(ErrorDetailsProto.getDescriptor().getMessageTypes())
            .build();

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    /** One connection per service and executor; its streams share it. */
    private static final Map<Service, ManagedChannel> CHANNELS = new ConcurrentHashMap<>();

    private AnalyzeTexts() {}

    /**
     * Where the service is and how to call it.
     *
     * @param target a gRPC target: {@code gateway:9090}, or {@code dns:///text-analytics-service:9103} for all replicas in turn
     * @param tls whether to use TLS, with the authorities that the JVM trusts
     * @param tokenFile a file with an access token, read whenever a stream is opened; empty for none
     * @param features of each document
     * @param window documents of a partition that are under way
     * @param firstWait before a broken stream is opened again
     */
    record Service(
            String target, boolean tls, String tokenFile, List<Feature> features, int window, Duration firstWait)
            implements Serializable {

        TextAnalyticsServiceBlockingV2Stub stub() {
            ManagedChannel channel = CHANNELS.computeIfAbsent(this, Service::connect);
            TextAnalyticsServiceBlockingV2Stub stub = TextAnalyticsServiceGrpc.newBlockingV2Stub(channel);
            if (tokenFile.isEmpty()) {
                return stub;
            }
            Metadata headers = new Metadata();
            try {
                headers.put(
                        AUTHORIZATION,
                        "Bearer " + Files.readString(Path.of(tokenFile)).strip());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
        }

        private ManagedChannel connect() {
            ChannelCredentials credentials =
                    tls ? TlsChannelCredentials.create() : InsecureChannelCredentials.create();
            return Grpc.newChannelBuilder(target, credentials)
                    .defaultLoadBalancingPolicy("round_robin")
                    .build();
        }

        Iterator<AnalysisResult> analyze(Iterator<Document> documents) {
            AnalyzeTextRequest options =
                    AnalyzeTextRequest.newBuilder().addAllFeatures(features).build();
            return new AnalyzedTexts(this::stub, options, documents, window, firstWait);
        }
    }

    /** {@code AnalyzeTexts INPUT OUTPUT TARGET [tls] [TOKEN_FILE]}, folders as Spark names them. */
    public static void main(String[] arguments) throws StreamingQueryException, TimeoutException {
        if (arguments.length < 3) {
            System.err.println("Usage: AnalyzeTexts INPUT OUTPUT TARGET [tls] [TOKEN_FILE]");
            System.exit(2);
        }
        boolean tls = arguments.length > 3 && arguments[3].equals("tls");
        int token = tls ? 4 : 3;
        Service service = new Service(
                arguments[2],
                tls,
                arguments.length > token ? arguments[token] : "",
                List.of(Feature.FEATURE_SENTIMENT, Feature.FEATURE_KEY_PHRASES),
                32,
                Duration.ofSeconds(1));
        run(SparkSession.builder().appName("analyze-texts").getOrCreate(), arguments[0], arguments[1], service, 16);
    }

    /**
     * Analyzes what is in the input and not in the output yet.
     *
     * @param filesAtOnce files between two checkpoints
     */
    static void run(SparkSession spark, String input, String output, Service service, int filesAtOnce)
            throws StreamingQueryException, TimeoutException {
        spark.readStream()
                .schema(SCHEMA)
                .option("columnNameOfCorruptRecord", "broken")
                .option("maxFilesPerTrigger", filesAtOnce)
                .json(input)
                .mapPartitions(
                        (MapPartitionsFunction<Row, String>) rows -> analyze(rows, service), Encoders.STRING())
                .writeStream()
                .format("text")
                .option("path", output)
                .option("checkpointLocation", output + ".checkpoint")
                .trigger(Trigger.AvailableNow())
                .start()
                .awaitTermination();
    }

    private static Iterator<String> analyze(Iterator<Row> rows, Service service) {
        Iterator<AnalysisResult> results = service.analyze(map(rows, AnalyzeTexts::document));
        return map(results, result -> {
            try {
                return JsonFormat.printer()
                        .usingTypeRegistry(DETAILS)
                        .omittingInsignificantWhitespace()
                        .print(result);
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** A line that is no document becomes an empty one, whose result is the error that says so, with the line as its id. */
    private static Document document(Row row) {
        String id = row.getAs("id");
        String text = row.getAs("text");
        String language = row.getAs("languageCode");
        String broken = row.getAs("broken");
        return Document.newBuilder()
                .setId(broken != null ? "not a document: " + broken : id == null ? "" : id)
                .setText(text == null ? "" : text)
                .setLanguageCode(language == null ? "" : language)
                .build();
    }

    private static <A, B> Iterator<B> map(Iterator<A> all, java.util.function.Function<A, B> function) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return all.hasNext();
            }

            @Override
            public B next() {
                return function.apply(all.next());
            }
        };
    }
}
