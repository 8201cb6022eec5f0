package dev.polymath.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What needs no Keycloak; the rest is in the security suite, against the real one. */
class AdminTest {
    private record Result(int status, String out, String err) {}

    private static Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Admin.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        int status = commandLine.execute(arguments);
        return new Result(status, out.toString(), err.toString());
    }

    @Test
    void helpListsTheCommands() {
        Result help = run("--help");

        assertThat(help.status()).isZero();
        assertThat(help.out()).contains("setup", "add", "rotate", "list", "revoke", "identity-key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"setup", "add", "rotate", "list", "revoke"})
    void helpOfACommandSaysHowThePasswordIsGiven(String command) {
        Result help = run(command, "--help");

        assertThat(help.status()).isZero();
        assertThat(help.out()).contains("POLYMATH_KEYCLOAK_PASSWORD");
    }

    @Test
    void serverThatIsNotThereIsSaidInOneLine() {
        Result result = run("list", "--server", "http://127.0.0.1:1", "--password=secret");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains("Keycloak cannot be reached").doesNotContain("\tat ", "secret");
    }

    @ParameterizedTest
    @CsvSource({"requests-per-hour, 1", "requests-per-second, 0", "concurrent-calls, -1", "weight, 101"})
    void quotaThatCannotBeIsNamed(String name, long limit) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Quota.of(Map.of(name, limit)))
                .withMessageStartingWith("--quota " + name + "=" + limit);
    }

    @Test
    void quotaIsAClaim() {
        Quota quota = Quota.of(Map.of("requests-per-second", 50L, "concurrent-calls", 4L));

        assertThat(quota.json()).isEqualTo("{\"concurrentCalls\":4,\"requestsPerSecond\":50}");
        assertThat(quota).hasToString("concurrent-calls=4,requests-per-second=50");
        assertThat(Quota.of(Map.of("weight", 4L)).json()).isEqualTo("{\"weight\":4}");
        assertThat(Quota.of(Map.of()).json()).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"polymath", "a b", "a/b", "\u00e4"})
    void nameThatNoClientCanHaveIsRefusedBeforeKeycloakIsAsked(String name) {
        Result result = run("add", name, "--capabilities", "ner", "--password=secret");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains("CLIENT: " + name);
    }

    @Test
    void identityKeyIsAPairAndForItsOwnerAlone(@TempDir Path folder) throws Exception {
        Path keys = folder.resolve("keys");

        assertThat(run("identity-key", keys.toString()).status()).isZero();

        PrivateKey secret = KeyFactory.getInstance("Ed25519")
                .generatePrivate(new PKCS8EncodedKeySpec(der(keys.resolve("identity.key"), "PRIVATE KEY")));
        PublicKey published = KeyFactory.getInstance("Ed25519")
                .generatePublic(new X509EncodedKeySpec(der(keys.resolve("identity.pub"), "PUBLIC KEY")));
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(secret);
        signature.update("text".getBytes(StandardCharsets.UTF_8));
        byte[] signed = signature.sign();
        signature.initVerify(published);
        signature.update("text".getBytes(StandardCharsets.UTF_8));
        assertThat(signature.verify(signed)).isTrue();
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            assertThat(Files.getPosixFilePermissions(keys.resolve("identity.key")))
                    .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        }
    }

    @Test
    void identityKeyThatIsThereStays(@TempDir Path folder) throws Exception {
        run("identity-key", folder.toString());
        String before = Files.readString(folder.resolve("identity.key"));

        run("identity-key", folder.toString());

        assertThat(Files.readString(folder.resolve("identity.key"))).isEqualTo(before);
    }

    private static byte[] der(Path file, String kind) throws Exception {
        String pem = Files.readString(file);
        assertThat(pem).startsWith("-----BEGIN " + kind + "-----\n").endsWith("-----END " + kind + "-----\n");
        return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    }
}
