package dev.polymath.admin;

import org.jspecify.annotations.Nullable;
import org.keycloak.admin.client.Keycloak;
import org.keycloak.admin.client.KeycloakBuilder;
import picocli.CommandLine.Option;

/** Which Keycloak, and who works in it. */
final class KeycloakOptions {
    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "Where Keycloak is. POLYMATH_KEYCLOAK_URL, else ${DEFAULT-VALUE}.",
            defaultValue = "${env:POLYMATH_KEYCLOAK_URL:-http://127.0.0.1:8180}")
    String server = "";

    @Option(
            names = "--realm",
            paramLabel = "NAME",
            description = "The realm. POLYMATH_KEYCLOAK_REALM, else ${DEFAULT-VALUE}.",
            defaultValue = "${env:POLYMATH_KEYCLOAK_REALM:-polymath}")
    String realm = "";

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "Administrator of Keycloak. POLYMATH_KEYCLOAK_USER, else ${DEFAULT-VALUE}.",
            defaultValue = "${env:POLYMATH_KEYCLOAK_USER:-admin}")
    String user = "";

    @Option(
            names = "--user-realm",
            paramLabel = "NAME",
            description = "The administrator's own realm. Default: ${DEFAULT-VALUE}.",
            defaultValue = "master")
    String userRealm = "";

    @Option(
            names = "--password",
            arity = "0..1",
            interactive = true,
            paramLabel = "PASSWORD",
            description =
                    "Asked for without echo. POLYMATH_KEYCLOAK_PASSWORD, if the option is left out; a password given as"
                            + " an argument can be seen by others on the machine.")
    char @Nullable [] password;

    /** @throws IllegalArgumentException if there is no password */
    Keycloak connect() {
        String given = password != null ? new String(password) : System.getenv("POLYMATH_KEYCLOAK_PASSWORD");
        if (given == null || given.isEmpty()) {
            throw new IllegalArgumentException(
                    "no password (expected: --password, which asks for it, or POLYMATH_KEYCLOAK_PASSWORD)");
        }
        return KeycloakBuilder.builder()
                .serverUrl(server)
                .realm(userRealm)
                .username(user)
                .password(given)
                .clientId("admin-cli")
                .build();
    }
}
