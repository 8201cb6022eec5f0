package dev.polymath.service;

import io.quarkus.arc.Unremovable;
import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.TimeUnit;

/**
 * Asks callers to connect anew from time to time. A client that balances over the addresses of a name asks for them again only then,
 * and would never find a replica that came later. Calls that are running stay on the old connection until they end.
 */
@Unremovable
@ApplicationScoped
public class ConnectionAge implements ServerBuilderCustomizer<VertxServerBuilder> {
    private final CallsConfig config;

    @Inject
    ConnectionAge(CallsConfig config) {
        this.config = config;
    }

    @Override
    public void customize(GrpcServerConfiguration server, VertxServerBuilder builder) {
        limit(builder);
    }

    void limit(VertxServerBuilder builder) {
        builder.nettyBuilder().maxConnectionAge(config.maxConnectionAge().toMillis(), TimeUnit.MILLISECONDS);
    }
}
