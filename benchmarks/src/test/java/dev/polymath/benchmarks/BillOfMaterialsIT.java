package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over what the build has made: each service comes with a list of the libraries in it. */
class BillOfMaterialsIT {
    @ParameterizedTest
    @ValueSource(
            strings = {"gateway", "ner-service", "text-analytics-service", "translation-service", "vision-service"})
    void everyLibraryOfAServiceIsInItsBillOfMaterials(String service) throws IOException {
        Path target = Path.of(service, "target");
        Path file = target.resolve("sbom.json");
        assumeThat(file)
                .as("the plug-in that writes %s works online only, and Maven was told to be offline", file)
                .exists();
        JsonObject bom = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        assertThat(bom.get("bomFormat").getAsString()).isEqualTo("CycloneDX");
        Set<String> listed = Stream.concat(
                        bom.getAsJsonArray("components").asList().stream(),
                        Stream.of(bom.getAsJsonObject("metadata").get("component")))
                .map(JsonElement::getAsJsonObject)
                .map(component -> component.get("group").getAsString() + "."
                        + component.get("name").getAsString() + "-"
                        + component.get("version").getAsString())
                .collect(Collectors.toSet());

        try (Stream<Path> jars = Files.list(target.resolve("quarkus-app/lib/main"))) {
            assertThat(jars.map(jar -> jar.getFileName().toString()).toList())
                    .isNotEmpty()
                    .allSatisfy(jar -> assertThat(listed).anyMatch(jar::startsWith));
        }
    }
}
