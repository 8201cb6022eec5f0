package dev.polymath.training.graph;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.internal.NDArrayEx;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * DJL wraps a plain number in a temporary array over a direct buffer, to which the engine's autograd still points after the
 * array is closed: after the next garbage collection the gradient is wrong, while the loss is right.
 */
class BannedCallsTest {

    private static final Set<String> NAMES = Set.of(
            "mul", "muli", "div", "divi", "pow", "powi", "mod", "modi", "rdiv", "rdivi", "rpow", "rpowi", "rmod",
            "rmodi");

    private static final ArchRule NO_PLAIN_NUMBERS = noClasses()
            .should()
            .callMethodWhere(describe(
                    "multiplies, divides or raises an NDArray by a plain number", BannedCallsTest::takesPlainNumber))
            .because(
                    "the gradient breaks once the garbage collector runs; write x.mul(step.create(0.5f)) with the manager"
                            + " of the step, which lives until the backward pass is over");

    private static final ArchRule NO_DJL_LOSSES = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl.training.loss..")
            .because(
                    "several of DJL's losses multiply by plain numbers, and every one with a weight does; write the loss"
                            + " with NDArray operations");

    @Test
    void trainingCodeNeverMultipliesDividesOrRaisesByAPlainNumber() {
        NO_PLAIN_NUMBERS.check(new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.polymath.training"));
    }

    @Test
    void trainingCodeUsesNoneOfTheLossesOfDjl() {
        NO_DJL_LOSSES.check(new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.polymath.training"));
    }

    @Test
    void theRuleFindsAPlainNumber() {
        assertThatThrownBy(() -> NO_PLAIN_NUMBERS.check(new ClassFileImporter().importClasses(Offender.class)))
                .hasMessageContaining("Offender.halve");
    }

    private static boolean takesPlainNumber(JavaMethodCall call) {
        return NAMES.contains(call.getTarget().getName())
                && (call.getTargetOwner().isAssignableTo(NDArray.class)
                        || call.getTargetOwner().isAssignableTo(NDArrayEx.class))
                && call.getTarget().getRawParameterTypes().stream().anyMatch(type -> type.isEquivalentTo(Number.class));
    }

    static final class Offender {
        static NDArray halve(NDArray x) {
            return x.mul(0.5f);
        }
    }
}
