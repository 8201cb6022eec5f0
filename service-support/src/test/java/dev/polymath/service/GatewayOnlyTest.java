package dev.polymath.service;

import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.ListModelsResponse;
import dev.polymath.models.v1.Model;
import dev.polymath.models.v1.ModelServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import org.jose4j.jws.JsonWebSignature;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayOnlyTest {
    private static final String SERVICE = "polymath.models.v1.ModelService";

    @TempDir
    Path folder;

    private KeyPair gateway = pair();
    private Server server;
    private ManagedChannel channel;

    private static KeyPair pair() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() throws Exception {
        Path file = folder.resolve("identity.pub");
        Files.writeString(
                file,
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(gateway.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");
        serve(new GatewayOnly(new GatewayKeys(file, Clock.systemUTC())));
    }

    private void serve(GatewayOnly interceptor) throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .intercept(interceptor)
                .addService(new ModelServiceGrpc.ModelServiceImplBase() {
                    @Override
                    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> responses) {
                        responses.onNext(ListModelsResponse.newBuilder()
                                .addModels(Model.newBuilder()
                                        .setName("called by '"
                                                + GrpcCalls.current().caller().name() + "' of weight "
                                                + (int) GrpcCalls.current()
                                                        .caller()
                                                        .weight()))
                                .build());
                        responses.onCompleted();
                    }
                })
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    private String token(KeyPair pair, String service) throws Exception {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(
                "{\"iss\":\"polymath-gateway\",\"aud\":\"" + service + "\",\"sub\":\"shop\",\"weight\":4,\"exp\":"
                        + Instant.now().plusSeconds(60).getEpochSecond() + "}");
        signature.setAlgorithmHeaderValue("EdDSA");
        signature.setKey(pair.getPrivate());
        return signature.getCompactSerialization();
    }

    private String call(@Nullable String token) {
        Channel signed = channel;
        if (token != null) {
            Metadata metadata = new Metadata();
            metadata.put(GatewayOnly.HEADER, token);
            signed = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata));
        }
        return ModelServiceGrpc.newBlockingStub(signed)
                .listModels(ListModelsRequest.getDefaultInstance())
                .getModels(0)
                .getName();
    }

    private void assertRefused(@Nullable String token, String why) {
        Throwable failure = catchThrowable(() -> call(token));
        assertThat(failure).isNotNull();
        assertThat(reason(status(failure))).isEqualTo("UNAUTHENTICATED");
        assertThat(status(failure).getMessage()).contains("whose identity " + why);
    }

    @Test
    void callOfTheGatewayKnowsItsClient() throws Exception {
        assertThat(call(token(gateway, SERVICE))).isEqualTo("called by 'shop' of weight 4");
    }

    @Test
    void othersAreRefused() throws Exception {
        assertRefused(null, "is missing");
        assertRefused("nonsense", "is not signed by a gateway");
        assertRefused(token(pair(), SERVICE), "is not signed by a gateway");
        assertRefused(token(gateway, "acme.weather.v1.WeatherService"), "is for another service");
    }

    @Test
    void withoutKeysEverybodyIsAnsweredAndNoIdentityBelieved() throws Exception {
        stop();
        serve(new GatewayOnly((GatewayKeys) null));

        assertThat(call(token(gateway, SERVICE))).isEqualTo("called by '' of weight 1");
    }
}
