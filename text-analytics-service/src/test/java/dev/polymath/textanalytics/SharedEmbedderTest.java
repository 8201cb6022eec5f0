package dev.polymath.textanalytics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polymath.inference.Call;
import dev.polymath.inference.TextEmbedding;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SharedEmbedderTest {
    private final FakeEmbedder model = new FakeEmbedder();
    private final SharedEmbedder embedder = new SharedEmbedder(model);

    @Test
    void aTextIsEmbeddedOnceHoweverOftenItIsAskedFor() {
        List<TextEmbedding> first = embed("a", "b", "a");
        List<TextEmbedding> second = embed("b", "c");

        assertThat(model.asked).containsExactly(List.of("a", "b"), List.of("c"));
        assertThat(first.get(2).vector()).isEqualTo(first.get(0).vector());
        assertThat(second.get(0).vector()).isEqualTo(first.get(1).vector());
    }

    @Test
    void onlyWhoAskedFirstHasTheWorkInTheReceipt() {
        assertThat(embed("a", "a")).extracting(each -> each.receipt().tokens()).containsExactly(2L, 0L);
        assertThat(embed("a", "b")).extracting(each -> each.receipt().tokens()).containsExactly(0L, 2L);
    }

    @Test
    void aTextThatIsStillBeingEmbeddedIsWaitedFor() {
        Queue<CompletableFuture<List<TextEmbedding>>> open = new ArrayDeque<>();
        SharedEmbedder slow = new SharedEmbedder((texts, call) -> {
            CompletableFuture<List<TextEmbedding>> answer = new CompletableFuture<>();
            open.add(answer);
            return answer;
        });

        CompletableFuture<List<TextEmbedding>> first = slow.embed(List.of("a"), Call.unbounded());
        CompletableFuture<List<TextEmbedding>> second = slow.embed(List.of("a"), Call.unbounded());
        assertThat(second).isNotDone();
        open.remove().complete(embed("a"));

        assertThat(open).isEmpty();
        assertThat(second.join().get(0).vector()).isEqualTo(first.join().get(0).vector());
    }

    @Test
    void aFailureIsNotRemembered() {
        Call cancelled = Call.unbounded();
        cancelled.cancel();

        assertThat(embedder.embed(List.of("a"), cancelled)).isCompletedExceptionally();
        assertThat(embed("a")).hasSize(1);
    }

    private List<TextEmbedding> embed(String... texts) {
        return embedder.embed(List.of(texts), Call.unbounded()).join();
    }
}
