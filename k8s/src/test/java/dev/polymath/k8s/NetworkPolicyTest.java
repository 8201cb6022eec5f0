package dev.polymath.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the network policies let through, worked out as Kubernetes does it, for every two pods and every port: exactly the arrows of
 * the design.
 */
class NetworkPolicyTest {
    private static final String SUITE = "polymath";

    /** Ports that are tried beside those of the containers: what nobody should have, and those of the world outside. */
    private static final Set<String> PORTS =
            Set.of("22/TCP", "53/UDP", "53/TCP", "443/TCP", "5432/TCP", "6379/TCP", "6443/TCP");

    /** One end of a connection; what is outside of the cluster has no namespace. */
    record End(String name, String namespace, Map<String, String> labels) {
        boolean inSuite() {
            return namespace.equals(SUITE);
        }
    }

    private static final End INGRESS = new End("ingress", "ingress-nginx", Map.of(Labels.NAME, "ingress-nginx"));
    private static final End PROMETHEUS = new End("prometheus", "monitoring", Map.of(Labels.NAME, "prometheus"));
    private static final End GRAFANA = new End("grafana", "monitoring", Map.of(Labels.NAME, "grafana"));
    private static final End DNS = new End("dns", "kube-system", Map.of("k8s-app", "kube-dns"));
    private static final End API = new End("api-server", "kube-system", Map.of("component", "kube-apiserver"));
    private static final End ELSEWHERE =
            new End("elsewhere", "default", Map.of(Labels.NAME, "gateway", Labels.COMPONENT, "gateway"));
    private static final End INTERNET = new End("internet", "", Map.of());

    static Stream<Manifests> closed() {
        return Manifests.all().stream()
                .filter(file -> !file.of(NetworkPolicy.class).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("closed")
    void theArrowsOfTheDesignAndNoOthersAreOpen(Manifests file) {
        assertThat(open(file)).containsExactlyInAnyOrderElementsOf(arrows(file));
    }

    private static Set<String> arrows(Manifests file) {
        Set<String> arrows = new TreeSet<>(Set.of(
                "ingress -> gateway:8080/TCP",
                "ingress -> gateway:9090/TCP",
                "prometheus -> gateway:8080/TCP",
                "gateway -> dns:53/UDP",
                "gateway -> dns:53/TCP"));
        file.workloads().stream()
                .filter(Manifests.Workload::capability)
                .forEach(capability -> capability
                        .template()
                        .getSpec()
                        .getContainers()
                        .get(0)
                        .getPorts()
                        .forEach(port -> arrows.add((port.getName().equals("grpc") ? "gateway" : "prometheus") + " -> "
                                + capability.name() + ":" + port.getContainerPort() + "/TCP")));
        assertThat(arrows).contains("gateway -> ner-service:9101/TCP", "prometheus -> vision-service:8102/TCP");
        if (file.workloads().stream().anyMatch(workload -> workload.name().equals("keycloak"))) {
            arrows.addAll(Set.of(
                    "ingress -> keycloak:8080/TCP",
                    "prometheus -> keycloak:8080/TCP",
                    "gateway -> keycloak:8080/TCP",
                    "realm -> keycloak:8080/TCP",
                    "realm -> dns:53/UDP",
                    "realm -> dns:53/TCP",
                    "keycloak -> dns:53/UDP",
                    "keycloak -> dns:53/TCP"));
            // The database is not one of the suite's pods; the policies of its own namespace are its own.
            for (End end : List.of(INGRESS, PROMETHEUS, GRAFANA, DNS, API, ELSEWHERE, INTERNET)) {
                arrows.add("keycloak -> " + end.name() + ":5432/TCP");
            }
        }
        boolean redis = file.workloads().stream()
                .flatMap(workload -> workload.template().getSpec().getContainers().stream())
                .flatMap(container -> container.getEnv().stream())
                .anyMatch(variable -> variable.getName().equals("POLYMATH_GATEWAY_QUOTA_REDIS"));
        if (redis) {
            for (End end : List.of(INGRESS, PROMETHEUS, GRAFANA, DNS, API, ELSEWHERE, INTERNET)) {
                arrows.add("gateway -> " + end.name() + ":6379/TCP");
            }
        }
        return arrows;
    }

    private static Set<String> open(Manifests file) {
        List<End> ends = new ArrayList<>(List.of(INGRESS, PROMETHEUS, GRAFANA, DNS, API, ELSEWHERE, INTERNET));
        Set<String> ports = new TreeSet<>(PORTS);
        file.workloads().forEach(workload -> {
            ends.add(new End(workload.name(), SUITE, workload.labels()));
            workload.template()
                    .getSpec()
                    .getContainers()
                    .forEach(container ->
                            container.getPorts().forEach(port -> ports.add(port.getContainerPort() + "/TCP")));
        });
        assertThat(ports).contains("8080/TCP", "9090/TCP", "8101/TCP", "9101/TCP");
        Set<String> open = new TreeSet<>();
        for (End from : ends) {
            for (End to : ends) {
                if (from.equals(to) || (!from.inSuite() && !to.inSuite())) {
                    continue;
                }
                for (String port : ports) {
                    if (admits(file, "Egress", from, to, port) && admits(file, "Ingress", to, from, port)) {
                        open.add(from.name() + " -> " + to.name() + ":" + port);
                    }
                }
            }
        }
        return open;
    }

    /** Whether the policies that apply to a pod let it talk, in this direction, with the other end on a port of the listening one. */
    private static boolean admits(Manifests file, String direction, End pod, End other, String port) {
        if (!pod.inSuite()) {
            return true;
        }
        List<NetworkPolicy> applying = file.of(NetworkPolicy.class).stream()
                .filter(policy -> policy.getSpec().getPolicyTypes().contains(direction))
                .filter(policy -> Labels.matches(policy.getSpec().getPodSelector(), pod.labels()))
                .toList();
        return applying.isEmpty()
                || applying.stream()
                        .anyMatch(policy -> direction.equals("Ingress")
                                ? policy.getSpec().getIngress().stream()
                                        .anyMatch(rule -> peers(rule.getFrom(), other) && ports(rule.getPorts(), port))
                                : policy.getSpec().getEgress().stream()
                                        .anyMatch(rule -> peers(rule.getTo(), other) && ports(rule.getPorts(), port)));
    }

    private static boolean peers(List<NetworkPolicyPeer> peers, End other) {
        return peers.isEmpty() || peers.stream().anyMatch(peer -> peer(peer, other));
    }

    private static boolean peer(NetworkPolicyPeer peer, End other) {
        assertThat(peer.getIpBlock())
                .as("a block of addresses, which this test cannot judge")
                .isNull();
        if (other.namespace().isEmpty()) {
            return false;
        }
        boolean namespace = peer.getNamespaceSelector() == null
                ? other.inSuite()
                : Labels.matches(peer.getNamespaceSelector(), Map.of("kubernetes.io/metadata.name", other.namespace()));
        return namespace && (peer.getPodSelector() == null || Labels.matches(peer.getPodSelector(), other.labels()));
    }

    private static boolean ports(List<NetworkPolicyPort> ports, String port) {
        return ports.isEmpty()
                || ports.stream()
                        .anyMatch(there -> (there.getPort().getIntVal() + "/" + there.getProtocol()).equals(port));
    }
}
