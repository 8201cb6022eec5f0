package dev.polymath.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.polymath.k8s.ConfigKeys.Key;
import dev.polymath.k8s.PodPolicyTest.Pod;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether what the manifests say to the programs is what the programs listen to. */
class ConfigurationTest {
    /** Of the JVM, of native libraries and of DJL. */
    private static final Set<String> OF_LIBRARIES =
            Set.of("DJL_CACHE_DIR", "JAVA_TOOL_OPTIONS", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS", "OMP_WAIT_POLICY");

    static Stream<Pod> pods() {
        return PodPolicyTest.pods();
    }

    static Stream<Pod> podsOfTheSuite() {
        return PodPolicyTest.podsOfTheSuite();
    }

    @Test
    void keysAreReadOutOfTheSources() {
        assertThat(ConfigKeys.of("service-support", "ner-service"))
                .contains(
                        new Key("polymath.models.*.device", "String", null),
                        new Key("polymath.models.*.max-delay", "Duration", null),
                        new Key("polymath.models.directory", "Path", "${POLYMATH_MODELS:models}"),
                        new Key("polymath.calls.drain-timeout", "Duration", "20s"),
                        new Key("polymath.ner.patterns.*.confidence", "OptionalDouble", null));
        assertThat(ConfigKeys.of("service-support", "text-analytics-service"))
                .contains(
                        new Key("polymath.text-analytics.languages.detect", "String", null),
                        new Key("polymath.text-analytics.languages.refuse-from", "double", "0.95"));
        assertThat(ConfigKeys.of("gateway"))
                .contains(
                        new Key("polymath.gateway.services.*.address", "String", null),
                        new Key("polymath.gateway.services.*.method-deadlines.*", "Duration", null),
                        new Key("polymath.gateway.shutdown-timeout", "Duration", "20s"));
    }

    @ParameterizedTest
    @MethodSource("pods")
    void everyVariableIsAKeyOfTheProgram(Pod pod) {
        String module = pod.workload().name();
        if (module.equals("realm")) {
            return; // no configuration but options: below
        }
        List<Key> keys = keys(module);
        Set<String> own = ownKeys(module);
        assertThat(service(pod).getEnv()).extracting(EnvVar::getName).doesNotHaveDuplicates();
        assertThat(service(pod).getEnv()).allSatisfy(variable -> {
            String name = variable.getName();
            if (name.startsWith("POLYMATH_")) {
                List<Key> fitting = keys.stream()
                        .filter(key -> key.variable().matcher(name).matches())
                        .toList();
                assertThat(fitting).as("keys that %s sets", name).isNotEmpty();
                if (variable.getValueFrom() == null) {
                    assertThat(fitting)
                            .as("%s=%s", name, variable.getValue())
                            .anyMatch(key -> key.admits(variable.getValue()));
                }
                // The name of a slot or a service has to be one of those in the program's own configuration: a dash in
                // it cannot be
                // told from a dot or a line in the name of a variable.
                assertThat(fitting)
                        .as("%s names something that is configured", name)
                        .anyMatch(key -> chosen(key, name).stream()
                                .allMatch(star -> own.stream()
                                        .anyMatch(known ->
                                                ConfigKeys.variable(known).contains("_" + star + "_"))));
            } else if (name.startsWith("QUARKUS_")) {
                assertThat(own.stream().map(ConfigKeys::variable))
                        .as("keys that the program's own configuration has")
                        .contains(name);
            } else if (!name.startsWith("KC_")) {
                assertThat(OF_LIBRARIES).contains(name);
            }
        });
    }

    /** What the stars of a key stand for in the name of a variable. */
    private static List<String> chosen(Key key, String variable) {
        Matcher matcher = key.variable().matcher(variable);
        List<String> chosen = new ArrayList<>();
        if (matcher.matches()) {
            for (int i = 1; i <= matcher.groupCount(); i++) {
                chosen.add(matcher.group(i));
            }
        }
        return chosen;
    }

    @ParameterizedTest
    @MethodSource("podsOfTheSuite")
    void everyProgramListensToOthersOnThePortsOfItsOwnConfiguration(Pod pod) {
        assertThat(value(pod, "QUARKUS_HTTP_HOST")).isEqualTo("0.0.0.0");
        assertThat(value(pod, "QUARKUS_GRPC_SERVER_HOST")).isEqualTo("0.0.0.0");
        if (!Files.isDirectory(Manifests.PROJECT.resolve(pod.workload().name()))) {
            return;
        }
        Properties own = configuration(pod.workload().name());
        assertThat(service(pod).getPorts())
                .allSatisfy(port -> assertThat(own)
                        .containsEntry(
                                port.getName().equals("http") ? "quarkus.http.port" : "quarkus.grpc.server.port",
                                String.valueOf(port.getContainerPort())));
    }

    @ParameterizedTest
    @MethodSource("podsOfTheSuite")
    void aStoppingPodHasTheTimeThatItsCallsHave(Pod pod) {
        Container container = service(pod);
        long seconds = container.getLifecycle().getPreStop().getSleep().getSeconds();
        assertThat(seconds).as("until nobody sends new calls").isGreaterThanOrEqualTo(5);
        if (pod.workload().capability()) {
            seconds += seconds(pod, "polymath.calls.drain-timeout");
        } else {
            seconds += seconds(pod, "polymath.gateway.shutdown-timeout");
            seconds += Duration.parse("PT" + configuration("gateway").getProperty("quarkus.shutdown.timeout"))
                    .toSeconds();
        }

        assertThat(pod.spec().getTerminationGracePeriodSeconds()).isGreaterThanOrEqualTo(seconds + 5);
    }

    private static long seconds(Pod pod, String name) {
        Key key = keys(pod.workload().name()).stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow();
        String value = value(pod, ConfigKeys.variable(name));
        return Duration.parse("PT" + (value != null ? value : key.byDefault())).toSeconds();
    }

    @ParameterizedTest
    @MethodSource("podsOfTheSuite")
    void theGatewayFindsEveryCapability(Pod pod) {
        if (!pod.workload().name().equals("gateway")) {
            return;
        }
        Set<String> services = names("gateway", "polymath.gateway.services.", ".address");
        List<String> addresses = new ArrayList<>();
        assertThat(services).isNotEmpty().allSatisfy(name -> {
            String address = value(pod, ConfigKeys.variable("polymath.gateway.services." + name + ".address"));
            assertThat(address).as("address of %s", name).isNotNull();
            addresses.add(address);
        });

        assertThat(addresses)
                .containsExactlyInAnyOrderElementsOf(pod.file().of(Service.class).stream()
                        .filter(service -> "capability"
                                .equals(service.getMetadata().getLabels().get(Labels.COMPONENT)))
                        .map(service -> "dns:///" + service.getMetadata().getName() + ":"
                                + service.getSpec().getPorts().stream()
                                        .filter(port -> port.getName().equals("grpc"))
                                        .findFirst()
                                        .orElseThrow()
                                        .getPort())
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("podsOfTheSuite")
    void everyProgramKnowsWhoMayCallIt(Pod pod) {
        String closed;
        String open;
        if (pod.workload().capability()) {
            closed = value(pod, "POLYMATH_CALLS_GATEWAY_KEYS");
            open = value(pod, "POLYMATH_CALLS_ALLOW_ANONYMOUS_ON_ANY_ADDRESS");
        } else {
            closed = "true".equals(value(pod, "POLYMATH_GATEWAY_AUTH_ENABLED"))
                    ? value(pod, "POLYMATH_GATEWAY_AUTH_ISSUER")
                    : null;
            open = value(pod, "POLYMATH_GATEWAY_AUTH_ALLOW_ANONYMOUS_ON_ANY_ADDRESS");
        }

        if (pod.file().name().equals("production")) {
            assertThat(closed).isNotNull();
            assertThat(open).isNull();
        } else {
            assertThat(closed == null).as("without a way to tell callers").isEqualTo("true".equals(open));
        }
    }

    @ParameterizedTest
    @MethodSource("podsOfTheSuite")
    void aFileThatIsNamedIsOnAVolume(Pod pod) {
        assertThat(service(pod).getEnv())
                .filteredOn(variable ->
                        variable.getValue() != null && variable.getValue().startsWith("/"))
                .allSatisfy(variable -> assertThat(service(pod).getVolumeMounts())
                        .as("%s=%s", variable.getName(), variable.getValue())
                        .anyMatch(mount -> (variable.getValue() + "/").startsWith(mount.getMountPath() + "/")));
    }

    /** The command line of administration takes variables as defaults of its options. */
    @ParameterizedTest
    @MethodSource("pods")
    void theRealmIsSetUpByACommandThatIsThere(Pod pod) throws IOException {
        if (!pod.workload().name().equals("realm")) {
            return;
        }
        Path sources = Manifests.PROJECT.resolve("admin/src/main/java/dev/polymath/admin");
        String options = Files.readString(sources.resolve("KeycloakOptions.java"));
        String commands = Files.readString(sources.resolve("Admin.java"));

        assertThat(service(pod).getEnv())
                .isNotEmpty()
                .allSatisfy(variable -> assertThat(options).contains(variable.getName()));
        assertThat(commands).contains("name = \"" + service(pod).getArgs().get(0) + "\"");
    }

    @ParameterizedTest
    @MethodSource("pods")
    void ourImagesHaveTheVersionOfTheProject(Pod pod) throws IOException {
        Matcher version = Pattern.compile("<artifactId>polymath-parent</artifactId>\\s*<version>([^<]+)</version>")
                .matcher(Files.readString(Manifests.PROJECT.resolve("pom.xml")));
        assertThat(version.find()).isTrue();

        if (service(pod).getImage().startsWith("polymath/")) {
            assertThat(service(pod).getImage())
                    .matches("polymath/[a-z-]+:" + Pattern.quote(version.group(1)) + "(-gpu)?");
        }
    }

    private static Container service(Pod pod) {
        return pod.spec().getContainers().get(0);
    }

    private static @Nullable String value(Pod pod, String variable) {
        return service(pod).getEnv().stream()
                .filter(candidate -> candidate.getName().equals(variable))
                .findFirst()
                .map(EnvVar::getValue)
                .orElse(null);
    }

    private static List<Key> keys(String module) {
        return module.equals("gateway") ? ConfigKeys.of("gateway") : ConfigKeys.of("service-support", module);
    }

    private static Set<String> ownKeys(String module) {
        return configuration(module).stringPropertyNames();
    }

    /** The names of one's own choice between a prefix and a suffix in a module's configuration. */
    private static Set<String> names(String module, String prefix, String suffix) {
        return configuration(module).stringPropertyNames().stream()
                .filter(key -> key.startsWith(prefix) && key.endsWith(suffix))
                .map(key -> key.substring(prefix.length(), key.length() - suffix.length()))
                .collect(Collectors.toSet());
    }

    /** What a module brings with it: of the services that of service-support too. */
    private static Properties configuration(String module) {
        Properties all = new Properties();
        read(
                Manifests.PROJECT.resolve("service-support/src/main/resources/META-INF/microprofile-config.properties"),
                all);
        Path resources = Manifests.PROJECT.resolve(module).resolve("src/main/resources");
        read(resources.resolve("application.properties"), all);
        Path yaml = resources.resolve("application.yaml");
        if (Files.exists(yaml)) {
            try {
                Manifests.documents(Files.readString(yaml)).forEach(document -> flatten("", document, all));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return all;
    }

    private static void read(Path file, Properties into) {
        if (Files.exists(file)) {
            try {
                into.load(new StringReader(Files.readString(file)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void flatten(String prefix, JsonNode node, Properties into) {
        if (node.isObject()) {
            node.properties()
                    .forEach(entry -> flatten(
                            prefix.isEmpty() ? entry.getKey() : prefix + "." + entry.getKey(), entry.getValue(), into));
        } else {
            into.setProperty(prefix, node.asText());
        }
    }
}
