package dev.polymath.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.ModelServiceGrpc;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@NullUnmarked
class TracingTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "00-" + TRACE + "-b7ad6b7169203331-01";
    private static final Metadata.Key<String> TRACEPARENT =
            Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

    private final BlockingQueue<SpanData> spans = new LinkedBlockingQueue<>();

    private OpenTelemetrySdk telemetry() {
        SpanExporter exporter = new SpanExporter() {
            @Override
            public CompletableResultCode export(Collection<SpanData> ended) {
                spans.addAll(ended);
                return CompletableResultCode.ofSuccess();
            }

            @Override
            public CompletableResultCode flush() {
                return CompletableResultCode.ofSuccess();
            }

            @Override
            public CompletableResultCode shutdown() {
                return CompletableResultCode.ofSuccess();
            }
        };
        return OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                        .build())
                .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
                .build();
    }

    @Test
    void spanOfTheGatewayStandsBetweenCallerAndServiceOnBothProtocols() throws Exception {
        try (OpenTelemetrySdk telemetry = telemetry();
                GatewayFixture gateway = new GatewayFixture(
                        Map.of(GatewayFixture.PREFIX + "services.vision.grpc-services", "acme.nothing.v1.Nothing"),
                        telemetry)) {
            Metadata headers = new Metadata();
            headers.put(TRACEPARENT, PARENT);
            var call = ModelServiceGrpc.newBlockingStub(gateway.channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                    .listModels(ListModelsRequest.getDefaultInstance());
            assertThat(call.getModelsCount()).isEqualTo(1);
            given().port(gateway.httpPort)
                    .header("traceparent", PARENT)
                    .get("/v1/models")
                    .then()
                    .statusCode(200);

            for (int i = 0; i < 2; i++) {
                SpanData span = spans.poll(10, TimeUnit.SECONDS);
                assertThat(span.getName()).isEqualTo("polymath.models.v1.ModelService/ListModels");
                assertThat(span.getTraceId()).isEqualTo(TRACE);
                assertThat(span.getParentSpanId()).isEqualTo("b7ad6b7169203331");
                assertThat(gateway.ner.headers.take().getAll(TRACEPARENT))
                        .containsExactly("00-" + TRACE + "-" + span.getSpanId() + "-01");
            }
        }
    }

    @Test
    void traceHeadersGoOnUntouchedIfTracesAreOff() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture(Map.of())) {
            given().port(gateway.httpPort)
                    .header("traceparent", PARENT)
                    .get("/acme/v1/places/Oslo/weather")
                    .then()
                    .statusCode(200);

            assertThat(gateway.ner.headers.take().getAll(TRACEPARENT)).containsExactly(PARENT);
        }
    }
}
