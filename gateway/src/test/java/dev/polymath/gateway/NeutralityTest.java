package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** The gateway knows no capability by name; the names are in its configuration. */
@NullUnmarked
class NeutralityTest {
    private static final List<String> FOREIGN = List.of(
            "polymath.ner",
            "polymath.models",
            "polymath.vision",
            "polymath.translation",
            "polymath.text",
            "polymath.inference",
            "polymath.service",
            "ai.djl",
            "entities",
            "Entity");

    @Test
    void mainCodeNamesNoCapability() throws IOException {
        List<Path> sources;
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            sources = files.filter(file -> file.toString().endsWith(".java")).toList();
        }

        assertThat(sources)
                .isNotEmpty()
                .allSatisfy(file -> assertThat(Files.readString(file)).doesNotContain(FOREIGN));
    }
}
