package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.smallrye.certs.CertificateGenerator;
import io.smallrye.certs.CertificateRequest;
import io.smallrye.certs.Format;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Both ports with certificates from files, which are replaced while the gateway runs. */
@QuarkusTest
@TestProfile(TlsTest.Profile.class)
@NullUnmarked
class TlsTest {
    private static final Path FOLDER = Path.of("target/test-certificates");

    @Inject
    Gateway gateway;

    @Inject
    TlsConfigurationRegistry registry;

    @Inject
    Event<CertificateUpdatedEvent> updated;

    @ConfigProperty(name = "quarkus.http.test-ssl-port")
    int httpsPort;

    /** An application of its own. */
    public static final class Profile implements QuarkusTestProfile {
        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(Certificates.class));
        }
    }

    /** Makes the first certificate. */
    public static final class Certificates implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            make();
            return Map.of(
                    "quarkus.http.tls-configuration-name", "web",
                    "quarkus.tls.web.key-store.pem.0.cert",
                            FOLDER.resolve("gateway.crt").toString(),
                    "quarkus.tls.web.key-store.pem.0.key",
                            FOLDER.resolve("gateway.key").toString());
        }

        @Override
        public void stop() {}
    }

    private static void make() {
        try {
            Files.createDirectories(FOLDER);
            new CertificateGenerator(FOLDER, true)
                    .generate(new CertificateRequest()
                            .withName("gateway")
                            .withFormat(Format.PEM)
                            .withCN("localhost")
                            .withSubjectAlternativeName("IP:127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private ServingStatus health() throws Exception {
        ManagedChannel channel = Grpc.newChannelBuilder(
                        "127.0.0.1:" + gateway.grpcPort(),
                        TlsChannelCredentials.newBuilder()
                                .trustManager(FOLDER.resolve("gateway.crt").toFile())
                                .build())
                .build();
        try {
            return HealthGrpc.newBlockingStub(channel)
                    .check(HealthCheckRequest.getDefaultInstance())
                    .getStatus();
        } finally {
            channel.shutdownNow();
        }
    }

    /** Number of the certificate that a port shows. */
    private static String certificate(int port) throws Exception {
        X509TrustManager anything = new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {anything}, null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSerialNumber()
                    .toString();
        }
    }

    @Test
    void bothPortsShowTheCertificateAndTakeAnotherWithoutARestart() throws Exception {
        assertThat(health()).isEqualTo(ServingStatus.SERVING);
        String first = certificate(gateway.grpcPort());
        assertThat(certificate(httpsPort)).isEqualTo(first);

        make();
        TlsConfiguration web = registry.get("web").orElseThrow();
        assertThat(web.reload()).isTrue();
        updated.fire(new CertificateUpdatedEvent("web", web)); // as the registry does after its reload period

        assertThat(health()).isEqualTo(ServingStatus.SERVING);
        assertThat(certificate(gateway.grpcPort())).isNotEqualTo(first);
        assertThat(certificate(httpsPort)).isEqualTo(certificate(gateway.grpcPort()));
    }

    @Test
    void plainTextIsNotAnsweredOnTheGrpcPort() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", gateway.grpcPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes(64);
            assertThat(answer).as("an alert at most, then the end").hasSizeLessThan(16);
        }
    }
}
