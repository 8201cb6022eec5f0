package dev.polymath.textanalytics.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceException;
import dev.polymath.inference.Receipt;
import dev.polymath.service.DocumentBatch;
import dev.polymath.service.DocumentBatch.Analyzed;
import dev.polymath.service.StreamHandler;
import dev.polymath.service.Violations;
import dev.polymath.textanalytics.corpus.CorpusAnalyzer;
import dev.polymath.textanalytics.corpus.CorpusReport;
import dev.polymath.textanalytics.grpc.CorpusPlan.Findings;
import dev.polymath.textanalytics.v1.AnalyzeCorpusRequest;
import dev.polymath.textanalytics.v1.AnalyzeCorpusResponse;
import dev.polymath.textanalytics.v1.CorpusDocument;
import dev.polymath.textanalytics.v1.CorpusError;
import dev.polymath.textanalytics.v1.CorpusKeyPhrase;
import dev.polymath.textanalytics.v1.CorpusOptions;
import dev.polymath.textanalytics.v1.CorpusProgress;
import dev.polymath.textanalytics.v1.CorpusStage;
import dev.polymath.textanalytics.v1.DuplicateGroup;
import dev.polymath.textanalytics.v1.Theme;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One collection on the wire. Documents go through the models side by side and into the analyzer in the order of the
 * stream, one after the other, so that the same stream gives the same report.
 */
final class CorpusStream implements StreamHandler<AnalyzeCorpusRequest, AnalyzeCorpusResponse> {
    private static final int MOST_ERRORS = 1000;
    private static final long PROGRESS_NANOS = Duration.ofSeconds(1).toNanos();

    private final Function<CorpusOptions, CorpusPlan> planner;
    private final DocumentChecks checks;
    private final int maxDocuments;
    private final Call call;
    private final Runnable release;

    /** Known from the first message on. */
    private @Nullable Run run;

    CorpusStream(
            Function<CorpusOptions, CorpusPlan> planner,
            DocumentChecks checks,
            int maxDocuments,
            Call call,
            Runnable release) {
        this.planner = planner;
        this.checks = checks;
        this.maxDocuments = maxDocuments;
        this.call = call;
        this.release = release;
    }

    @Override
    public CompletionStage<AnalyzeCorpusResponse> next(AnalyzeCorpusRequest message) {
        Run current = run;
        if (current == null) {
            current = new Run(planner.apply(message.getOptions()));
            run = current;
            if (message.hasOptions() && !message.hasDocument() && !message.hasUnreadable()) {
                return CompletableFuture.completedFuture(null);
            }
        }
        return current.next(message);
    }

    @Override
    public @Nullable AnalyzeCorpusResponse ending() {
        Run current = run;
        return current == null ? null : current.progress(CorpusStage.CORPUS_STAGE_REPORTING, current.received);
    }

    @Override
    public CompletionStage<AnalyzeCorpusResponse> end() {
        Run current = run;
        if (current == null) {
            current = new Run(planner.apply(CorpusOptions.getDefaultInstance()));
        }
        return CompletableFuture.completedFuture(
                AnalyzeCorpusResponse.newBuilder().setReport(current.report()).build());
    }

    @Override
    public void closed() {
        release.run();
    }

    /** A document is done: its findings, or its error. */
    private record Done(
            long position,
            Document document,
            @Nullable Findings findings,
            @Nullable Status error) {}

    private final class Run {
        private final CorpusPlan plan;
        private final List<String> languages;
        private final CorpusAnalyzer analyzer;
        private final List<CorpusError> errors = new ArrayList<>();
        private List<Receipt> receipts = List.of();
        private CompletableFuture<?> tail = CompletableFuture.completedFuture(null);
        private long received;
        private long failed;
        private long lastProgress = System.nanoTime();

        Run(CorpusPlan plan) {
            this.plan = plan;
            this.languages = plan.languages();
            this.analyzer = new CorpusAnalyzer(plan.options());
        }

        CompletionStage<AnalyzeCorpusResponse> next(AnalyzeCorpusRequest message) {
            received++;
            if (received > maxDocuments) {
                Violations violations = new Violations();
                violations.add(
                        ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                        "document",
                        "more than " + maxDocuments + " documents (expected: <= " + maxDocuments + ")");
                throw violations.exception();
            }
            long position = received;
            CompletableFuture<Done> done = message.hasUnreadable()
                    ? CompletableFuture.completedFuture(
                            new Done(position, message.getDocument(), null, message.getUnreadable()))
                    : analyze(position, message);
            CompletableFuture<AnalyzeCorpusResponse> answer = tail.thenCombine(done, (before, next) -> add(next));
            tail = answer;
            return answer;
        }

        private CompletableFuture<Done> analyze(long position, AnalyzeCorpusRequest message) {
            return DocumentBatch.analyzeOne("document", message, new DocumentBatch.Task<AnalyzeCorpusRequest, Done>() {
                        @Override
                        public CompletionStage<Analyzed<Done>> analyze(
                                AnalyzeCorpusRequest message, String path, boolean patient) {
                            Document document = message.getDocument();
                            Violations violations = new Violations();
                            checks.text(document, path, violations);
                            violations.throwIfAny();
                            checks.language(
                                    document.getLanguageCode(), document.getText(), languages, path, violations);
                            violations.throwIfAny();
                            return plan.analyze(document.getText(), call)
                                    .thenApply(findings -> new Analyzed<>(
                                            new Done(position, document, findings, null), findings.receipts()));
                        }

                        @Override
                        public Done failed(AnalyzeCorpusRequest message, Status error) {
                            return new Done(position, message.getDocument(), null, error);
                        }
                    })
                    .thenApply(answer -> answer.results().get(0));
        }

        /** In the order of the stream; null unless it is time to say how far the analysis is. */
        private synchronized @Nullable AnalyzeCorpusResponse add(Done done) {
            Findings findings = done.findings();
            if (findings != null) {
                try {
                    analyzer.add(
                            done.position(),
                            done.document().getId(),
                            done.document().getText(),
                            findings.vector(),
                            findings.sentiment(),
                            findings.language());
                } catch (IllegalArgumentException e) {
                    throw new InferenceException(
                            InferenceException.Kind.INTERNAL, "a vector of the model", Map.of(), e);
                }
                receipts = DocumentBatch.mergeByModel(Stream.concat(receipts.stream(), findings.receipts().stream())
                        .toList());
            }
            Status error = done.error();
            if (error != null) {
                failed++;
                if (errors.size() < MOST_ERRORS) {
                    errors.add(CorpusError.newBuilder()
                            .setPosition(done.position())
                            .setId(done.document().getId())
                            .setError(error)
                            .build());
                }
            }
            long now = System.nanoTime();
            if (now - lastProgress < PROGRESS_NANOS) {
                return null;
            }
            lastProgress = now;
            return progress(CorpusStage.CORPUS_STAGE_READING, done.position());
        }

        synchronized AnalyzeCorpusResponse progress(CorpusStage stage, long received) {
            return AnalyzeCorpusResponse.newBuilder()
                    .setProgress(CorpusProgress.newBuilder()
                            .setStage(stage)
                            .setReceived(received)
                            .setAnalyzed(analyzer.size())
                            .setFailed(failed))
                    .build();
        }

        synchronized dev.polymath.textanalytics.v1.CorpusReport report() {
            CorpusReport report = analyzer.finish(call::throwIfOver);
            dev.polymath.textanalytics.v1.CorpusReport.Builder message =
                    dev.polymath.textanalytics.v1.CorpusReport.newBuilder()
                            .setDocuments(report.documents())
                            .setFailedDocuments(failed)
                            .setUnassignedDocuments(report.unassignedDocuments())
                            .setDuplicateGroupCount(report.duplicateGroupCount())
                            .setDuplicateDocuments(report.duplicateDocuments())
                            .putAllSentiments(report.sentiments())
                            .putAllLanguages(report.languages())
                            .addAllErrors(errors)
                            .addAllReceipts(TextAnalyticsGrpcService.receipts(receipts));
            report.themes()
                    .forEach(theme -> message.addThemes(Theme.newBuilder()
                            .setName(theme.name())
                            .setDocuments(theme.documents())
                            .setShare(theme.share())
                            .addAllKeyPhrases(phrases(theme.keyPhrases()))
                            .addAllTypicalDocuments(documents(theme.typicalDocuments()))
                            .putAllSentiments(theme.sentiments())
                            .setCohesion(theme.cohesion())));
            report.duplicateGroups()
                    .forEach(group -> message.addDuplicateGroups(DuplicateGroup.newBuilder()
                            .setSize(group.documentsCount())
                            .addAllDocuments(documents(group.documents()))));
            return message.addAllOutliers(documents(report.outliers()))
                    .addAllKeyPhrases(phrases(report.keyPhrases()))
                    .build();
        }
    }

    private static List<CorpusKeyPhrase> phrases(List<CorpusReport.KeyPhrase> phrases) {
        return phrases.stream()
                .map(phrase -> CorpusKeyPhrase.newBuilder()
                        .setText(phrase.text())
                        .setDocuments(phrase.documents())
                        .setScore(phrase.score())
                        .build())
                .toList();
    }

    private static List<CorpusDocument> documents(List<CorpusReport.Document> documents) {
        return documents.stream()
                .map(document -> CorpusDocument.newBuilder()
                        .setId(document.id())
                        .setPosition(document.position())
                        .setExcerpt(document.excerpt())
                        .setSimilarity(document.similarity())
                        .build())
                .toList();
    }
}
