package dev.polymath.textanalytics.grpc;

import dev.polymath.common.v1.Coverage;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.inference.OffsetUnitConverter;
import dev.polymath.service.CommonMessages;
import dev.polymath.text.TextSpan;
import dev.polymath.textanalytics.grpc.TextModels.Encoder;
import dev.polymath.textanalytics.grpc.TextModels.Hosted;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * A document on its way through the features, with its offsets in the unit of the wire. Thread-safe.
 *
 * @param encoders what the features of this document share
 */
record AnalyzedText(Document document, OffsetUnitConverter offsets, Map<Encoder, Encoder> encoders) {
    static AnalyzedText of(Document document, OffsetUnit unit) {
        return new AnalyzedText(
                document,
                OffsetUnitConverter.of(document.getText(), unit),
                Collections.synchronizedMap(new IdentityHashMap<>()));
    }

    /** The encoder for this document. */
    Encoder encoder(Hosted<Encoder> model, boolean patient) {
        return encoders.computeIfAbsent(model.get(patient), Encoder::sharing);
    }

    String id() {
        return document.getId();
    }

    String text() {
        return document.getText();
    }

    String text(TextSpan span) {
        return span.of(text());
    }

    int begin(TextSpan span) {
        return offsets.convert(span.begin());
    }

    int end(TextSpan span) {
        return offsets.convertEnd(span.end());
    }

    /** The whole text was read, in so many windows. */
    Coverage coverage(int windows) {
        return CommonMessages.coverage(offsets, windows);
    }
}
