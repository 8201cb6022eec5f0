package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked
class RoutesTest {
    private static final String SERVICE = GatewayFixture.PREFIX + "services.weather.";

    private static Routes routes(Map<String, String> more) {
        Map<String, String> properties = new HashMap<>(Map.of(
                SERVICE + "address", "127.0.0.1:1", SERVICE + "grpc-services", "acme.weather.v1.WeatherService"));
        properties.putAll(more);
        GatewayConfig config = GatewayFixture.config(properties);
        return new Routes(
                config,
                Schema.load(List.of(GatewayFixture.ACME.toString())),
                null,
                new Quotas(
                        config.quota(),
                        new LocalBuckets(System::nanoTime),
                        new SimpleMeterRegistry(),
                        (time, task) -> () -> {}));
    }

    @Test
    void defaults() {
        GatewayConfig config =
                GatewayFixture.config(Map.of(SERVICE + "address", "a:1", SERVICE + "grpc-services", "b.C"));

        assertThat(config.descriptorSets()).isEmpty();
        assertThat(config.shutdownTimeout()).isEqualTo(Duration.ofSeconds(20));
        GatewayConfig.Service service = config.services().get("weather");
        assertThat(service.tls()).isFalse();
        assertThat(service.deadline()).isEqualTo(Duration.ofSeconds(30));
        assertThat(service.streamDeadline()).isEqualTo(Duration.ofHours(1));
        assertThat(service.methodDeadlines()).isEmpty();
    }

    @Test
    void explicitMappings() {
        GatewayConfig config = GatewayFixture.config(Map.of(
                GatewayFixture.PREFIX + "descriptor-sets", "x.protobin,y.protobin",
                GatewayFixture.PREFIX + "shutdown-timeout", "3s",
                SERVICE + "address", "weather:9",
                SERVICE + "tls", "true",
                SERVICE + "grpc-services", "b.C,d.E",
                SERVICE + "deadline", "1s",
                SERVICE + "stream-deadline", "2s",
                SERVICE + "method-deadlines.\"C/M\"", "4s"));

        assertThat(config.descriptorSets()).contains(List.of("x.protobin", "y.protobin"));
        assertThat(config.shutdownTimeout()).isEqualTo(Duration.ofSeconds(3));
        GatewayConfig.Service service = config.services().get("weather");
        assertThat(service.address()).isEqualTo("weather:9");
        assertThat(service.tls()).isTrue();
        assertThat(service.grpcServices()).containsExactly("b.C", "d.E");
        assertThat(service.deadline()).isEqualTo(Duration.ofSeconds(1));
        assertThat(service.streamDeadline()).isEqualTo(Duration.ofSeconds(2));
        assertThat(service.methodDeadlines()).containsExactly(Map.entry("C/M", Duration.ofSeconds(4)));
    }

    @Test
    void deadlineIsThatOfTheMethodElseOfItsKind() {
        Routes routes = routes(Map.of(
                SERVICE + "deadline", "7s",
                SERVICE + "stream-deadline", "8s",
                SERVICE + "method-deadlines.\"WeatherService/Ping\"", "9s"));

        assertThat(routes.find("acme.weather.v1.WeatherService/GetWeather").deadline())
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(routes.find("acme.weather.v1.WeatherService/Forecast").deadline())
                .isEqualTo(Duration.ofSeconds(8));
        assertThat(routes.find("acme.weather.v1.WeatherService/Ping").deadline())
                .isEqualTo(Duration.ofSeconds(9));
        assertThat(routes.find("acme.weather.v1.WeatherService/Pong")).isNull();
        assertThat(routes.find("acme.weather.v1.WeatherService")).isNull();
        assertThat(routes.find("polymath.ner.v1.EntityRecognitionService/RecognizeEntities"))
                .isNull();
    }

    @Test
    void whatAMethodDeclaresCountsUnlessTheConfigurationOfOneOfItsServicesSaysOtherwise() {
        String load = "polymath.models.v1.ModelService/LoadModel";
        String models = "polymath.models.v1.ModelService";
        Map<String, String> two = new HashMap<>(Map.of(
                SERVICE + "grpc-services",
                models,
                SERVICE + "scope",
                "acme.weather",
                GatewayFixture.PREFIX + "services.other.address",
                "127.0.0.1:1",
                GatewayFixture.PREFIX + "services.other.grpc-services",
                models,
                GatewayFixture.PREFIX + "services.other.scope",
                "acme.other"));

        Routes declared = routes(two);
        assertThat(declared.find(load).deadline()).isEqualTo(Duration.ofMinutes(10));
        assertThat(declared.find(load).rule()).isEqualTo(Rule.anyOf(List.of("polymath.admin")));
        assertThat(declared.find(models + "/ListModels").rule())
                .isEqualTo(Rule.anyOf(List.of("acme.other", "acme.weather")));

        two.put(SERVICE + "method-deadlines.\"ModelService/LoadModel\"", "7s");
        two.put(SERVICE + "method-scopes.\"ModelService/LoadModel\"", "acme.operator");
        Routes configured = routes(two);
        assertThat(configured.find(load).deadline()).isEqualTo(Duration.ofSeconds(7));
        assertThat(configured.find(load).rule()).isEqualTo(Rule.anyOf(List.of("acme.operator")));
    }

    @ParameterizedTest
    @CsvSource({
        "address, localhost, address: localhost",
        "address, 'http//x:1', address: http//x:1",
        "grpc-services, 'not a name', grpc-services: not a name",
        "deadline, 0s, deadline: PT0S",
        "'method-deadlines.\"WeatherService/Pong\"', 1s, method-deadlines: WeatherService/Pong",
        "'method-deadlines.\"WeatherService/Ping\"', 0s, method-deadlines: WeatherService/Ping",
    })
    void wrongConfigurationIsNamedByItsKey(String key, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> routes(Map.of(SERVICE + key, value)))
                .withMessageContaining("polymath.gateway.services.weather." + message)
                .withMessageContaining("expected");
    }

    @Test
    void descriptorSetThatIsNotThereOrIsNoneIsNamed(@TempDir Path folder) throws Exception {
        Path wrong = Files.writeString(folder.resolve("wrong.protobin"), "not a descriptor set");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schema.load(List.of("missing.protobin")))
                .withMessageContaining("missing.protobin");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schema.load(List.of(wrong.toString())))
                .withMessageContaining("wrong.protobin");
    }

    @Test
    void signInNeedsAScopeForEachService() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> routes(Map.of("polymath.gateway.auth.enabled", "true")))
                .withMessageStartingWith("polymath.gateway.services.weather.scope: missing");
    }

    @ParameterizedTest
    @CsvSource({
        "scope, two words, .scope: two words",
        "method-scopes.\"WeatherService/GetWether\", a, .method-scopes: WeatherService/GetWether=a",
        "method-scopes.\"WeatherService/GetWeather\", a\"b, '.method-scopes: WeatherService/GetWeather=a\"b'"
    })
    void scopeThatCannotBeIsNamed(String key, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> routes(Map.of(SERVICE + key, value)))
                .withMessageContaining(message);
    }
}
