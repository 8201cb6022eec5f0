package dev.polymath.gateway;

import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/** The HTTP port: the API description, its page, and for every other path HTTP/JSON or gRPC-web by content type. */
final class HttpFront {
    private static final String WEBJAR = "META-INF/resources/webjars/swagger-ui/";
    private static final Map<String, String> PAGE_FILES = Map.of(
            "swagger-ui-bundle.js", "text/javascript",
            "swagger-ui.css", "text/css",
            "favicon-32x32.png", "image/png");
    private static final String PAGE = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Polymath API</title>
            <link rel="stylesheet" href="docs/swagger-ui.css">
            <link rel="icon" href="docs/favicon-32x32.png">
            </head>
            <body>
            <div id="api"></div>
            <script src="docs/swagger-ui-bundle.js"></script>
            <script>SwaggerUIBundle({url: "openapi.json", dom_id: "#api", tryItOutEnabled: true});</script>
            </body>
            </html>
            """;

    /** What a browser gets in place of the page when callers need a token, which a browser cannot send by itself. */
    private static final String ASK_FOR_TOKEN = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Polymath API</title>
            </head>
            <body>
            <form id="sign-in">
            <label>Access token <input id="token" type="password" autocomplete="off" size="60"></label>
            <button>Open</button>
            <p id="problem" role="alert"></p>
            </form>
            <div id="api"></div>
            <script>
            document.getElementById("sign-in").addEventListener("submit", async event => {
              event.preventDefault();
              const authorization = "Bearer " + document.getElementById("token").value.trim();
              const get = async path => {
                const answer = await fetch(path, {headers: {authorization}});
                if (!answer.ok) throw new Error((await answer.json()).detail);
                return answer;
              };
              const load = async (path, make) => {
                const url = URL.createObjectURL(await (await get(path)).blob());
                await new Promise((done, failed) => {
                  const element = make(url);
                  element.onload = done;
                  element.onerror = failed;
                  document.head.append(element);
                });
              };
              try {
                const spec = await (await get("openapi.json")).json();
                await load("docs/swagger-ui.css", href =>
                  Object.assign(document.createElement("link"), {rel: "stylesheet", href}));
                await load("docs/swagger-ui-bundle.js", src =>
                  Object.assign(document.createElement("script"), {src}));
                SwaggerUIBundle({spec, dom_id: "#api", tryItOutEnabled: true, requestInterceptor: request => {
                  request.headers.authorization = authorization;
                  return request;
                }});
                event.target.remove();
              } catch (failure) {
                document.getElementById("problem").textContent = failure.message;
              }
            });
            </script>
            </body>
            </html>
            """;

    /** After the filter for cross-origin requests (-300), before everything that answers (0 and later). */
    private static final int BEFORE_ALL = -100;

    private final Access access;
    private final Rule anyScope;
    private final Rule admin;
    private final HttpTranscoder transcoder;
    private final GrpcWeb grpcWeb;
    private final CallLog log;
    private final Vertx vertx;
    private final Buffer openApiJson;
    private final Buffer openApiYaml;

    /** @param adminScope what a token needs for metrics */
    HttpFront(Routes routes, Schema schema, Access access, String adminScope, CallLog log, Vertx vertx) {
        this.access = access;
        this.log = log;
        this.vertx = vertx;
        anyScope = routes.anyScope();
        admin = Rule.anyOf(Set.of(adminScope));
        transcoder = new HttpTranscoder(routes, schema, access, log, new ProblemJson(schema.types()), vertx);
        grpcWeb = new GrpcWeb(routes, access, log, vertx);
        OpenApi openApi = new OpenApi(schema, transcoder.bindings(), access.required());
        openApiJson = Buffer.buffer(openApi.json());
        openApiYaml = Buffer.buffer(openApi.yaml());
    }

    void register(Router router) {
        router.route().order(Integer.MIN_VALUE).handler(ConnectionLimits::begin);
        if (access.required()) {
            router.route().order(BEFORE_ALL).handler(this::guard);
        }
        router.get("/openapi.json").handler(context -> send(context, "application/json", openApiJson));
        router.get("/openapi.yaml").handler(context -> send(context, "application/yaml", openApiYaml));
        router.get("/docs").handler(context -> send(context, "text/html; charset=utf-8", Buffer.buffer(PAGE)));
        String folder = WEBJAR + swaggerUiVersion() + "/";
        PAGE_FILES.forEach((file, type) -> {
            Buffer content = Buffer.buffer(resource(folder + file));
            router.get("/docs/" + file).handler(context -> send(context, type, content));
        });
        router.get("/").handler(context -> context.redirect("/docs"));
        router.route().last().handler(this::handle);
    }

    /** Metrics and what describes the services; calls have rules of their own, health has none. */
    private void guard(RoutingContext context) {
        String path = context.normalizedPath();
        if (path.equals("/q/health") || path.startsWith("/q/health/") || path.equals("/")) {
            context.next();
        } else if (path.equals("/q") || path.startsWith("/q/")) {
            guard(context, admin);
        } else if (path.equals("/docs") || path.startsWith("/docs/") || path.startsWith("/openapi.")) {
            guard(context, anyScope);
        } else {
            context.next();
        }
    }

    private void guard(RoutingContext context, Rule rule) {
        HttpExchange exchange = new HttpExchange(context.request(), vertx, log, "http", "page");
        exchange.enter(
                access, rule, "path " + Errors.printable(context.normalizedPath()), () -> goOn(context), error -> {
                    String accept = context.request().getHeader("accept");
                    if (rule == anyScope && accept != null && accept.contains("text/html")) {
                        askForToken(exchange, error);
                    } else {
                        transcoder.refuse(exchange, error);
                    }
                });
    }

    private static void goOn(RoutingContext context) {
        context.request().resume();
        context.next();
    }

    private static void askForToken(HttpExchange exchange, StatusRuntimeException error) {
        Metadata trailers = error.getTrailers();
        String challenge = trailers == null ? null : trailers.get(Access.CHALLENGE);
        if (challenge != null) {
            exchange.response.putHeader(Access.CHALLENGE.name(), challenge);
        }
        exchange.response.putHeader("content-type", "text/html; charset=utf-8").putHeader("cache-control", "no-store");
        Code code = error.getStatus().getCode();
        exchange.end(Buffer.buffer(ASK_FOR_TOKEN), ProblemJson.httpStatus(code), code);
    }

    private static void send(RoutingContext context, String type, Buffer content) {
        context.response()
                .putHeader("content-type", type)
                .putHeader("cache-control", "max-age=300")
                .end(content);
    }

    private static byte[] resource(String name) {
        try (InputStream in = Thread.currentThread().getContextClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String swaggerUiVersion() {
        Properties properties = new Properties();
        try {
            properties.load(new ByteArrayInputStream(resource("META-INF/maven/org.webjars/swagger-ui/pom.properties")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    private void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (request.path().startsWith("/q/") || request.path().equals("/q")) {
            context.next(); // health and metrics
            return;
        }
        String given = request.getHeader("content-type");
        String type = given == null ? "" : given.toLowerCase(Locale.ROOT);
        if (type.startsWith("application/grpc-web")) {
            if (request.method() == HttpMethod.POST) {
                grpcWeb.handle(request, type);
            } else {
                transcoder.handle(request);
            }
        } else if (type.startsWith("application/grpc")) {
            transcoder.refuse(
                    new HttpExchange(request, vertx, log, "http", "unknown"),
                    415,
                    "gRPC has a port of its own (9090 unless configured); here are HTTP/JSON and gRPC-web");
        } else {
            transcoder.handle(request);
        }
    }
}
