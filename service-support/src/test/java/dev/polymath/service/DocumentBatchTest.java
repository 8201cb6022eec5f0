package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Status;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import dev.polymath.inference.Receipt;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.DocumentBatch.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class DocumentBatchTest {
    private final List<String> begun = new ArrayList<>();

    /** Documents are texts; those that are named like a kind of error fail with it. */
    private final DocumentBatch.Task<String, String> task = new DocumentBatch.Task<>() {
        @Override
        public CompletionStage<Analyzed<String>> analyze(String document, String path, boolean patient) {
            begun.add(path + " " + document + (patient ? " patient" : ""));
            if (document.isEmpty()) {
                Violations violations = new Violations();
                violations.add(path + ".text", "empty");
                throw violations.exception();
            }
            for (Kind kind : Kind.values()) {
                if (document.equals(kind.name())) {
                    return CompletableFuture.failedFuture(new InferenceException(kind, "as asked"));
                }
            }
            return CompletableFuture.supplyAsync(() ->
                    new Analyzed<>("<" + document + ">", List.of(receipt("a", document.length()), receipt("b", 1))));
        }

        @Override
        public String failed(String document, Status error) {
            return "failed: " + error.getMessage();
        }
    };

    @Test
    void resultsAreInTheOrderOfTheDocumentsAndReceiptsAreMergedByModel() {
        Answer<String> answer = analyze("one", "three", "five");

        assertThat(answer.results()).containsExactly("<one>", "<three>", "<five>");
        assertThat(answer.receipts()).extracting(Receipt::model).containsExactly("a", "b");
        assertThat(answer.receipts()).extracting(Receipt::tokens).containsExactly(12L, 3L);
        assertThat(answer.receipt(receipt("none", 0)).model()).isEqualTo("a");
    }

    @Test
    void theFirstDocumentIsRefusedWhenThereIsNoRoomAndTheOthersWait() {
        analyze("one", "two", "three");

        assertThat(begun).containsExactly("texts[0] one", "texts[1] two patient", "texts[2] three patient");
    }

    @Test
    void whatIsWrongWithADocumentIsTheErrorOfItsResult() {
        Answer<String> answer = analyze("one", "", "ENGINE_FAILURE", "four");

        assertThat(answer.results())
                .hasSize(4)
                .startsWith("<one>", "failed: texts[1].text: empty")
                .endsWith("<four>");
        assertThat(answer.results().get(2)).startsWith("failed: ");
    }

    @Test
    void whatIsWrongWithTheServerFailsTheCallAndNoMoreIsBegun() {
        for (Kind kind : List.of(Kind.OVERLOADED, Kind.SHUTTING_DOWN, Kind.CANCELLED, Kind.DEADLINE_EXCEEDED)) {
            begun.clear();

            assertThatThrownBy(() -> analyze("one", kind.name(), "three"))
                    .hasCauseInstanceOf(InferenceException.class)
                    .hasMessageContaining("as asked");
            assertThat(begun).hasSize(2);
        }
    }

    @Test
    void aCallWithoutWorkHasTheReceiptOfNone() {
        assertThat(analyze("").receipt(receipt("none", 0)).model()).isEqualTo("none");
    }

    @Test
    void aDocumentOfAStreamWaits() {
        Answer<String> answer = DocumentBatch.analyzeOne("text", "one", task).join();

        assertThat(answer.results()).containsExactly("<one>");
        assertThat(begun).containsExactly("text one patient");
    }

    private Answer<String> analyze(String... documents) {
        return DocumentBatch.analyze("texts", List.of(documents), task).join();
    }

    private static Receipt receipt(String model, int tokens) {
        return new Receipt(
                model, "1", "", "cpu", 1, tokens, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    }
}
