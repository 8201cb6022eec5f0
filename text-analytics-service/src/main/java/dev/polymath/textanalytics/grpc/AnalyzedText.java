package dev.polymath.textanalytics.grpc;

import dev.polymath.common.v1.Coverage;
import dev.polymath.common.v1.Document;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.inference.OffsetUnitConverter;
import dev.polymath.service.CommonMessages;
import dev.polymath.text.TextSpan;

/** A document on its way through the features, with its offsets in the unit of the wire. */
record AnalyzedText(Document document, OffsetUnitConverter offsets) {
    static AnalyzedText of(Document document, OffsetUnit unit) {
        return new AnalyzedText(document, OffsetUnitConverter.of(document.getText(), unit));
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
