package dev.polymath.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every pod must be, over everything that is rendered. */
class PodPolicyTest {

    /** A pod of a rendered file. */
    record Pod(Manifests file, Manifests.Workload workload) {
        PodSpec spec() {
            return workload.template().getSpec();
        }

        List<Container> containers() {
            List<Container> all = new ArrayList<>(spec().getContainers());
            all.addAll(spec().getInitContainers());
            return all;
        }

        @Override
        public String toString() {
            return file + ": " + workload;
        }
    }

    static Stream<Pod> pods() {
        return Manifests.all().stream()
                .flatMap(file -> file.workloads().stream().map(workload -> new Pod(file, workload)));
    }

    static Stream<Pod> podsOfTheSuite() {
        return pods().filter(pod -> pod.workload().ofTheSuite());
    }

    @Test
    void thereArePods() {
        assertThat(podsOfTheSuite())
                .hasSizeGreaterThanOrEqualTo(5 * Manifests.all().size());
    }

    @ParameterizedTest
    @MethodSource("pods")
    void nobodyIsRoot(Pod pod) {
        SoftAssertions.assertSoftly(softly -> {
            var security = pod.spec().getSecurityContext();
            softly.assertThat(security.getRunAsNonRoot()).as("runAsNonRoot").isTrue();
            softly.assertThat(security.getRunAsUser())
                    .as("runAsUser")
                    .isNotNull()
                    .isPositive();
            softly.assertThat(security.getRunAsGroup())
                    .as("runAsGroup")
                    .isNotNull()
                    .isPositive();
            softly.assertThat(security.getSeccompProfile().getType())
                    .as("seccomp profile")
                    .isEqualTo("RuntimeDefault");
            softly.assertThat(pod.spec().getHostNetwork()).as("hostNetwork").isNotEqualTo(true);
            softly.assertThat(pod.spec().getHostPID()).as("hostPID").isNotEqualTo(true);
            softly.assertThat(pod.spec().getHostIPC()).as("hostIPC").isNotEqualTo(true);
            softly.assertThat(pod.spec().getVolumes())
                    .as("volumes of the node")
                    .noneMatch(volume -> volume.getHostPath() != null);
        });
    }

    @ParameterizedTest
    @MethodSource("pods")
    void noContainerCanGainRightsOrWriteToItsImage(Pod pod) {
        assertThat(pod.containers()).isNotEmpty().allSatisfy(container -> {
            var security = container.getSecurityContext();
            assertThat(security.getAllowPrivilegeEscalation())
                    .as("allowPrivilegeEscalation")
                    .isFalse();
            assertThat(security.getPrivileged()).as("privileged").isNotEqualTo(true);
            assertThat(security.getReadOnlyRootFilesystem())
                    .as("readOnlyRootFilesystem")
                    .isTrue();
            assertThat(security.getRunAsNonRoot())
                    .as("runAsNonRoot of the container")
                    .isTrue();
            assertThat(security.getRunAsUser()).as("runAsUser of the container").isNull();
            assertThat(security.getCapabilities().getDrop())
                    .as("dropped capabilities")
                    .containsExactly("ALL");
            assertThat(security.getCapabilities().getAdd())
                    .as("added capabilities")
                    .isEmpty();
        });
    }

    @ParameterizedTest
    @MethodSource("pods")
    void noPodHasAWayIntoTheCluster(Pod pod) {
        assertThat(pod.spec().getAutomountServiceAccountToken())
                .as("automountServiceAccountToken")
                .isFalse();
        assertThat(pod.spec().getServiceAccountName())
                .as("an account of its own")
                .isNotIn(null, "", "default");
        assertThat(pod.spec().getEnableServiceLinks()).as("enableServiceLinks").isFalse();
    }

    @ParameterizedTest
    @MethodSource("pods")
    void everyImageHasATagThatStays(Pod pod) {
        List<String> images = new ArrayList<>(
                pod.containers().stream().map(Container::getImage).toList());
        pod.spec().getVolumes().stream()
                .filter(volume -> volume.getImage() != null)
                .forEach(volume -> images.add(volume.getImage().getReference()));

        assertThat(images)
                .isNotEmpty()
                .allSatisfy(image -> assertThat(image)
                        .matches(
                                "[a-z0-9./-]+(:[0-9]+/[a-z0-9./-]+)?:[A-Za-z0-9][A-Za-z0-9._-]*(@sha256:[0-9a-f]{64})?")
                        .doesNotEndWith(":latest"));
    }

    @ParameterizedTest
    @MethodSource("pods")
    void everyContainerSaysWhatItNeedsAndGetsNoMore(Pod pod) {
        assertThat(pod.containers()).allSatisfy(container -> {
            Map<String, Quantity> requests = container.getResources().getRequests();
            Map<String, Quantity> limits = container.getResources().getLimits();
            assertThat(requests).as("requests").containsKeys("cpu", "memory");
            assertThat(limits).as("limits").containsKeys("cpu", "memory");
            requests.forEach((resource, request) -> assertThat(Quantity.getAmountInBytes(request))
                    .as(resource + " requested, at most the limit")
                    .isLessThanOrEqualTo(Quantity.getAmountInBytes(limits.get(resource))));
        });
    }

    @ParameterizedTest
    @MethodSource("pods")
    void whatIsWrittenHasAPlaceAndABound(Pod pod) {
        List<Volume> volumes = pod.spec().getVolumes();
        Set<String> scratch = volumes.stream()
                .filter(volume -> volume.getEmptyDir() != null)
                .map(Volume::getName)
                .collect(Collectors.toSet());
        assertThat(volumes)
                .filteredOn(volume -> scratch.contains(volume.getName()))
                .allSatisfy(volume -> assertThat(volume.getEmptyDir().getSizeLimit())
                        .as("sizeLimit")
                        .isNotNull());
        assertThat(pod.containers()).allSatisfy(container -> {
            assertThat(volumes)
                    .extracting(Volume::getName)
                    .containsAll(container.getVolumeMounts().stream()
                            .map(VolumeMount::getName)
                            .toList());
            List<String> writable = container.getVolumeMounts().stream()
                    .filter(mount -> scratch.contains(mount.getName()))
                    .map(VolumeMount::getMountPath)
                    .toList();
            assertThat(writable).contains("/tmp");
            container.getEnv().stream()
                    .filter(variable -> variable.getName().equals("DJL_CACHE_DIR"))
                    .forEach(variable -> assertThat(writable).contains(variable.getValue()));
        });
        if (pod.workload().ofTheSuite()
                || pod.spec().getContainers().get(0).getName().equals("training")) {
            assertThat(pod.spec().getContainers().get(0).getEnv())
                    .anyMatch(variable -> variable.getName().equals("DJL_CACHE_DIR"));
        }
    }

    @ParameterizedTest
    @MethodSource("podsOfTheSuite")
    void aliveDoesNotMeanReady(Pod pod) {
        Container container = pod.spec().getContainers().get(0);

        assertProbe(container, container.getStartupProbe(), "/q/health/started");
        assertProbe(container, container.getLivenessProbe(), "/q/health/live");
        assertProbe(container, container.getReadinessProbe(), "/q/health/ready");
        assertThat(seconds(container.getStartupProbe()))
                .as("seconds that a start may take")
                .isGreaterThanOrEqualTo(60);
    }

    private static void assertProbe(Container container, Probe probe, String path) {
        assertThat(probe).isNotNull();
        assertThat(probe.getHttpGet().getPath()).isEqualTo(path);
        assertThat(container.getPorts())
                .anyMatch(port ->
                        port.getName().equals(probe.getHttpGet().getPort().getStrVal()));
    }

    private static int seconds(Probe probe) {
        return probe.getPeriodSeconds() * probe.getFailureThreshold();
    }

    @ParameterizedTest
    @MethodSource("podsOfTheSuite")
    void portsHaveTheNamesThatTheSuiteGivesThem(Pod pod) {
        assertThat(pod.spec().getContainers().get(0).getPorts())
                .extracting(port -> port.getName())
                .containsExactlyInAnyOrder("grpc", "http");
    }

    @ParameterizedTest
    @MethodSource("podsOfTheSuite")
    void replicasAreSpreadOverNodes(Pod pod) {
        assertThat(pod.spec().getTopologySpreadConstraints())
                .isNotEmpty()
                .allSatisfy(constraint -> assertThat(Labels.matches(
                                constraint.getLabelSelector(), pod.workload().labels()))
                        .isTrue());
    }
}
