package dev.polymath.k8s;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** KEDA's ScaledObject, v1alpha1, of which Fabric8 has no model: the fields of its custom resource definition that are in use here. */
@JsonDeserialize(using = JsonDeserializer.None.class)
@Group("keda.sh")
@Version("v1alpha1")
final class ScaledObject implements HasMetadata {
    private @Nullable ObjectMeta metadata;
    private @Nullable String apiVersion;

    @JsonProperty
    @Nullable
    String kind;

    @JsonProperty
    @Nullable
    Spec spec;

    record Spec(
            Target scaleTargetRef,
            Integer minReplicaCount,
            Integer maxReplicaCount,
            @Nullable Integer pollingInterval,
            @Nullable Integer cooldownPeriod,
            @Nullable Fallback fallback,
            @Nullable Advanced advanced,
            List<Trigger> triggers) {}

    record Target(@Nullable String apiVersion, @Nullable String kind, String name) {}

    record Fallback(Integer failureThreshold, Integer replicas) {}

    record Advanced(@Nullable Boolean restoreToOriginalReplicaCount, Autoscaler horizontalPodAutoscalerConfig) {}

    record Autoscaler(@Nullable String name, HorizontalPodAutoscalerBehavior behavior) {}

    record Trigger(
            String type, @Nullable String name, @Nullable String metricType, Map<String, String> metadata) {}

    @Override
    public @Nullable ObjectMeta getMetadata() {
        return metadata;
    }

    @Override
    public void setMetadata(ObjectMeta metadata) {
        this.metadata = metadata;
    }

    @Override
    public @Nullable String getApiVersion() {
        return apiVersion;
    }

    @Override
    public void setApiVersion(String apiVersion) {
        this.apiVersion = apiVersion;
    }
}
