package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CoreNlpCommandTest {
    @Test
    void lastColumnOfCoreNlpIsItsAnswerAndEmptyLinesEndSentences() {
        assertThat(CoreNlpCommand.parse(
                        List.of("Ann\tO\tPERSON", "runs\tO\tO", "", "", "In\tO\tO", "Rome\tO\tLOCATION")))
                .containsExactly(List.of("I-PERSON", "O"), List.of("O", "I-LOCATION"));
    }
}
