package dev.polymath.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether what one object says of another is true: selectors, ports, accounts, claims, targets. */
class WiringTest {

    static Stream<Manifests> files() {
        return Manifests.all().stream();
    }

    @ParameterizedTest
    @MethodSource("files")
    void everythingIsLabelled(Manifests file) {
        file.objects().forEach(object -> {
            String what = object.getKind() + " " + object.getMetadata().getName();
            assertThat(object.getMetadata().getLabels())
                    .as(what)
                    .containsKey(Labels.NAME)
                    .containsEntry(Labels.PART_OF, "polymath");
            if (!object.getKind().equals("Namespace")) {
                assertThat(object.getMetadata().getNamespace()).as(what).isEqualTo("polymath");
                assertThat(object.getMetadata().getLabels()).as(what).containsKey(Labels.COMPONENT);
            }
        });
        assertThat(file.workloads())
                .allSatisfy(workload -> assertThat(workload.labels())
                        .containsKeys(Labels.NAME, Labels.COMPONENT)
                        .containsEntry(Labels.PART_OF, "polymath"));
    }

    @ParameterizedTest
    @MethodSource("files")
    void nothingIsThereTwice(Manifests file) {
        assertThat(file.objects())
                .extracting(
                        object -> object.getKind() + " " + object.getMetadata().getName())
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("files")
    void everythingThatRunsSelectsItsOwnPodsOnly(Manifests file) {
        assertThat(file.of(Deployment.class)).isNotEmpty().allSatisfy(deployment -> {
            assertThat(selected(file, deployment.getSpec().getSelector().getMatchLabels()))
                    .containsExactly("Deployment " + deployment.getMetadata().getName());
        });
        assertThat(file.of(StatefulSet.class))
                .allSatisfy(set -> assertThat(
                                selected(file, set.getSpec().getSelector().getMatchLabels()))
                        .containsExactly("StatefulSet " + set.getMetadata().getName()));
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyServiceHasPodsWithItsPorts(Manifests file) {
        assertThat(file.of(Service.class)).isNotEmpty().allSatisfy(service -> {
            assertThat(selected(file, service.getSpec().getSelector())).hasSize(1);
            List<ContainerPort> ports = file.workloads().stream()
                    .filter(workload -> Labels.matches(service.getSpec().getSelector(), workload.labels()))
                    .flatMap(workload -> workload.template().getSpec().getContainers().stream())
                    .flatMap(container -> container.getPorts().stream())
                    .toList();
            assertThat(service.getSpec().getPorts()).isNotEmpty().allSatisfy(port -> {
                assertThat(port.getName()).isNotEmpty();
                assertThat(port.getAppProtocol()).isNotEmpty();
                assertThat(ports)
                        .as(
                                "port %s of service %s",
                                port.getName(), service.getMetadata().getName())
                        .anyMatch(there ->
                                there.getName().equals(port.getTargetPort().getStrVal())
                                        && there.getContainerPort().equals(port.getPort()));
            });
        });
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyPodOfTheSuiteHasAServiceABudgetAndAnAccount(Manifests file) {
        assertThat(file.workloads().stream().filter(Manifests.Workload::ofTheSuite))
                .isNotEmpty()
                .allSatisfy(workload -> {
                    assertThat(named(file, Service.class)).contains(workload.name());
                    assertThat(file.of(PodDisruptionBudget.class))
                            .filteredOn(
                                    budget -> Labels.matches(budget.getSpec().getSelector(), workload.labels()))
                            .hasSize(1);
                });
        assertThat(file.workloads())
                .allSatisfy(workload -> assertThat(named(file, ServiceAccount.class))
                        .contains(workload.template().getSpec().getServiceAccountName()));
        assertThat(file.of(ServiceAccount.class))
                .allSatisfy(account ->
                        assertThat(account.getAutomountServiceAccountToken()).isFalse());
    }

    @ParameterizedTest
    @MethodSource("files")
    void capabilitiesAreHeadlessSoThatTheGatewaySeesEveryReplica(Manifests file) {
        assertThat(file.of(Service.class))
                .filteredOn(service ->
                        "capability".equals(service.getMetadata().getLabels().get(Labels.COMPONENT)))
                .isNotEmpty()
                .allSatisfy(service -> {
                    assertThat(service.getSpec().getClusterIP()).isEqualTo("None");
                    assertThat(service.getSpec().getPublishNotReadyAddresses()).isNotEqualTo(true);
                    assertThat(service.getSpec().getPorts())
                            .extracting(ServicePort::getName)
                            .containsExactlyInAnyOrder("grpc", "http");
                });
    }

    @ParameterizedTest
    @MethodSource("files")
    void budgetsAndAutoscalersHaveTargets(Manifests file) {
        assertThat(file.of(PodDisruptionBudget.class)).isNotEmpty().allSatisfy(budget -> {
            assertThat(selected(file, budget.getSpec().getSelector().getMatchLabels()))
                    .hasSize(1);
            assertThat(budget.getSpec().getMinAvailable())
                    .as("minAvailable, which can keep a node from being drained")
                    .isNull();
        });
        assertThat(file.of(HorizontalPodAutoscaler.class)).allSatisfy(autoscaler -> {
            var target = autoscaler.getSpec().getScaleTargetRef();
            assertThat(target.getApiVersion() + "/" + target.getKind()).isEqualTo("apps/v1/Deployment");
            assertThat(autoscaler.getSpec().getMinReplicas())
                    .isLessThanOrEqualTo(autoscaler.getSpec().getMaxReplicas());
            assertScaledByNobodyElse(file, target.getName());
        });
        assertThat(file.of(ScaledObject.class)).allSatisfy(object -> {
            var spec = Objects.requireNonNull(object.spec);
            assertThat(spec.minReplicaCount()).isLessThanOrEqualTo(spec.maxReplicaCount());
            assertThat(spec.triggers()).isNotEmpty();
            assertScaledByNobodyElse(file, spec.scaleTargetRef().name());
        });
        assertThat(Stream.concat(
                        file.of(HorizontalPodAutoscaler.class).stream()
                                .map(autoscaler ->
                                        autoscaler.getSpec().getScaleTargetRef().getName()),
                        file.of(ScaledObject.class).stream()
                                .map(object -> Objects.requireNonNull(object.spec)
                                        .scaleTargetRef()
                                        .name())))
                .doesNotHaveDuplicates();
    }

    @Test
    void productionHasTwoOfEverythingThatAnswersCalls() {
        Manifests production = Manifests.all().stream()
                .filter(file -> file.name().equals("production"))
                .findFirst()
                .orElseThrow();

        assertThat(production.of(HorizontalPodAutoscaler.class))
                .allSatisfy(autoscaler ->
                        assertThat(autoscaler.getSpec().getMinReplicas()).isGreaterThanOrEqualTo(2));
        assertThat(production.of(HorizontalPodAutoscaler.class))
                .extracting(
                        autoscaler -> autoscaler.getSpec().getScaleTargetRef().getName())
                .containsExactlyInAnyOrderElementsOf(production.workloads().stream()
                        .filter(Manifests.Workload::ofTheSuite)
                        .map(Manifests.Workload::name)
                        .toList());
        assertThat(production.of(NetworkPolicy.class)).isNotEmpty();
        assertThat(production.of(ServiceMonitor.class)).isNotEmpty();
    }

    private static void assertScaledByNobodyElse(Manifests file, String name) {
        assertThat(file.of(Deployment.class))
                .filteredOn(deployment -> deployment.getMetadata().getName().equals(name))
                .hasSize(1)
                .allSatisfy(deployment -> assertThat(deployment.getSpec().getReplicas())
                        .as("replicas of %s, which an autoscaler sets", name)
                        .isNull());
    }

    @ParameterizedTest
    @MethodSource("files")
    void whoeverComesInMeetsAPortOfAService(Manifests file) {
        List<String> ways = new ArrayList<>();
        file.of(Ingress.class)
                .forEach(ingress -> ingress.getSpec()
                        .getRules()
                        .forEach(rule -> rule.getHttp()
                                .getPaths()
                                .forEach(path ->
                                        ways.add(path.getBackend().getService().getName() + " "
                                                + path.getBackend()
                                                        .getService()
                                                        .getPort()
                                                        .getName()))));
        List<String> numbers = new ArrayList<>();
        file.of(HTTPRoute.class)
                .forEach(route -> route.getSpec()
                        .getRules()
                        .forEach(rule -> rule.getBackendRefs()
                                .forEach(backend -> numbers.add(backend.getName() + " " + backend.getPort()))));
        file.of(GRPCRoute.class)
                .forEach(route -> route.getSpec()
                        .getRules()
                        .forEach(rule -> rule.getBackendRefs()
                                .forEach(backend -> numbers.add(backend.getName() + " " + backend.getPort()))));

        assertThat(file.of(Service.class).stream()
                        .flatMap(service -> service.getSpec().getPorts().stream()
                                .map(port -> service.getMetadata().getName() + " " + port.getName())))
                .containsAll(ways);
        assertThat(file.of(Service.class).stream()
                        .flatMap(service -> service.getSpec().getPorts().stream()
                                .map(port -> service.getMetadata().getName() + " " + port.getPort())))
                .containsAll(numbers);
    }

    @ParameterizedTest
    @MethodSource("files")
    void claimsThatAreMountedAreThere(Manifests file) {
        assertThat(named(file, PersistentVolumeClaim.class))
                .containsAll(file.workloads().stream()
                        .flatMap(workload -> workload.template().getSpec().getVolumes().stream())
                        .filter(volume -> volume.getPersistentVolumeClaim() != null)
                        .map(volume -> volume.getPersistentVolumeClaim().getClaimName())
                        .toList());
    }

    /** Secrets, and what goes with them, are in no file: whoever installs makes them, and the page says how. */
    @ParameterizedTest
    @MethodSource("files")
    void whatTheOperatorMakesIsInTheInstructions(Manifests file) throws IOException {
        Set<String> needed = new TreeSet<>();
        file.workloads().forEach(workload -> {
            PodSpec pod = workload.template().getSpec();
            pod.getVolumes().forEach(volume -> {
                if (volume.getSecret() != null) {
                    needed.add("secret generic " + volume.getSecret().getSecretName());
                }
                if (volume.getConfigMap() != null) {
                    needed.add("configmap " + volume.getConfigMap().getName());
                }
            });
            Stream.concat(pod.getContainers().stream(), pod.getInitContainers().stream())
                    .flatMap(container -> container.getEnv().stream())
                    .map(EnvVar::getValueFrom)
                    .filter(source -> source != null && source.getSecretKeyRef() != null)
                    .forEach(source -> needed.add(
                            "secret generic " + source.getSecretKeyRef().getName()));
        });
        file.of(Ingress.class)
                .forEach(ingress ->
                        ingress.getSpec().getTls().forEach(tls -> needed.add("secret tls " + tls.getSecretName())));
        file.of(ServiceMonitor.class).stream()
                .flatMap(monitor -> monitor.getSpec().getEndpoints().stream())
                .filter(endpoint -> endpoint.getOauth2() != null)
                .forEach(endpoint -> needed.add("secret generic "
                        + endpoint.getOauth2().getClientSecret().getName()));

        String page = Files.readString(Manifests.PROJECT.resolve("docs/operations.md"));
        needed.forEach(what -> assertThat(page).contains("create " + what + " "));
    }

    @ParameterizedTest
    @MethodSource("files")
    void monitorsFindServicesThatHaveThePort(Manifests file) {
        assertThat(file.of(ServiceMonitor.class)).allSatisfy(monitor -> {
            List<Service> services = file.of(Service.class).stream()
                    .filter(service -> Labels.matches(
                            monitor.getSpec().getSelector(),
                            service.getMetadata().getLabels()))
                    .toList();
            assertThat(services).isNotEmpty();
            assertThat(monitor.getSpec().getEndpoints())
                    .isNotEmpty()
                    .allSatisfy(endpoint -> assertThat(services)
                            .allSatisfy(service -> assertThat(service.getSpec().getPorts())
                                    .extracting(ServicePort::getName)
                                    .contains(endpoint.getPort())));
        });
        if (!file.of(ServiceMonitor.class).isEmpty()) {
            assertThat(file.of(Service.class).stream()
                            .filter(service -> List.of("gateway", "capability")
                                    .contains(service.getMetadata().getLabels().get(Labels.COMPONENT))))
                    .allSatisfy(service -> assertThat(file.of(ServiceMonitor.class))
                            .anyMatch(monitor -> Labels.matches(
                                    monitor.getSpec().getSelector(),
                                    service.getMetadata().getLabels())));
        }
    }

    @Test
    void everyServiceOfTheProjectIsInEveryFile() throws IOException {
        List<String> services = Pattern.compile("<module>(gateway|[a-z-]+-service)</module>")
                .matcher(Files.readString(Manifests.PROJECT.resolve("pom.xml")))
                .results()
                .map(module -> module.group(1))
                .toList();

        assertThat(services).contains("gateway", "ner-service");
        assertThat(Manifests.all())
                .allSatisfy(file -> assertThat(file.workloads())
                        .extracting(Manifests.Workload::name)
                        .containsAll(services));
    }

    private static List<String> selected(Manifests file, Map<String, String> selector) {
        return file.workloads().stream()
                .filter(workload -> Labels.matches(selector, workload.labels()))
                .map(Manifests.Workload::toString)
                .toList();
    }

    private static List<String> named(Manifests file, Class<? extends HasMetadata> type) {
        return file.of(type).stream()
                .map(object -> object.getMetadata().getName())
                .toList();
    }
}
