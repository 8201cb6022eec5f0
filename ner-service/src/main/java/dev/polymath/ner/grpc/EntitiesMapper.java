package dev.polymath.ner.grpc;

import com.google.rpc.Status;
import dev.polymath.common.v1.Document;
import dev.polymath.ner.Recognition;
import dev.polymath.ner.v1.EntitiesResult;
import java.util.Locale;

/** Results of RecognizeEntities. */
record EntitiesMapper(NerRequest request) implements NerTask.ResultMapper<EntitiesResult> {
    @Override
    public EntitiesResult found(Document document, Locale locale, Recognition recognition) {
        NerMessages messages = new NerMessages(document.getText(), request.unit());
        return EntitiesResult.newBuilder()
                .setId(document.getId())
                .addAllEntities(
                        recognition.entities().stream().map(messages::entity).toList())
                .setCoverage(messages.coverage(recognition.windows()))
                .build();
    }

    @Override
    public EntitiesResult failed(Document document, Status error) {
        return EntitiesResult.newBuilder()
                .setId(document.getId())
                .setError(error)
                .build();
    }
}
