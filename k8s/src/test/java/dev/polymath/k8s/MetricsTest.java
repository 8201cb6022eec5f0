package dev.polymath.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.Rule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether alerts, dashboards and autoscalers ask for series and labels that the programs publish. */
class MetricsTest {
    /** Of Prometheus itself, of the kubelet and of kube-state-metrics. */
    private static final Set<String> OF_OTHERS = Set.of(
            "up",
            "container_cpu_usage_seconds_total",
            "container_memory_working_set_bytes",
            "kube_pod_container_resource_limits");

    /** What Prometheus adds to a series when it scrapes, and what kube-state-metrics and histograms have. */
    private static final Set<String> LABELS_OF_OTHERS =
            Set.of("namespace", "pod", "job", "container", "le", "resource");

    private static final Pattern SELECTOR = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)\\{([^}]*)}");
    private static final Pattern MATCHER = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("(?:by|on|without|ignoring)\\s*\\(([^)]*)\\)");

    /** The series of the programs by their Prometheus names, each with its labels. */
    private static final Map<String, Set<String>> SERIES = series();

    static Stream<String> queries() {
        List<String> all = new ArrayList<>();
        for (Manifests file : Manifests.all()) {
            file.of(PrometheusRule.class)
                    .forEach(rules -> rules.getSpec()
                            .getGroups()
                            .forEach(group -> group.getRules()
                                    .forEach(rule -> all.add(rule.getExpr().getStrVal()))));
            file.of(ScaledObject.class)
                    .forEach(object -> Objects.requireNonNull(object.spec).triggers().stream()
                            .filter(trigger -> trigger.type().equals("prometheus"))
                            .forEach(trigger -> all.add(trigger.metadata().get("query"))));
            panels(file)
                    .forEach(panel -> panel.path("targets")
                            .forEach(target -> all.add(target.path("expr").asText())));
        }
        adapterRules().forEach(rule -> {
            all.add(rule.path("seriesQuery").asText());
            all.add(rule.path("metricsQuery")
                    .asText()
                    .replace("<<.Series>>", rule.path("seriesQuery").asText().replaceAll("\\{.*", ""))
                    .replace("<<.LabelMatchers>>", "namespace=\"polymath\"")
                    .replace("<<.GroupBy>>", "pod"));
        });
        return all.stream().distinct();
    }

    @Test
    void theSeriesOfTheProgramsAreFound() {
        assertThat(SERIES.keySet())
                .contains(
                        "polymath_gateway_requests_total",
                        "polymath_gateway_request_duration_seconds_sum",
                        "polymath_inference_queue_duration_seconds_bucket",
                        "polymath_inference_queue_tokens",
                        "polymath_model_info")
                .doesNotContain("polymath_gateway_request_duration_seconds_bucket");
        assertThat(queries()).hasSizeGreaterThan(20);
    }

    @ParameterizedTest
    @MethodSource("queries")
    void everySeriesAndLabelIsPublished(String query) {
        Set<String> labels = new HashSet<>(LABELS_OF_OTHERS);
        List<MatchResult> selectors = SELECTOR.matcher(query).results().toList();
        assertThat(selectors).as("series in %s", query).isNotEmpty();
        for (MatchResult selector : selectors) {
            Set<String> own = SERIES.getOrDefault(selector.group(1), Set.of());
            assertThat(SERIES.containsKey(selector.group(1)) || OF_OTHERS.contains(selector.group(1)))
                    .as("%s in %s", selector.group(1), query)
                    .isTrue();
            labels.addAll(own);
            MATCHER.matcher(selector.group(2))
                    .results()
                    .forEach(matcher -> assertThat(
                                    own.contains(matcher.group(1)) || LABELS_OF_OTHERS.contains(matcher.group(1)))
                            .as("label %s of %s", matcher.group(1), selector.group(1))
                            .isTrue());
        }
        GROUPING.matcher(query)
                .results()
                .forEach(grouping -> assertThat(labels)
                        .as("labels of %s", query)
                        .containsAll(List.of(grouping.group(1).split("\\s*,\\s*"))));
        // No series without its braces, which would be all namespaces' together.
        assertThat(Pattern.compile("polymath_[a-z_]+(?![a-z_{])")
                        .matcher(query)
                        .results()
                        .map(MatchResult::group))
                .isEmpty();
        assertThat(query.chars().filter(c -> c == '(').count())
                .as("parentheses of %s", query)
                .isEqualTo(query.chars().filter(c -> c == ')').count());
    }

    @ParameterizedTest
    @MethodSource("queries")
    void reasonsAreThoseOfTheErrors(String query) throws IOException {
        String errors = Files.readString(Manifests.PROJECT.resolve("docs/errors.md"));
        MATCHER.matcher(query)
                .results()
                .filter(matcher -> Set.of("reason", "outcome", "code").contains(matcher.group(1)))
                .flatMap(matcher -> Stream.of(matcher.group(3).split("\\|")))
                .filter(word -> !Set.of("OK", "UNKNOWN").contains(word))
                .forEach(word -> assertThat(errors).contains(word));
    }

    @Test
    void autoscalersAskForWhatTheAdapterOffers() {
        Set<String> offered = new TreeSet<>();
        adapterRules().forEach(rule -> offered.add(rule.path("name").path("as").asText()));
        List<String> asked = Manifests.all().stream()
                .flatMap(file -> file.of(HorizontalPodAutoscaler.class).stream())
                .flatMap(autoscaler -> autoscaler.getSpec().getMetrics().stream())
                .filter(metric -> metric.getType().equals("Pods"))
                .map(metric -> metric.getPods().getMetric().getName())
                .toList();

        assertThat(asked).isNotEmpty();
        assertThat(offered).containsExactlyInAnyOrderElementsOf(new TreeSet<>(asked));
    }

    @Test
    void bothWaysOfAutoscalingAgree() {
        Map<String, List<Integer>> adapter = new TreeMap<>();
        Map<String, List<Integer>> keda = new TreeMap<>();
        for (Manifests file : Manifests.all()) {
            file.of(HorizontalPodAutoscaler.class)
                    .forEach(one -> adapter.put(
                            one.getMetadata().getName(),
                            List.of(
                                    one.getSpec().getMinReplicas(),
                                    one.getSpec().getMaxReplicas())));
            file.of(ScaledObject.class).forEach(one -> {
                var spec = Objects.requireNonNull(one.spec);
                keda.put(spec.scaleTargetRef().name(), List.of(spec.minReplicaCount(), spec.maxReplicaCount()));
            });
        }

        assertThat(keda).isNotEmpty().isEqualTo(adapter);
    }

    @Test
    void everyAlertSendsToAChapterThatIsThere() throws IOException {
        List<String> headings = Files.readAllLines(Manifests.PROJECT.resolve("docs/operations.md")).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ +", "").toLowerCase(Locale.ROOT))
                .toList();
        List<Rule> alerts = Manifests.all().stream()
                .flatMap(file -> file.of(PrometheusRule.class).stream())
                .flatMap(rules -> rules.getSpec().getGroups().stream())
                .flatMap(group -> group.getRules().stream())
                .toList();

        assertThat(alerts).isNotEmpty().allSatisfy(alert -> {
            assertThat(alert.getAnnotations()).containsKey("summary");
            String runbook = alert.getAnnotations().getOrDefault("runbook", "");
            assertThat(runbook).startsWith("docs/operations.md: ");
            assertThat(headings)
                    .contains(runbook.substring("docs/operations.md: ".length()).toLowerCase(Locale.ROOT));
        });
    }

    /** The panels of the dashboards that a file has. */
    private static List<JsonNode> panels(Manifests file) {
        List<JsonNode> panels = new ArrayList<>();
        file.of(ConfigMap.class).stream()
                .filter(map -> map.getMetadata().getLabels().containsKey("grafana_dashboard"))
                .flatMap(map -> map.getData().values().stream())
                .forEach(json -> {
                    try {
                        new ObjectMapper().readTree(json).path("panels").forEach(panels::add);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        return panels;
    }

    private static List<JsonNode> adapterRules() {
        try {
            List<JsonNode> rules = new ArrayList<>();
            Manifests.documents(Files.readString(
                            Manifests.FOLDER.resolve("components/autoscaling/prometheus-adapter-values.yaml")))
                    .forEach(values -> values.path("rules").path("custom").forEach(rules::add));
            return rules;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the sources register with Micrometer, under the names that its Prometheus registry gives. */
    private static Map<String, Set<String>> series() {
        Pattern meter = Pattern.compile(
                "(Counter|Timer|DistributionSummary|Gauge)\\.builder\\(\\s*\"(polymath\\.[a-z.]+)\"|(timer|gauge)\\(\\s*\"(polymath\\.[a-z.]+)\"");
        Pattern oneTag = Pattern.compile("\\.tag\\(\\s*\"([a-z_0-9]+)\"");
        Pattern severalTags = Pattern.compile("(?:\\.tags|Tags\\.of)\\(([^;]*?)\\)\\)?\\s*\\.");
        Pattern tagName = Pattern.compile("\"([a-z_0-9]+)\"\\s*,");
        Map<String, Set<String>> series = new TreeMap<>();
        for (Path file : sources("service-support", "gateway")) {
            String source = read(file);
            if (!source.contains("io.micrometer")) {
                continue;
            }
            Set<String> labels = Stream.concat(
                            oneTag.matcher(source).results(),
                            severalTags
                                    .matcher(source)
                                    .results()
                                    .flatMap(call ->
                                            tagName.matcher(call.group(1)).results()))
                    .map(name -> name.group(1))
                    .collect(Collectors.toSet());
            Matcher matcher = meter.matcher(source);
            while (matcher.find()) {
                String name = Objects.requireNonNullElse(matcher.group(2), matcher.group(4))
                        .replace('.', '_');
                String kind = Objects.requireNonNullElse(matcher.group(1), matcher.group(3));
                List<String> suffixes = switch (kind) {
                    case "Counter" -> List.of("_total");
                    case "Timer", "timer" ->
                        source.contains("serviceLevelObjectives")
                                ? List.of("_seconds_sum", "_seconds_count", "_seconds_max", "_seconds_bucket")
                                : List.of("_seconds_sum", "_seconds_count", "_seconds_max");
                    case "DistributionSummary" -> List.of("_sum", "_count", "_max");
                    default -> List.of("");
                };
                suffixes.forEach(suffix -> series.put(name + suffix, labels));
            }
        }
        return series;
    }

    private static List<Path> sources(String... modules) {
        List<Path> sources = new ArrayList<>();
        for (String module : modules) {
            try (Stream<Path> files =
                    Files.walk(Manifests.PROJECT.resolve(module).resolve("src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return sources;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
