package dev.polymath.gateway;

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

    private final HttpTranscoder transcoder;
    private final GrpcWeb grpcWeb;
    private final CallLog log;
    private final Vertx vertx;
    private final Buffer openApiJson;
    private final Buffer openApiYaml;

    HttpFront(Routes routes, Schema schema, CallLog log, Vertx vertx) {
        this.log = log;
        this.vertx = vertx;
        transcoder = new HttpTranscoder(routes, schema, log, new ProblemJson(schema.types()), vertx);
        grpcWeb = new GrpcWeb(routes, log, vertx);
        OpenApi openApi = new OpenApi(schema, transcoder.bindings());
        openApiJson = Buffer.buffer(openApi.json());
        openApiYaml = Buffer.buffer(openApi.yaml());
    }

    void register(Router router) {
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
