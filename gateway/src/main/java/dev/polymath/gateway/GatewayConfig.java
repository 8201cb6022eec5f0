package dev.polymath.gateway;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

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

    /** How much of the gateway a client may hold, and for how long. */
    Limits limits();

    /** Limits of connections, and of what comes over them slowly or not at all. */
    interface Limits {

        /** Connections that each of the two ports has at the same time; one more is closed at once. */
        @WithDefault("10000")
        int connections();

        /** Calls that a gRPC connection has at the same time; a client keeps more to itself until one ends. */
        @WithDefault("1000")
        int callsPerConnection();

        /** How long the head of an HTTP request may take to come, or a gRPC connection to be set up. */
        @WithDefault("20s")
        Duration headTimeout();

        /** How long the body of an HTTP request may take to come, if it is not a stream. */
        @WithDefault("5m")
        Duration bodyTimeout();

        /** How long a connection may be open without a call. */
        @WithDefault("5m")
        Duration idleTimeout();

        /** How long a stream may be open without a message in either direction. */
        @WithDefault("10m")
        Duration streamIdleTimeout();
    }

    /** Who may call. */
    Auth auth();

    /** By which services know that a call comes from the gateway. */
    Identity identity();

    /** What clients may use, beside what their tokens say. */
    Quota quota();

    /** The quotas of clients. */
    interface Quota {

        /** For what the token of a client does not limit, and for all callers together if there is no sign-in. */
        @WithName("default")
        Limits defaults();

        /** How long a message of a stream may wait until the quota has room for it. */
        @WithDefault("30s")
        Duration maxWait();

        /**
         * Where the gateways count together: {@code redis://host:port}, {@code rediss://} with TLS, {@code redis-sentinel://};
         * {@code user:password@} before the host. Each counts for itself without.
         */
        Optional<String> redis();

        /** How long Redis may take to answer. */
        @WithDefault("200ms")
        Duration redisTimeout();

        /** What happens to calls while Redis does not answer. */
        @WithDefault("local")
        RedisFailure redisFailure();

        /** What happens to calls while Redis does not answer. */
        enum RedisFailure {
            /** Each gateway counts for itself, so that a client may use as many quotas as there are gateways. */
            LOCAL,
            /** Calls of clients with a quota are answered UNAVAILABLE. */
            REFUSE
        }

        /** How much; what is left out is not limited. */
        interface Limits {

            /** Calls that may be begun in a second; as many at once as well. */
            OptionalLong requestsPerSecond();

            /** Unicode code points of the texts that may be sent in a minute; as many at once as well. */
            OptionalLong charactersPerMinute();

            /** Images that may be sent in a minute; as many at once as well. */
            OptionalLong imagesPerMinute();

            /** Calls that may go on at the same time, on each gateway. */
            OptionalLong concurrentCalls();
        }
    }

    /** The gateway's own name towards its services. */
    interface Identity {

        /** File with the Ed25519 private key, PKCS #8 in PEM, that calls to services are signed with; unsigned without. */
        Optional<Path> keyFile();
    }

    /** Sign-in with the access tokens of an OpenID Connect server. */
    interface Auth {

        /** Whether callers need a token. Without, the gateway listens on loopback only. */
        @WithDefault("false")
        boolean enabled();

        /** The {@code iss} of tokens, for example {@code https://sign-in.example/realms/polymath}. Needed if enabled. */
        Optional<String> issuer();

        /** What tokens must have in {@code aud}. */
        @WithDefault("polymath")
        String audience();

        /** Where the server publishes its keys; found through the issuer's OpenID configuration if left out. */
        Optional<URI> keysUrl();

        /** Signatures that count; none that needs no private key can be among them. */
        @WithDefault("RS256,PS256,ES256,EdDSA")
        List<String> algorithms();

        /** How far the clocks of this machine and of the sign-in server may differ. */
        @WithDefault("10s")
        Duration clockSkew();

        /** After what time the keys are read again; the last ones stay while the server cannot be reached. */
        @WithDefault("5m")
        Duration keysRefresh();

        /** Shortest time between two attempts to read the keys, however many tokens name unknown ones. */
        @WithDefault("10s")
        Duration keysMinRefresh();

        /** How long the sign-in server may take to answer. */
        @WithDefault("5s")
        Duration timeout();

        /** Scope for what is not a call: metrics. */
        @WithDefault("polymath.admin")
        String adminScope();

        /** Named TLS configuration ({@code quarkus.tls.<name>.*}) with the certificates to trust, if not those of the JVM. */
        Optional<String> tlsConfigurationName();

        /** Whether a token was revoked before it expires. */
        Introspection introspection();

        /** Asking the sign-in server whether it still stands by a token (RFC 7662). */
        interface Introspection {

            /** Whether to ask. Without, a token counts until it expires. */
            @WithDefault("false")
            boolean enabled();

            /** Whom to ask; found through the issuer's OpenID configuration if left out. */
            Optional<URI> url();

            /** The gateway's own client at the server. Needed if enabled, as is its secret. */
            Optional<String> clientId();

            /** The secret of that client. */
            Optional<String> clientSecret();

            /** How old an answer may be, and so how long a revoked token may still be used. */
            @WithDefault("30s")
            Duration interval();
        }

        /** Opens the gateway, without sign-in, to whoever reaches the address it listens on. */
        @WithDefault("false")
        boolean allowAnonymousOnAnyAddress();
    }

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
         * services list is asked of all of them: the answers of its unary methods are joined, repeated fields one after another, unless
         * the method's declaration ({@code polymath.common.v1.method_rule}) says that one of them answers.
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

        /**
         * Scope that a token needs for its methods; where several services have the same gRPC service, one of their scopes is enough.
         * Needed if the gateway has a sign-in.
         */
        Optional<String> scope();

        /**
         * Scope by method, {@code Service/Method} without the package, in place of the one above, and of the admin scope for a method
         * whose declaration says that it is for operators. With sign-in, a method that no
         * descriptor set has is open to nobody unless it is named here.
         */
        Map<String, String> methodScopes();
    }
}
