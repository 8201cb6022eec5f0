package dev.polymath.textanalytics.grpc;

import dev.polymath.inference.Call;
import dev.polymath.inference.Receipt;
import dev.polymath.text.LanguageDetector;
import dev.polymath.textanalytics.SentimentAnalyzer;
import dev.polymath.textanalytics.corpus.CorpusAnalyzer;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What is done with each document of a collection. Thread-safe.
 *
 * @param encoder null if its vector is not wanted
 * @param sentiment null if its sentiment is not wanted
 * @param detector null if its language is not wanted
 */
record CorpusPlan(
        CorpusAnalyzer.Options options,
        @Nullable Hosted<TextModels.Encoder> encoder,
        @Nullable Hosted<SentimentAnalyzer> sentiment,
        @Nullable LanguageDetector detector) {

    /** What the models say of a document. */
    record Findings(
            Optional<float[]> vector, Optional<String> sentiment, Optional<String> language, List<Receipt> receipts) {}

    /** Languages that all models read, BCP-47; empty means all. */
    List<String> languages() {
        List<List<String>> lists = new ArrayList<>();
        if (encoder != null) {
            lists.add(encoder.languages());
        }
        if (sentiment != null) {
            lists.add(sentiment.languages());
        }
        return lists.stream()
                .filter(list -> !list.isEmpty())
                .map(TreeSet::new)
                .reduce((a, b) -> {
                    a.retainAll(b);
                    return a;
                })
                .map(List::copyOf)
                .orElse(List.of());
    }

    /** Waits on the calling thread for room in the queues. */
    CompletableFuture<Findings> analyze(String text, Call call) {
        Optional<String> language = detector == null
                ? Optional.empty()
                : Optional.of(detector.detect(text, 1).languageCode());
        CompletableFuture<Findings> findings = CompletableFuture.completedFuture(
                new Findings(Optional.empty(), Optional.empty(), language, List.of()));
        if (encoder != null) {
            findings = findings.thenCombine(
                    encoder.patient().embedder().embed(List.of(text), call),
                    (found, embeddings) -> new Findings(
                            Optional.of(embeddings.get(0).vector()),
                            found.sentiment(),
                            found.language(),
                            plus(found.receipts(), embeddings.get(0).receipt())));
        }
        if (sentiment != null) {
            findings = findings.thenCombine(
                    sentiment.patient().analyze(text, false, call),
                    (found, analysis) -> new Findings(
                            found.vector(),
                            Optional.of(analysis.sentiment().label().name()),
                            found.language(),
                            plus(found.receipts(), analysis.receipt())));
        }
        return findings;
    }

    private static List<Receipt> plus(List<Receipt> receipts, Receipt one) {
        List<Receipt> all = new ArrayList<>(receipts);
        all.add(one);
        return all;
    }
}
