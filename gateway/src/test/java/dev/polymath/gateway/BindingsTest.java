package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class BindingsTest {
    private static void check(String host, Map<String, String> auth) {
        Map<String, String> properties = new HashMap<>(auth);
        properties.put("polymath.gateway.services.a.address", "a:1");
        properties.put("polymath.gateway.services.a.grpc-services", "a.A");
        Bindings.check(
                GatewayFixture.config(properties).auth(),
                Map.of("quarkus.http.host", "127.0.0.1", "quarkus.grpc.server.host", host));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"})
    void loopbackNeedsNoSignIn(String host) {
        assertThatCode(() -> check(host, Map.of())).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "name.invalid"})
    void otherAddressWithoutSignInIsRefusedAndTheKeysAreNamed(String host) {
        assertThatIllegalStateException()
                .isThrownBy(() -> check(host, Map.of()))
                .withMessageStartingWith("quarkus.grpc.server.host: " + host)
                .withMessageContaining("polymath.gateway.auth.enabled=true")
                .withMessageContaining("polymath.gateway.auth.allow-anonymous-on-any-address=true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"enabled", "allow-anonymous-on-any-address"})
    void signInOrPermissionOpensAnyAddress(String key) {
        assertThatCode(() -> check("0.0.0.0", Map.of("polymath.gateway.auth." + key, "true")))
                .doesNotThrowAnyException();
    }
}
