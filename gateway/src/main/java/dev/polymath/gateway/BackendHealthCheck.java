package dev.polymath.gateway;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Whether the gateway itself can take calls. It can even if a service behind it cannot be reached: the others go on, and callers of
 * that one get a clear error, which a gateway taken out of rotation could not give. The state of each service is listed.
 * A gateway that needs tokens is not ready before it has had the keys to verify them.
 */
@Singleton
@Readiness
final class BackendHealthCheck implements HealthCheck {
    private final Gateway gateway;

    @Inject
    BackendHealthCheck(Gateway gateway) {
        this.gateway = gateway;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("services behind the gateway").status(gateway.canSignIn());
        gateway.routes()
                .backends()
                .forEach(backend ->
                        response.withData(backend.name(), backend.reachable() ? "reachable" : "not reachable"));
        if (!gateway.canSignIn()) {
            response.withData("sign-in", "the keys of the sign-in server have not been read yet");
        }
        return response.build();
    }
}
