package dev.polymath.admin;

import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.keycloak.admin.client.Keycloak;
import org.keycloak.admin.client.resource.ClientResource;
import org.keycloak.admin.client.resource.RealmResource;
import org.keycloak.admin.client.resource.RoleScopeResource;
import org.keycloak.representations.idm.ClientRepresentation;
import org.keycloak.representations.idm.ClientScopeRepresentation;
import org.keycloak.representations.idm.ProtocolMapperRepresentation;
import org.keycloak.representations.idm.RealmRepresentation;
import org.keycloak.representations.idm.RoleRepresentation;

/**
 * A realm of Keycloak as the gateway needs it. A capability is a scope that tokens have and, of the same name, a role without which
 * nobody gets the scope; a client of the suite is a confidential client with a service account. All methods bring about a state, so
 * that they may be called again.
 */
final class Realm {
    /** Name of the client that stands for the suite, and so the audience of tokens. The gateway asks about tokens in its name. */
    static final String AUDIENCE = "polymath";

    private static final String PREFIX = "polymath.";
    private static final String QUOTA_ATTRIBUTE = "polymath.quota";
    private static final String MANAGED_ATTRIBUTE = "polymath.client";
    private static final String PROTOCOL = "openid-connect";
    private static final int TOKEN_SECONDS = 300;

    private final Keycloak keycloak;
    private final String name;

    /**
     * A client of the suite.
     *
     * @param enabled false if it was revoked
     * @param capabilities without the prefix of scopes, in alphabetical order
     * @param quota as it is given on the command line, empty for none
     */
    record Client(String name, boolean enabled, Set<String> capabilities, String quota) {}

    Realm(Keycloak keycloak, String name) {
        this.keycloak = keycloak;
        this.name = name;
    }

    private RealmResource realm() {
        return keycloak.realm(name);
    }

    /**
     * Creates what is missing: the realm, a role and a scope for each capability, the audience and its client.
     *
     * @return the secret of the client of the gateway if that was created, else null
     */
    @Nullable
    String setUp(Collection<String> capabilities) {
        try {
            realm().toRepresentation();
        } catch (NotFoundException missing) {
            RealmRepresentation realm = new RealmRepresentation();
            realm.setRealm(name);
            realm.setEnabled(true);
            realm.setAccessTokenLifespan(TOKEN_SECONDS);
            realm.setBruteForceProtected(true);
            realm.setRegistrationAllowed(false);
            keycloak.realms().create(realm);
        }
        String secret = null;
        if (find(AUDIENCE).isEmpty()) {
            ClientRepresentation gateway =
                    confidential(AUDIENCE, "The suite: the audience of tokens, and the gateway's own name.");
            gateway.setServiceAccountsEnabled(false);
            secret = create(gateway).getSecret().getValue();
        }
        capabilities.forEach(this::capability);
        return secret;
    }

    private void capability(String capability) {
        String scope = PREFIX + capability;
        RoleRepresentation role = role(scope);
        ClientScopeRepresentation present = scopes().get(scope);
        String id;
        if (present == null) {
            ClientScopeRepresentation created = new ClientScopeRepresentation();
            created.setName(scope);
            created.setDescription("Calls of " + capability);
            created.setProtocol(PROTOCOL);
            created.setAttributes(Map.of("include.in.token.scope", "true", "display.on.consent.screen", "true"));
            ProtocolMapperRepresentation audience = new ProtocolMapperRepresentation();
            audience.setName("audience");
            audience.setProtocol(PROTOCOL);
            audience.setProtocolMapper("oidc-audience-mapper");
            audience.setConfig(Map.of(
                    "included.client.audience", AUDIENCE,
                    "access.token.claim", "true",
                    "introspection.token.claim", "true",
                    "id.token.claim", "false"));
            created.setProtocolMappers(List.of(audience));
            try (Response response = realm().clientScopes().create(created)) {
                id = id(response, scope);
            }
        } else {
            id = present.getId();
        }
        RoleScopeResource needed =
                realm().clientScopes().get(id).getScopeMappings().realmLevel();
        if (needed.listAll().stream().noneMatch(r -> r.getName().equals(scope))) {
            needed.add(List.of(role));
        }
    }

    private RoleRepresentation role(String role) {
        try {
            return realm().roles().get(role).toRepresentation();
        } catch (NotFoundException missing) {
            RoleRepresentation created = new RoleRepresentation();
            created.setName(role);
            created.setDescription("May get the scope of the same name");
            realm().roles().create(created);
            return realm().roles().get(role).toRepresentation();
        }
    }

    /** Scopes of capabilities by their names. */
    private Map<String, ClientScopeRepresentation> scopes() {
        return realm().clientScopes().findAll().stream()
                .filter(scope -> scope.getName().startsWith(PREFIX))
                .collect(Collectors.toMap(ClientScopeRepresentation::getName, scope -> scope));
    }

    /**
     * Creates a client, or gives the one there is these capabilities, this quota, and its rights back if it was revoked.
     *
     * @return the secret if the client was created, else null
     * @throws IllegalArgumentException if a capability does not exist, or the client is not one of the suite's
     */
    @Nullable
    String addClient(String client, Set<String> capabilities, Quota quota) {
        Map<String, ClientScopeRepresentation> scopes = scopes();
        List<ClientScopeRepresentation> chosen = new ArrayList<>();
        for (String capability : capabilities) {
            ClientScopeRepresentation scope = scopes.get(PREFIX + capability);
            if (scope == null) {
                throw new IllegalArgumentException("--capabilities " + capability + " (expected: some of "
                        + String.join(", ", names(scopes.keySet())) + "; setup --capabilities adds others)");
            }
            chosen.add(scope);
        }
        String secret = null;
        ClientResource resource;
        Optional<ClientRepresentation> present = find(client);
        if (present.isEmpty()) {
            ClientRepresentation created = confidential(client, "A client of the suite.");
            created.getAttributes().put(MANAGED_ATTRIBUTE, "true");
            resource = create(created);
            secret = resource.getSecret().getValue();
        } else {
            resource = realm().clients().get(managed(present.get()).getId());
        }
        ClientRepresentation state = resource.toRepresentation();
        state.setEnabled(true);
        state.getAttributes().put(QUOTA_ATTRIBUTE, quota.toString());
        resource.update(state);
        quota(resource, quota);
        scopes(resource, chosen, scopes.values());
        roles(resource, chosen);
        return secret;
    }

    private static void quota(ClientResource client, Quota quota) {
        Optional<ProtocolMapperRepresentation> present = client.getProtocolMappers().getMappers().stream()
                .filter(mapper -> mapper.getName().equals(Quota.CLAIM))
                .findFirst();
        ProtocolMapperRepresentation mapper = present.orElseGet(ProtocolMapperRepresentation::new);
        mapper.setName(Quota.CLAIM);
        mapper.setProtocol(PROTOCOL);
        mapper.setProtocolMapper("oidc-hardcoded-claim-mapper");
        mapper.setConfig(new HashMap<>(Map.of(
                "claim.name", Quota.CLAIM,
                "claim.value", quota.json(),
                "jsonType.label", "JSON",
                "access.token.claim", "true",
                "introspection.token.claim", "true",
                "id.token.claim", "false",
                "userinfo.token.claim", "false")));
        if (present.isPresent()) {
            client.getProtocolMappers().update(mapper.getId(), mapper);
        } else {
            client.getProtocolMappers().createMapper(mapper).close();
        }
    }

    private static void scopes(
            ClientResource client, List<ClientScopeRepresentation> chosen, Collection<ClientScopeRepresentation> all) {
        Set<String> wanted =
                chosen.stream().map(ClientScopeRepresentation::getId).collect(Collectors.toSet());
        Set<String> present = client.getDefaultClientScopes().stream()
                .map(ClientScopeRepresentation::getId)
                .collect(Collectors.toSet());
        all.forEach(scope -> {
            if (wanted.contains(scope.getId()) && !present.contains(scope.getId())) {
                client.addDefaultClientScope(scope.getId());
            } else if (!wanted.contains(scope.getId()) && present.contains(scope.getId())) {
                client.removeDefaultClientScope(scope.getId());
            }
        });
    }

    private void roles(ClientResource client, List<ClientScopeRepresentation> chosen) {
        RoleScopeResource roles = realm().users()
                .get(client.getServiceAccountUser().getId())
                .roles()
                .realmLevel();
        Set<String> wanted =
                chosen.stream().map(ClientScopeRepresentation::getName).collect(Collectors.toSet());
        List<RoleRepresentation> present = roles.listAll().stream()
                .filter(role -> role.getName().startsWith(PREFIX))
                .toList();
        List<RoleRepresentation> tooMany = present.stream()
                .filter(role -> !wanted.contains(role.getName()))
                .toList();
        List<RoleRepresentation> missing = wanted.stream()
                .filter(role -> present.stream().noneMatch(p -> p.getName().equals(role)))
                .map(this::role)
                .toList();
        if (!tooMany.isEmpty()) {
            roles.remove(tooMany);
        }
        if (!missing.isEmpty()) {
            roles.add(missing);
        }
    }

    /**
     * Gives a client, or the gateway under the name of the audience, another secret; the old one is of no use any more.
     *
     * @throws IllegalArgumentException if there is no such client of the suite
     */
    String rotate(String client) {
        return realm().clients()
                .get(require(client).getId())
                .generateNewSecret()
                .getValue();
    }

    /**
     * Takes a client's rights: it gets no more tokens, and a gateway that asks learns that those it has are void.
     *
     * @throws IllegalArgumentException if there is no such client of the suite
     */
    void revoke(String client) {
        ClientResource resource = realm().clients().get(require(client).getId());
        ClientRepresentation state = resource.toRepresentation();
        state.setEnabled(false);
        resource.update(state);
    }

    /**
     * Deletes a client.
     *
     * @throws IllegalArgumentException if there is no such client of the suite
     */
    void delete(String client) {
        realm().clients().get(require(client).getId()).remove();
    }

    /** The clients of the suite by their names. */
    List<Client> clients() {
        return realm().clients().findAll().stream()
                .filter(Realm::isManaged)
                .sorted(Comparator.comparing(ClientRepresentation::getClientId))
                .map(client -> new Client(
                        client.getClientId(),
                        client.isEnabled(),
                        names(client.getDefaultClientScopes()),
                        client.getAttributes().getOrDefault(QUOTA_ATTRIBUTE, "")))
                .toList();
    }

    private static TreeSet<String> names(Collection<String> scopes) {
        return scopes.stream()
                .filter(scope -> scope.startsWith(PREFIX))
                .map(scope -> scope.substring(PREFIX.length()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private ClientRepresentation require(String client) {
        ClientRepresentation found = find(client)
                .orElseThrow(() -> new IllegalArgumentException(client + ": no such client (list shows them)"));
        return client.equals(AUDIENCE) ? found : managed(found);
    }

    /** Keeps the hands off clients that something else has made. */
    private static ClientRepresentation managed(ClientRepresentation client) {
        if (!isManaged(client)) {
            throw new IllegalArgumentException(client.getClientId()
                    + ": a client of the realm that this command has not made (expected: another name)");
        }
        return client;
    }

    private static boolean isManaged(ClientRepresentation client) {
        return client.getAttributes() != null && client.getAttributes().containsKey(MANAGED_ATTRIBUTE);
    }

    private Optional<ClientRepresentation> find(String client) {
        return realm().clients().findByClientId(client).stream().findFirst();
    }

    private static ClientRepresentation confidential(String name, String description) {
        ClientRepresentation client = new ClientRepresentation();
        client.setClientId(name);
        client.setDescription(description);
        client.setProtocol(PROTOCOL);
        client.setEnabled(true);
        client.setPublicClient(false);
        client.setServiceAccountsEnabled(true);
        client.setStandardFlowEnabled(false);
        client.setImplicitFlowEnabled(false);
        client.setDirectAccessGrantsEnabled(false);
        client.setFullScopeAllowed(false);
        client.setAttributes(new HashMap<>());
        return client;
    }

    private ClientResource create(ClientRepresentation client) {
        try (Response response = realm().clients().create(client)) {
            return realm().clients().get(id(response, client.getClientId()));
        }
    }

    private static String id(Response response, String what) {
        if (response.getStatus() != Response.Status.CREATED.getStatusCode()) {
            throw new IllegalStateException(
                    what + ": not created, Keycloak answers with status " + response.getStatus());
        }
        String path =
                Objects.requireNonNull(response.getLocation(), "no location").getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
