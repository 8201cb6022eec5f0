package dev.polymath.examples.spark;

import dev.polymath.common.v1.Document;
import dev.polymath.textanalytics.v1.AnalysisResult;
import dev.polymath.textanalytics.v1.AnalyzeTextRequest;
import dev.polymath.textanalytics.v1.StreamAnalyzeTextRequest;
import dev.polymath.textanalytics.v1.StreamAnalyzeTextResponse;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc.TextAnalyticsServiceBlockingV2Stub;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The results of documents in their order, over {@code StreamAnalyzeText}. At most {@code window} documents are under way, and the
 * next is read from the source only when one is answered: who takes the results slowly slows down the source. When a stream breaks,
 * because a service restarts, has too much to do, or a token has ended, a new one goes on with the first document that is not
 * answered. For one thread.
 */
final class AnalyzedTexts implements Iterator<AnalysisResult> {
    private static final int MAX_FAILURES_IN_A_ROW = 8;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final Set<Status.Code> WORTH_ANOTHER_TRY = EnumSet.of(
            Status.Code.UNAVAILABLE, Status.Code.RESOURCE_EXHAUSTED, Status.Code.UNAUTHENTICATED, Status.Code.ABORTED);

    private final Supplier<TextAnalyticsServiceBlockingV2Stub> stubs;
    private final AnalyzeTextRequest options;
    private final Iterator<Document> documents;
    private final int window;
    private final Duration firstWait;
    private final Deque<Document> sent = new ArrayDeque<>();
    private final Deque<Document> unsent = new ArrayDeque<>();
    private BlockingClientCall<StreamAnalyzeTextRequest, StreamAnalyzeTextResponse> call;
    private boolean ended;
    private int failures;

    /**
     * @param stubs asked whenever a stream is opened, so that it can have a new token
     * @param options what is wanted of each document
     * @param window documents under way, 1 at least
     * @param firstWait before the first new try; it doubles with each further one
     */
    AnalyzedTexts(
            Supplier<TextAnalyticsServiceBlockingV2Stub> stubs,
            AnalyzeTextRequest options,
            Iterator<Document> documents,
            int window,
            Duration firstWait) {
        this.stubs = stubs;
        this.options = options;
        this.documents = documents;
        this.window = window;
        this.firstWait = firstWait;
    }

    @Override
    public boolean hasNext() {
        return !sent.isEmpty() || !unsent.isEmpty() || documents.hasNext();
    }

    @Override
    public AnalysisResult next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        while (true) {
            try {
                open();
                send();
                StreamAnalyzeTextResponse response = call.read();
                if (response == null) {
                    throw Status.UNAVAILABLE
                            .withDescription("the stream ended before its last result")
                            .asException();
                }
                failures = 0;
                sent.remove();
                return response.getResult();
            } catch (StatusException e) {
                again(e);
            } catch (InterruptedException e) {
                call.cancel("the task was ended", e);
                Thread.currentThread().interrupt();
                throw Status.CANCELLED.withCause(e).asRuntimeException();
            }
        }
    }

    private void open() throws InterruptedException, StatusException {
        if (call == null) {
            call = stubs.get().streamAnalyzeText();
            ended = false;
            call.write(StreamAnalyzeTextRequest.newBuilder().setOptions(options).build());
        }
    }

    /** What fits in the window and what the service takes now, one document at least if none is under way. */
    private void send() throws InterruptedException, StatusException {
        while (sent.size() < window) {
            if (unsent.isEmpty()) {
                if (!documents.hasNext()) {
                    end();
                    return;
                }
                unsent.add(documents.next());
            }
            StreamAnalyzeTextRequest message = StreamAnalyzeTextRequest.newBuilder()
                    .setDocument(unsent.element())
                    .build();
            try {
                // Never for long while a result could be taken: the service may be waiting for just that.
                if (!call.write(message, sent.isEmpty() ? 3600_000 : 1, TimeUnit.MILLISECONDS)) {
                    return; // reading says why
                }
            } catch (TimeoutException e) {
                return;
            }
            sent.add(unsent.remove());
        }
    }

    private void end() {
        if (!ended) {
            ended = true;
            call.halfClose();
        }
    }

    /** Waits and prepares another stream, or gives up. */
    private void again(StatusException failure) {
        call.cancel("another stream goes on", failure);
        call = null;
        failures++;
        if (!WORTH_ANOTHER_TRY.contains(failure.getStatus().getCode()) || failures > MAX_FAILURES_IN_A_ROW) {
            throw new StatusRuntimeException(failure.getStatus(), failure.getTrailers());
        }
        while (!sent.isEmpty()) {
            unsent.addFirst(sent.removeLast());
        }
        try {
            Thread.sleep(Math.min(LONGEST_WAIT.toMillis(), firstWait.toMillis() << (failures - 1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withCause(e).asRuntimeException();
        }
    }
}
