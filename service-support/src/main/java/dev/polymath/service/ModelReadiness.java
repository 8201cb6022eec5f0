package dev.polymath.service;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready when all models are; a service that loads is alive but not ready. */
@Readiness
@ApplicationScoped
public class ModelReadiness implements HealthCheck {
    private final ModelSlots slots;

    @Inject
    ModelReadiness(ModelSlots slots) {
        this.slots = slots;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("models").status(slots.ready());
        slots.all().forEach(slot -> response.withData(slot.name(), slot.ready()));
        return response.build();
    }
}
