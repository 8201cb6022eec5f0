package dev.polymath.benchmarks;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which module may know which. The poms say the same, but a pom is changed in a second. A module is named by the second part
 * of its packages; the parts of the contract are {@code proto:common}, {@code proto:ner} and so on.
 */
class ModuleArrowsTest {
    private static final Set<String> NO_SERVICE =
            Set.of("text", "image", "inference", "service", "training", "gateway", "admin", "benchmarks");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.polymath");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proto:common",
                "proto:models",
                "proto:ner",
                "text",
                "image",
                "inference",
                "service",
                "training",
                "ner",
                "textanalytics",
                "translation",
                "vision",
                "gateway",
                "admin"
            })
    void everyModuleIsSeen(String module) {
        assertThat(CLASSES.stream()
                        .filter(type -> module(type).equals(module))
                        .filter(type -> !type.getSimpleName().equals("package-info")))
                .isNotEmpty();
    }

    @Test
    void protoHasNoHandWrittenJava() {
        assertThat(Path.of("../proto/src/main/java")).doesNotExist();
        classes()
                .that(describe("are in proto", ModuleArrowsTest::isInProto))
                .should()
                .resideInAPackage("dev.polymath.*.v*")
                .check(CLASSES);
    }

    @Test
    void inferenceKnowsImageAloneAndNoFramework() {
        knowsOnly("inference", Set.of("image"));
        noClasses()
                .that(describe("are in inference", type -> module(type).equals("inference")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.quarkus..",
                        "io.smallrye..",
                        "io.vertx..",
                        "io.grpc..",
                        "io.micrometer..",
                        "io.opentelemetry..",
                        "jakarta..",
                        "org.eclipse.microprofile..",
                        "com.google.protobuf..")
                .check(CLASSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "image"})
    void libraryKnowsNoModuleNoFrameworkAndNoEngine(String library) {
        knowsOnly(library, Set.of());
        noClasses()
                .that(describe("are in " + library, type -> module(type).equals(library)))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "ai.djl..", "ai.onnxruntime..", "io.quarkus..", "io.grpc..", "com.google.protobuf..")
                .check(CLASSES);
    }

    @Test
    void trainingKnowsInferenceAndImageAlone() {
        knowsOnly("training", Set.of("image", "inference"));
    }

    @Test
    void gatewayHoldsNoModelAndKnowsNoCapability() {
        knowsOnly("gateway", Set.of("proto:common", "proto:models"));
        noClasses()
                .that(describe("are in gateway", type -> module(type).equals("gateway")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.djl..", "ai.onnxruntime..")
                .check(CLASSES);
    }

    @Test
    void adminKnowsNoModule() {
        knowsOnly("admin", Set.of());
    }

    @Test
    void serviceSupportKnowsNoService() {
        knowsOnly("service", protoAnd("text", "image", "inference"));
    }

    @ParameterizedTest
    @MethodSource("services")
    void serviceKnowsNeitherAnotherNorTrainingNorGateway(String service) {
        knowsOnly(service, protoAnd("text", "image", "inference", "service"));
    }

    /** All that there are, so that a new one needs no line here. */
    static Set<String> services() {
        return modules(type -> !isInProto(type) && !NO_SERVICE.contains(module(type)));
    }

    private static void knowsOnly(String module, Set<String> allowed) {
        classes()
                .that(describe("are in " + module, type -> module(type).equals(module)))
                .should()
                .onlyDependOnClassesThat(describe(
                        "are in " + module + " or " + allowed + " or not ours",
                        type -> !isOurs(type) || module(type).equals(module) || allowed.contains(module(type))))
                .check(CLASSES);
    }

    private static Set<String> protoAnd(String... modules) {
        Set<String> all = modules(ModuleArrowsTest::isInProto);
        all.addAll(Set.of(modules));
        return all;
    }

    private static Set<String> modules(Predicate<JavaClass> wanted) {
        return CLASSES.stream()
                .filter(wanted)
                .map(ModuleArrowsTest::module)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().startsWith("dev.polymath.");
    }

    private static String module(JavaClass type) {
        if (!isOurs(type)) {
            return "";
        }
        String area = type.getPackageName().split("\\.", -1)[2];
        return isInProto(type) ? "proto:" + area : area;
    }

    /** By the folder or the jar that a class was read from. */
    private static boolean isInProto(JavaClass type) {
        return type.getSource()
                .map(source -> source.getUri().toString())
                .filter(uri -> uri.contains("/polymath-proto") || uri.contains("/proto/target/classes/"))
                .isPresent();
    }
}
