package dev.polymath.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every object in every rendered file has only fields that Kubernetes knows, with values of their types. */
class SchemaTest {

    static Stream<Path> rendered() {
        return Manifests.folders("rendered");
    }

    @ParameterizedTest
    @MethodSource("rendered")
    void everyFieldIsKnownToKubernetes(Path file) throws IOException {
        assertThat(Manifests.parse(Files.readString(file))).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        // the text that is replaced, what replaces it, what the error names
        "terminationGracePeriodSeconds:, terminationGracePeriodSecond:, terminationGracePeriodSecond",
        "readOnlyRootFilesystem:, readOnlyRootFileSystem:, readOnlyRootFileSystem",
        "containerPort: 8080, containerPort: http, containerPort",
        "maxUnavailable: 0, maxUnavailible: 0, maxUnavailible",
        "clusterIP: None, clusterIp: None, clusterIp",
        "unhealthyPodEvictionPolicy:, unhealthyPodEviction:, unhealthyPodEviction",
        "averageValue: 250m, averageValues: 250m, averageValues",
        "pathType: Prefix, pathtype: Prefix, pathtype",
        "jobLabel:, joblabel:, joblabel",
        "severity: critical, severity: [critical], severity",
        "podSelector: {}, podSelectors: {}, podSelectors",
        "kind: PodDisruptionBudget, kind: PodDisruptionsBudget, PodDisruptionsBudget"
    })
    void aSlipOfThePenIsAnError(String text, String slip, String named) throws IOException {
        String good = Files.readString(Manifests.FOLDER.resolve("rendered/production.yaml"));
        String bad = good.replace(text, slip);

        assertThat(bad).as("there is '%s' to be replaced", text).isNotEqualTo(good);
        assertThatThrownBy(() -> Manifests.parse(bad))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }

    @Test
    void aSlipOfThePenInWhatFabric8HasNoModelOfIsAnError() throws IOException {
        String good = Files.readString(Manifests.FOLDER.resolve("rendered/autoscaling-keda.yaml"));

        assertThatThrownBy(() -> Manifests.parse(good.replace("minReplicaCount", "minReplicas")))
                .hasMessageContaining("minReplicas");
        assertThatThrownBy(() -> Manifests.parse(good.replace("metricType", "metrictype")))
                .hasMessageContaining("metrictype");
    }

    @Test
    void aKeyThatIsThereTwiceIsAnError() {
        assertThatThrownBy(() -> Manifests.documents("a: 1\na: 2\n")).hasMessageContaining("duplicate key a");
    }
}
