package dev.polymath.admin;

import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.NotAuthorizedException;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.WebApplicationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.keycloak.admin.client.Keycloak;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line of administration. Secrets go to standard output, once, when they are made; everything else that is said to standard error. */
@Command(
        name = "polymath-admin",
        description = {
            "Sets Keycloak up for Polymath, and manages the clients that may call it.",
            "",
            "All commands may be run again: they bring about a state."
        },
        synopsisSubcommandLabel = "COMMAND")
public final class Admin {
    /** Exit status when the options, the server or the disk are at fault, and not the program. */
    private static final int FAULT_OF_INPUT = 1;

    /** Held, because the logging of the JDK forgets the level of a logger that nobody holds. */
    private static final Logger ROOT_LOGGER = Logger.getLogger("");

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "Show this help and exit.")
    boolean help;

    private Admin() {}

    public static void main(String[] arguments) {
        // its debug lines have requests in them
        ROOT_LOGGER.setLevel(Level.WARNING);
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Admin());
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setExecutionExceptionHandler((e, command, result) -> {
            String message = message(e);
            if (message == null) {
                throw e;
            }
            command.getErr().println(command.getColorScheme().errorText("polymath-admin: " + message));
            return FAULT_OF_INPUT;
        });
        return commandLine;
    }

    /** What is wrong outside of the program, null if it is the program. */
    private static @Nullable String message(Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null && !(cause instanceof WebApplicationException)) {
            cause = cause.getCause();
        }
        if (cause instanceof NotAuthorizedException) {
            return "Keycloak does not accept the user and the password";
        }
        if (cause instanceof ClientErrorException refused) {
            return "Keycloak refuses with status " + refused.getResponse().getStatus()
                    + " (expected: an administrator of the realm)";
        }
        if (e instanceof ProcessingException || e instanceof WebApplicationException) {
            return "Keycloak cannot be reached: " + cause.getMessage();
        }
        return e instanceof IOException || e instanceof IllegalArgumentException || e instanceof IllegalStateException
                ? e.getMessage()
                : null;
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private void say(String text) {
        Objects.requireNonNull(spec).commandLine().getErr().println(text);
    }

    /** To standard output and nowhere else; the lines can be read by a shell. */
    private void tell(@Nullable String secret, String name) {
        if (secret == null) {
            say(name + " keeps the secret it has; rotate gives it another");
        } else {
            out().println("client=" + name);
            out().println("secret=" + secret);
            say("the secret is shown this once");
        }
    }

    @Command(
            name = "setup",
            description =
                    "Creates what is missing: the realm, a role and a scope for each capability, and the gateway's own"
                            + " client, whose secret is shown if it is new.")
    void setUp(
            @Mixin KeycloakOptions options,
            @Option(
                            names = "--capabilities",
                            split = ",",
                            paramLabel = "NAME",
                            defaultValue = "ner,vision,translation,text-analytics,admin",
                            description = "Scopes polymath.NAME. Default: ${DEFAULT-VALUE}. Others may be added later.")
                    List<String> capabilities) {
        try (Keycloak keycloak = options.connect()) {
            String secret = new Realm(keycloak, options.realm).setUp(capabilities);
            say("realm " + options.realm + " is set up; issuer: " + options.server.replaceAll("/+$", "") + "/realms/"
                    + options.realm);
            tell(secret, Realm.AUDIENCE);
        }
    }

    @Command(
            name = "add",
            description =
                    "Creates a client, or gives the one there is these capabilities and this quota, and its rights back if it was"
                            + " revoked. The secret is shown if the client is new.")
    void add(
            @Mixin KeycloakOptions options,
            @Parameters(paramLabel = "CLIENT", description = "Letters, digits, '.', '_', '-'.") String client,
            @Option(
                            names = "--capabilities",
                            split = ",",
                            required = true,
                            paramLabel = "NAME",
                            description = "What the client may call, all others it may not: ner, vision, ...")
                    List<String> capabilities,
            @Option(
                            names = "--quota",
                            split = ",",
                            paramLabel = "LIMIT=NUMBER",
                            description =
                                    "requests-per-second, characters-per-minute, images-per-minute, concurrent-calls;"
                                            + " what is not named is what the gateway gives everybody. weight, 1 to"
                                            + " 100: share of a model while other clients wait too, 1 if not named.")
                    @Nullable
                    Map<String, Long> quota) {
        if (!client.matches("[A-Za-z0-9._-]{1,64}") || client.equals(Realm.AUDIENCE)) {
            throw new IllegalArgumentException("CLIENT: " + client
                    + " (expected: at most 64 letters, digits, '.', '_', '-'," + " and not " + Realm.AUDIENCE + ")");
        }
        Quota limits = Quota.of(quota == null ? Map.of() : new LinkedHashMap<>(quota));
        Set<String> chosen = new TreeSet<>(capabilities);
        try (Keycloak keycloak = options.connect()) {
            tell(new Realm(keycloak, options.realm).addClient(client, chosen, limits), client);
        }
    }

    @Command(
            name = "rotate",
            description =
                    "Gives a client another secret, or the gateway's own client, polymath. The old one is of no use any more;"
                            + " tokens that were got with it count until they expire.")
    void rotate(@Mixin KeycloakOptions options, @Parameters(paramLabel = "CLIENT") String client) {
        try (Keycloak keycloak = options.connect()) {
            tell(new Realm(keycloak, options.realm).rotate(client), client);
        }
    }

    @Command(name = "list", description = "Lists the clients with their capabilities and quotas.")
    void list(@Mixin KeycloakOptions options) {
        try (Keycloak keycloak = options.connect()) {
            out().printf("%-24s %-8s %-48s %s%n", "CLIENT", "STATE", "CAPABILITIES", "QUOTA");
            new Realm(keycloak, options.realm)
                    .clients()
                    .forEach(client -> out().printf(
                                    "%-24s %-8s %-48s %s%n",
                                    client.name(),
                                    client.enabled() ? "active" : "revoked",
                                    String.join(",", client.capabilities()),
                                    client.quota().isEmpty() ? "-" : client.quota()));
        }
    }

    @Command(
            name = "revoke",
            description =
                    "Takes a client's rights: it gets no more tokens at once, and those it has are refused by a gateway that asks"
                            + " Keycloak about them, else when they expire.")
    void revoke(
            @Mixin KeycloakOptions options,
            @Parameters(paramLabel = "CLIENT") String client,
            @Option(names = "--delete", description = "Delete it; without, add gives it its rights back.")
                    boolean delete) {
        try (Keycloak keycloak = options.connect()) {
            Realm realm = new Realm(keycloak, options.realm);
            if (delete) {
                realm.delete(client);
            } else {
                realm.revoke(client);
            }
            say(client + (delete ? " is deleted" : " is revoked"));
        }
    }

    @Command(
            name = "identity-key",
            description = "Writes a key pair by which services know the gateway: identity.key for the gateway"
                    + " (polymath.gateway.identity.key-file), identity.pub for the services (polymath.calls.gateway-keys)."
                    + " Keeps the one there is.")
    void identityKey(@Parameters(paramLabel = "FOLDER", description = "Is made if missing.") Path folder)
            throws IOException, GeneralSecurityException {
        Path secret = folder.resolve("identity.key");
        Path published = folder.resolve("identity.pub");
        if (Files.exists(secret) && Files.exists(published)) {
            say(secret + " is there already");
            return;
        }
        Files.createDirectories(folder);
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Files.deleteIfExists(secret);
        boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        if (posix) {
            Files.createFile(
                    secret, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.writeString(
                secret,
                pem("PRIVATE KEY", pair.getPrivate().getEncoded()),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        Files.writeString(published, pem("PUBLIC KEY", pair.getPublic().getEncoded()));
        say("written: " + secret + ", " + published);
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + kind + "-----\n";
    }
}
