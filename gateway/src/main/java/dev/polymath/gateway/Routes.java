package dev.polymath.gateway;

import com.google.protobuf.Descriptors;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.util.Durations;
import dev.polymath.common.v1.MethodRule;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which method of which service is answered by which backends, and how long a call may take. Thread-safe. */
final class Routes {
    private static final Pattern SERVICE_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*");

    /** As RFC 6749 has it: printable ASCII but for the space, the quote and the backslash. */
    private static final Pattern SCOPE = Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]+");

    /**
     * The way of one method.
     *
     * @param grpc the method as bytes; BIDI_STREAMING, which takes any kind, where the schema does not know it
     * @param label full method name, or {@code Service/*} for a method that no schema knows
     * @param backends names of the services that answer
     * @param schema the method's declaration, null if no descriptor set has it
     * @param rule who may call it
     * @param identity what calls to the services are signed with, null if they are not
     * @param counter of what its requests hold
     * @param quotas what callers may use
     * @param idleStreams ends streams that nobody sends anything over
     */
    record Route(
            MethodDescriptor<byte[], byte[]> grpc,
            String label,
            String backends,
            Channel channel,
            Duration deadline,
            Descriptors.@Nullable MethodDescriptor schema,
            Rule rule,
            @Nullable GatewayIdentity identity,
            UsageCounter counter,
            Quotas quotas,
            IdleStreams idleStreams) {

        /**
         * A call that takes from the caller's quota, whose deadline is the earlier one of the route's and the caller's, and which,
         * if it is a stream, ends with the session or when it is idle; listeners run in the executor, if given.
         */
        ClientCall<byte[], byte[]> newCall(Session session, @Nullable Deadline asked, @Nullable Executor executor) {
            Deadline deadline = Deadline.after(deadline().toNanos(), TimeUnit.NANOSECONDS);
            CallOptions options = CallOptions.DEFAULT.withDeadline(asked == null ? deadline : deadline.minimum(asked));
            ClientCall<byte[], byte[]> call =
                    channel.newCall(grpc, executor == null ? options : options.withExecutor(executor));
            if (identity != null) {
                call = identity.signed(call, Objects.requireNonNull(grpc.getServiceName()), session.caller());
            }
            call = grpc.getType() == MethodType.UNARY ? call : session.bound(idleStreams.bound(call));
            return quotas.metered(call, grpc, counter, session.caller(), executor);
        }
    }

    private final Map<String, Backend> backends = new TreeMap<>();
    private final Map<String, Service> services = new TreeMap<>();
    private final Map<String, Route> routes = new LinkedHashMap<>();
    private final String adminScope;
    private final Rule anyScope;
    private final GatewayConfig.Limits limits;
    private final IdleStreams idleStreams;
    private final @Nullable GatewayIdentity identity;
    private final Quotas quotas;

    private record Service(
            List<Backend> backends,
            List<GatewayConfig.Service> configs,
            Set<String> scopes,
            @Nullable ServiceDescriptor schema) {
        /** What the services say of a method, {@code Service/Method}. */
        <T> Stream<T> say(Function<GatewayConfig.Service, Map<String, T>> what, String method) {
            return configs.stream()
                    .map(what)
                    .filter(said -> said.containsKey(method))
                    .map(said -> said.get(method));
        }

        String names() {
            return backends.stream().map(Backend::name).collect(Collectors.joining(", "));
        }
    }

    /**
     * Checks the configuration and opens the channels.
     *
     * @param identity what calls to the services are signed with, null if they are not
     * @param quotas what callers may use
     * @throws IllegalArgumentException if the configuration cannot be; the message names the key
     */
    Routes(GatewayConfig config, Schema schema, @Nullable GatewayIdentity identity, Quotas quotas) {
        this.identity = identity;
        this.quotas = quotas;
        this.limits = config.limits();
        this.idleStreams = new IdleStreams(limits.streamIdleTimeout());
        GatewayConfig.Auth auth = config.auth();
        adminScope = auth.adminScope();
        config.services().forEach((name, service) -> {
            String key = "polymath.gateway.services." + name;
            check(key, service, schema);
            if (auth.enabled() && service.scope().isEmpty()) {
                throw new IllegalArgumentException(
                        key
                                + ".scope: missing (expected: the scope for its methods, as polymath.gateway.auth.enabled is true)");
            }
        });
        Set<String> scopes = new TreeSet<>(Set.of(auth.adminScope()));
        for (String name : new TreeSet<>(config.services().keySet())) {
            GatewayConfig.Service service = require(config, name);
            Backend backend = Backend.connect(name, service, schema);
            backends.put(name, backend);
            for (String grpcService : service.grpcServices()) {
                Service joined = services.computeIfAbsent(
                        grpcService,
                        s -> new Service(
                                new ArrayList<>(), new ArrayList<>(), new TreeSet<>(), schema.service(grpcService)));
                joined.backends().add(backend);
                joined.configs().add(service);
                service.scope().ifPresent(joined.scopes()::add);
            }
            service.scope().ifPresent(scopes::add);
            scopes.addAll(service.methodScopes().values());
        }
        anyScope = Rule.anyOf(scopes);
        services.forEach((name, service) -> {
            if (service.schema() != null) {
                service.schema().getMethods().forEach(method -> {
                    Route route = route(name, method.getName(), service, method);
                    if (route != null) {
                        routes.put(route.grpc().getFullMethodName(), route);
                    }
                });
            }
        });
    }

    private static GatewayConfig.Service require(GatewayConfig config, String name) {
        GatewayConfig.Service service = config.services().get(name);
        if (service == null) {
            throw new IllegalArgumentException(name);
        }
        return service;
    }

    private static void check(String key, GatewayConfig.Service service, Schema schema) {
        if (service.grpcServices().isEmpty()) {
            throw new IllegalArgumentException(key + ".grpc-services: empty (expected: at least one service name)");
        }
        for (String name : service.grpcServices()) {
            if (!SERVICE_NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(key + ".grpc-services: " + name
                        + " (expected: a full name such as acme.weather.v1.WeatherService)");
            }
        }
        if (service.deadline().isNegative() || service.deadline().isZero()) {
            throw new IllegalArgumentException(key + ".deadline: " + service.deadline() + " (expected: > 0)");
        }
        service.methodDeadlines().forEach((method, deadline) -> {
            if (!has(service, schema, method) || deadline.isNegative() || deadline.isZero()) {
                throw new IllegalArgumentException(key + ".method-deadlines: " + method + "=" + deadline
                        + " (expected: Service/Method of one of its services, and a time > 0)");
            }
        });
        service.methodScopes().forEach((method, scope) -> {
            if (!has(service, schema, method) || !SCOPE.matcher(scope).matches()) {
                throw new IllegalArgumentException(key + ".method-scopes: " + method + "=" + scope
                        + " (expected: Service/Method of one of its services, and a scope)");
            }
        });
        service.scope().ifPresent(scope -> {
            if (!SCOPE.matcher(scope).matches()) {
                throw new IllegalArgumentException(key + ".scope: " + scope + " (expected: a word without spaces)");
            }
        });
    }

    /** Whether one of the services may have the method {@code Service/Method}. */
    private static boolean has(GatewayConfig.Service service, Schema schema, String method) {
        return service.grpcServices().stream().anyMatch(name -> {
            ServiceDescriptor descriptor = schema.service(name);
            String simple = name.substring(name.lastIndexOf('.') + 1) + "/";
            return method.startsWith(simple)
                    && (descriptor == null || descriptor.findMethodByName(method.substring(simple.length())) != null);
        });
    }

    private @Nullable Route route(
            String serviceName, String method, Service service, Descriptors.@Nullable MethodDescriptor schema) {
        MethodType type = schema == null ? MethodType.BIDI_STREAMING : type(schema);
        MethodRule declared = schema == null ? MethodRule.getDefaultInstance() : Schema.rule(schema);
        Channel channel = service.backends().get(0).channel();
        if (service.backends().size() > 1) {
            if (type != MethodType.UNARY) {
                return null;
            }
            channel = new FanOutChannel(service.backends(), declared.getOneAnswers());
        }
        Duration usual = declared.hasDeadline()
                ? Duration.ofNanos(Durations.toNanos(declared.getDeadline()))
                : type == MethodType.UNARY
                        ? service.configs().get(0).deadline()
                        : service.configs().get(0).streamDeadline();
        String simple = serviceName.substring(serviceName.lastIndexOf('.') + 1) + "/" + method;
        return new Route(
                RawMessage.method(serviceName + "/" + method, type),
                serviceName + "/" + (schema == null ? "*" : method),
                service.names(),
                channel,
                service.say(GatewayConfig.Service::methodDeadlines, simple)
                        .max(Comparator.naturalOrder())
                        .orElse(usual),
                schema,
                rule(service, simple, declared),
                identity,
                schema == null ? UsageCounter.NONE : UsageCounter.of(schema.getInputType()),
                quotas,
                idleStreams);
    }

    /** Of a method that several services have, what any of them says of it counts, as a call reaches them all. */
    private Rule rule(Service service, String method, MethodRule declared) {
        Set<String> own =
                service.say(GatewayConfig.Service::methodScopes, method).collect(Collectors.toSet());
        if (!own.isEmpty()) {
            return Rule.anyOf(own);
        }
        if (declared.getAdmin()) {
            return Rule.anyOf(Set.of(adminScope));
        }
        return service.schema() == null ? Rule.NOBODY : Rule.anyOf(service.scopes());
    }

    private static MethodType type(Descriptors.MethodDescriptor method) {
        if (method.isClientStreaming()) {
            return method.isServerStreaming() ? MethodType.BIDI_STREAMING : MethodType.CLIENT_STREAMING;
        }
        return method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY;
    }

    /** The way of a method, null if there is none. A service without a schema takes any method. */
    @Nullable
    Route find(String fullMethodName) {
        Route known = routes.get(fullMethodName);
        int slash = fullMethodName.lastIndexOf('/');
        if (known != null || slash < 0) {
            return known;
        }
        Service service = services.get(fullMethodName.substring(0, slash));
        return service == null || service.schema() != null
                ? null
                : route(fullMethodName.substring(0, slash), fullMethodName.substring(slash + 1), service, null);
    }

    /** Who may call a method: of one that does not exist, whoever is signed in may hear that. */
    Rule rule(@Nullable Route route) {
        return route == null ? Rule.SIGNED_IN : route.rule();
    }

    /** For what describes all services: any scope that a rule speaks of is enough. */
    Rule anyScope() {
        return anyScope;
    }

    GatewayConfig.Limits limits() {
        return limits;
    }

    /** The methods that the schema knows. */
    Collection<Route> known() {
        return routes.values();
    }

    Collection<Backend> backends() {
        return backends.values();
    }

    /** Names of the routed gRPC services that a backend answers for. */
    List<String> servicesOf(Backend backend) {
        return services.entrySet().stream()
                .filter(entry -> entry.getValue().backends().contains(backend))
                .map(Map.Entry::getKey)
                .toList();
    }

    boolean reachable(String service) {
        Service found = services.get(service);
        return found != null && found.backends().stream().anyMatch(Backend::reachable);
    }

    /** The routed services as the reflection service lists them, with their files where the schema has them. */
    List<io.grpc.ServiceDescriptor> descriptors() {
        List<io.grpc.ServiceDescriptor> all = new ArrayList<>();
        services.forEach((name, service) -> {
            io.grpc.ServiceDescriptor.Builder builder = io.grpc.ServiceDescriptor.newBuilder(name);
            ServiceDescriptor schema = service.schema();
            if (schema != null) {
                FileDescriptor file = schema.getFile();
                builder.setSchemaDescriptor((ProtoFileDescriptorSupplier) () -> file);
            }
            all.add(builder.build());
        });
        return all;
    }
}
