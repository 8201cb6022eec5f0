package dev.polymath.textanalytics.grpc;

import static dev.polymath.service.testing.GrpcTestClient.reason;
import static dev.polymath.service.testing.GrpcTestClient.status;
import static dev.polymath.service.testing.GrpcTestClient.violatedFields;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.service.testing.GrpcTestClient;
import dev.polymath.textanalytics.v1.AnalyzeCorpusRequest;
import dev.polymath.textanalytics.v1.AnalyzeCorpusResponse;
import dev.polymath.textanalytics.v1.CorpusError;
import dev.polymath.textanalytics.v1.CorpusOptions;
import dev.polymath.textanalytics.v1.CorpusProgress;
import dev.polymath.textanalytics.v1.CorpusReport;
import dev.polymath.textanalytics.v1.CorpusStage;
import dev.polymath.textanalytics.v1.Feature;
import dev.polymath.textanalytics.v1.TextAnalyticsServiceGrpc;
import dev.polymath.textanalytics.v1.Theme;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class AnalyzeCorpusTest {
    private static final List<String> PARCELS = List.of(
            "The parcel with the %s arrived soaked and torn.",
            "My parcel was delivered late, the %s inside was broken.",
            "The courier threw the parcel with my %s over the fence.",
            "Nobody knows where the parcel with the %s is, the courier lost it.");
    private static final List<String> CARDS = List.of(
            "My bank card does not work since I bought a %s.",
            "The bank blocked my credit card when I paid for the %s.",
            "A stranger paid for a %s with my stolen credit card.",
            "The bank charged my card twice for one %s.");
    private static final List<String> GOODS = List.of("lamp", "radio", "carpet", "teapot", "mirror", "bicycle");

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;

    @BeforeEach
    void connect() {
        channel = GrpcTestClient.channel(port);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void themesDuplicatesAndLanguagesAreReported() {
        List<AnalyzeCorpusRequest> messages = new ArrayList<>();
        messages.add(AnalyzeCorpusRequest.newBuilder()
                .setOptions(CorpusOptions.newBuilder().setDuplicateSimilarity(1))
                .build());
        for (String good : GOODS) {
            PARCELS.forEach(text -> messages.add(document("", String.format(Locale.ROOT, text, good))));
            CARDS.forEach(text -> messages.add(document("", String.format(Locale.ROOT, text, good))));
        }
        messages.add(document("again", String.format(Locale.ROOT, PARCELS.get(0), GOODS.get(0))));

        CorpusReport report = report(messages);

        assertThat(report.getDocuments()).isEqualTo(49);
        assertThat(report.getThemesList()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(report.getThemesList())
                .extracting(Theme::getName)
                .anyMatch(name -> name.contains("parcel"))
                .anyMatch(name -> name.contains("card") || name.contains("bank"));
        assertThat(report.getDuplicateDocuments()).isEqualTo(1);
        assertThat(report.getDuplicateGroups(0).getDocumentsList())
                .extracting(document -> document.getId())
                .containsExactly("1", "again");
        assertThat(report.getLanguagesMap()).containsKey("en");
        assertThat(report.getKeyPhrasesList()).isNotEmpty();
        assertThat(report.getReceiptsList()).hasSize(1);
    }

    @Test
    void whatCannotBeReadIsReportedAndTheRestAnalyzed() {
        Status broken =
                Status.newBuilder().setCode(3).setMessage("line 2: not JSON").build();

        CorpusReport report = report(List.of(
                document("a", "The parcel was torn."),
                AnalyzeCorpusRequest.newBuilder().setUnreadable(broken).build(),
                document("c", " "),
                document("d", "The bank blocked my card.")));

        assertThat(report.getDocuments()).isEqualTo(2);
        assertThat(report.getFailedDocuments()).isEqualTo(2);
        assertThat(report.getErrorsList()).extracting(CorpusError::getPosition).containsExactly(2L, 3L);
        assertThat(report.getErrors(0).getError()).isEqualTo(broken);
        assertThat(report.getErrors(1).getId()).isEqualTo("c");
        assertThat(violatedFields(report.getErrors(1).getError())).containsExactly("document.text");
    }

    @Test
    void anEmptyCorpusHasAnEmptyReport() {
        CorpusReport report = report(List.of());

        assertThat(report.getDocuments()).isZero();
        assertThat(report.getThemesList()).isEmpty();
    }

    @Test
    void wrongOptionsAreSaidAtOnce() {
        Status status = status(catchThrowable(() -> report(List.of(AnalyzeCorpusRequest.newBuilder()
                .setOptions(CorpusOptions.newBuilder()
                        .addFeatures(Feature.FEATURE_SUMMARY)
                        .setMaxThemes(101)
                        .setMaxItems(-1)
                        .setDuplicateSimilarity(2))
                .build()))));

        assertThat(violatedFields(status))
                .containsExactlyInAnyOrder(
                        "options.features[0]",
                        "options.max_themes",
                        "options.max_items",
                        "options.duplicate_similarity");
    }

    @Test
    void aClientThatGoesAwayMakesRoomForTheNextCorpus() {
        for (int i = 0; i < 20; i++) {
            ClientCallStreamObserver<AnalyzeCorpusRequest> requests = (ClientCallStreamObserver<AnalyzeCorpusRequest>)
                    TextAnalyticsServiceGrpc.newStub(channel).analyzeCorpus(new Ignored());
            requests.onNext(document("a", "The parcel was torn."));
            requests.cancel("no longer interested", null);
        }

        String outcome = "OVERLOADED";
        for (int attempt = 0; attempt < 100 && outcome.equals("OVERLOADED"); attempt++) {
            try {
                outcome = report(List.of(document("a", "The parcel was torn."))).getDocuments() + " document";
            } catch (StatusRuntimeException e) {
                outcome = reason(status(e));
            }
        }
        assertThat(outcome).isEqualTo("1 document");
    }

    private CorpusReport report(List<AnalyzeCorpusRequest> messages) {
        List<AnalyzeCorpusResponse> answers = GrpcTestClient.converse(
                TextAnalyticsServiceGrpc.newStub(channel)::analyzeCorpus,
                messages.toArray(AnalyzeCorpusRequest[]::new));
        assertThat(answers.subList(0, answers.size() - 1))
                .allSatisfy(answer -> assertThat(answer.hasProgress()).isTrue());
        CorpusReport report = answers.get(answers.size() - 1).getReport();
        if (!messages.isEmpty()) {
            CorpusProgress last = answers.get(answers.size() - 2).getProgress();
            assertThat(last.getStage()).isEqualTo(CorpusStage.CORPUS_STAGE_REPORTING);
            assertThat(last.getAnalyzed()).isEqualTo(report.getDocuments());
            assertThat(last.getFailed()).isEqualTo(report.getFailedDocuments());
        }
        return report;
    }

    private static AnalyzeCorpusRequest document(String id, String text) {
        return AnalyzeCorpusRequest.newBuilder()
                .setDocument(Document.newBuilder().setId(id).setText(text))
                .build();
    }

    private static final class Ignored implements StreamObserver<AnalyzeCorpusResponse> {
        @Override
        public void onNext(AnalyzeCorpusResponse answer) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
    }
}
