package dev.polymath.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether {@code k8s/rendered} is what kustomize makes of the sources. */
class RenderedTest {

    static Stream<Path> sources() {
        return Stream.concat(Manifests.folders("overlays"), Manifests.folders("combinations"));
    }

    @Test
    void everyOverlayAndCombinationIsRenderedAndNothingElse() {
        assertThat(Manifests.folders("rendered").map(file -> file.getFileName().toString()))
                .containsExactlyInAnyOrderElementsOf(
                        sources().map(folder -> folder.getFileName() + ".yaml").toList());
    }

    @Test
    void everyComponentIsUsedSomewhere() {
        String all = sources().map(RenderedTest::kustomization).collect(Collectors.joining());

        assertThat(Manifests.folders("components"))
                .isNotEmpty()
                .allSatisfy(component -> assertThat(all).contains("components/" + component.getFileName() + "\n"));
    }

    @ParameterizedTest
    @MethodSource("sources")
    void theRenderedFileIsWhatKustomizeMakes(Path folder) throws IOException, InterruptedException {
        Optional<List<String>> kustomize = kustomize();
        assumeTrue(
                kustomize.isPresent(),
                "neither kustomize nor kubectl is on the PATH: whether k8s/rendered is up to date is not checked here");

        Path file = Manifests.FOLDER.resolve("rendered/" + folder.getFileName() + ".yaml");
        assertThat(Manifests.documents(Files.readString(file)))
                .as("%s; k8s/render writes it anew", file.getFileName())
                .containsExactlyInAnyOrderElementsOf(Manifests.documents(run(kustomize.get(), folder.toString())));
    }

    private static String kustomization(Path folder) {
        try {
            return Files.readString(folder.resolve("kustomization.yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The command that renders a folder, if this machine has one. */
    private static Optional<List<String>> kustomize() {
        return Stream.of(List.of("kustomize", "build"), List.of("kubectl", "kustomize"))
                .filter(command -> onPath(command.get(0)))
                .findFirst();
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static String run(List<String> command, String argument) throws IOException, InterruptedException {
        Path output = Files.createTempFile("rendered", ".yaml");
        Path errors = Files.createTempFile("rendered", ".err");
        try {
            Process process = new ProcessBuilder(
                            Stream.concat(command.stream(), Stream.of(argument)).toList())
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile())
                    .start();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
            return Files.readString(output);
        } finally {
            Files.delete(output);
            Files.delete(errors);
        }
    }
}
