package dev.polymath.ner.grpc;

import dev.polymath.common.v1.Coverage;
import dev.polymath.inference.OffsetUnit;
import dev.polymath.inference.OffsetUnitConverter;
import dev.polymath.ner.ExtractedRecord;
import dev.polymath.ner.RedactedText;
import dev.polymath.ner.v1.Entity;
import dev.polymath.ner.v1.EntityType;
import dev.polymath.ner.v1.FieldMatch;
import dev.polymath.ner.v1.FieldValue;
import dev.polymath.ner.v1.FieldValues;
import dev.polymath.ner.v1.Record;
import dev.polymath.ner.v1.RedactedEntity;
import dev.polymath.service.CommonMessages;
import java.util.List;

/** The answers about one document in the words and the offset unit of the wire. */
final class NerMessages {
    private final OffsetUnit unit;
    private final OffsetUnitConverter offsets;

    NerMessages(String text, OffsetUnit unit) {
        this.unit = unit;
        this.offsets = OffsetUnitConverter.of(text, unit);
    }

    Coverage coverage(int windows) {
        return CommonMessages.coverage(offsets, windows);
    }

    Entity entity(dev.polymath.ner.Entity entity) {
        return Entity.newBuilder()
                .setText(entity.text())
                .setType(entity.type())
                .setSubtype(entity.subtype())
                .setBegin(offsets.convert(entity.begin()))
                .setEnd(offsets.convertEnd(entity.end()))
                .setConfidence(entity.confidence())
                .setRecognizer(entity.recognizer())
                .setValue(entity.value())
                .build();
    }

    List<RedactedEntity> redactedEntities(RedactedText redacted) {
        OffsetUnitConverter redactedOffsets = OffsetUnitConverter.of(redacted.text(), unit);
        return redacted.entities().stream()
                .map(entity -> RedactedEntity.newBuilder()
                        .setEntity(entity(entity.entity()))
                        .setReplacement(entity.replacement())
                        .setRedactedBegin(redactedOffsets.convert(entity.begin()))
                        .setRedactedEnd(redactedOffsets.convertEnd(entity.end()))
                        .build())
                .toList();
    }

    Record record(ExtractedRecord record) {
        Record.Builder message = Record.newBuilder()
                .addAllMissing(record.missing())
                .setBegin(offsets.convert(record.begin()))
                .setEnd(offsets.convertEnd(record.end()));
        record.fields()
                .forEach((name, entities) -> message.putFields(
                        name,
                        FieldValues.newBuilder()
                                .addAllValues(
                                        entities.stream().map(this::fieldValue).toList())
                                .build()));
        for (ExtractedRecord.FieldMatch match : record.matches()) {
            message.addMatches(FieldMatch.newBuilder()
                    .setField(match.field())
                    .setVerdict(verdict(match.verdict()))
                    .setSimilarity(match.similarity()));
        }
        return message.build();
    }

    static EntityType entityType(dev.polymath.ner.EntityType type) {
        return EntityType.newBuilder()
                .setType(type.type())
                .setRecognizer(type.recognizer())
                .setDescription(type.description())
                .setExample(type.example())
                .setConfidence(type.confidence())
                .build();
    }

    private FieldValue fieldValue(dev.polymath.ner.Entity entity) {
        return FieldValue.newBuilder()
                .setText(entity.text())
                .setValue(entity.value().isEmpty() ? entity.text() : entity.value())
                .setBegin(offsets.convert(entity.begin()))
                .setEnd(offsets.convertEnd(entity.end()))
                .setConfidence(entity.confidence())
                .setType(entity.type())
                .build();
    }

    private static FieldMatch.Verdict verdict(ExtractedRecord.Verdict verdict) {
        return switch (verdict) {
            case MATCH -> FieldMatch.Verdict.VERDICT_MATCH;
            case MISMATCH -> FieldMatch.Verdict.VERDICT_MISMATCH;
            case MISSING -> FieldMatch.Verdict.VERDICT_MISSING;
        };
    }
}
