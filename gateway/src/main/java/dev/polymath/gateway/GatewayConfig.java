package dev.polymath.gateway;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the gateway routes to. A service is added here and nowhere else. */
@ConfigMapping(prefix = "polymath.gateway")
public interface GatewayConfig {

    /** The services behind the gateway, by a name of your choice; the name appears in messages, logs and health. */
    Map<String, Service> services();

    /**
     * More descriptor sets: files written by {@code protoc --include_imports --include_source_info --descriptor_set_out}. The
     * services in them get HTTP/JSON, OpenAPI and reflection; without one a service still gets gRPC and gRPC-web.
     */
    Optional<List<String>> descriptorSets();

    /** How long running gRPC calls may go on after the gateway was told to stop. */
    @WithDefault("20s")
    Duration shutdownTimeout();

    /** One service behind the gateway. */
    interface Service {

        /**
         * Where it listens, {@code host:port}, or a gRPC target such as {@code dns:///host:port}. All addresses that the name
         * resolves to take calls in turn.
         */
        String address();

        /** Whether to speak TLS to it, with the certificates that the JVM trusts. */
        @WithDefault("false")
        boolean tls();

        /**
         * Full names of the gRPC services that it serves, for example {@code acme.weather.v1.WeatherService}. A name that several
         * services list is asked of all of them: the answers of its unary methods are joined, repeated fields one after another.
         */
        List<String> grpcServices();

        /** Longest time for a call of a unary method; a caller may ask for less. */
        @WithDefault("30s")
        Duration deadline();

        /** Longest time for a call of a streaming method; a caller may ask for less. */
        @WithDefault("1h")
        Duration streamDeadline();

        /** Longest time by method, {@code Service/Method} without the package, in place of the two above. */
        Map<String, Duration> methodDeadlines();
    }
}
