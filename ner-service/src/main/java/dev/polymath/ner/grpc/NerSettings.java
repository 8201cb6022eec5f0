package dev.polymath.ner.grpc;

import dev.polymath.ner.RecordField;
import dev.polymath.ner.RecordSchema;
import dev.polymath.ner.Redaction;
import dev.polymath.ner.RedactionPolicy;
import dev.polymath.service.Violations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The policy of a redaction and the schema of records, from the wire, checked. */
final class NerSettings {
    private NerSettings() {}

    static RedactionPolicy policy(dev.polymath.ner.v1.RedactionPolicy message, Violations violations) {
        Redaction defaultRedaction = new Redaction.EntityLabel();
        if (message.hasDefaultRedaction()) {
            Redaction redaction = redaction("policy.default_redaction", message.getDefaultRedaction(), violations);
            defaultRedaction = redaction == null ? defaultRedaction : redaction;
        }
        Map<String, Redaction> byType = new HashMap<>();
        message.getRedactionsByTypeMap().forEach((type, redactionMessage) -> {
            String path = "policy.redactions_by_type[" + Violations.quote(type) + "]";
            Redaction redaction = redaction(path, redactionMessage, violations);
            if (redaction != null) {
                byType.put(type, redaction);
            }
        });
        return new RedactionPolicy(defaultRedaction, byType);
    }

    static @Nullable RecordSchema schema(
            dev.polymath.ner.v1.RecordSchema message, NerRequest request, Violations violations) {
        List<RecordField> fields = new ArrayList<>();
        for (int i = 0; i < message.getFieldsCount(); i++) {
            dev.polymath.ner.v1.RecordField field = message.getFields(i);
            String path = "schema.fields[" + i + "].";
            RecordField checked = violations.collect(
                    path,
                    () -> new RecordField(
                            field.getName(), field.getTypesList(), field.getRequired(), field.getMultiple()));
            if (checked != null) {
                NerRequest.checkTypes(
                        path + "types",
                        field.getTypesList(),
                        request.model(),
                        request.options().patterns(),
                        violations);
                fields.add(checked);
            }
        }
        RecordSchema.Scope scope = scope(message, violations);
        return message.getFieldsCount() > 0 && fields.isEmpty()
                ? null
                : violations.collect("schema.", () -> new RecordSchema(fields, scope));
    }

    private static RecordSchema.Scope scope(dev.polymath.ner.v1.RecordSchema message, Violations violations) {
        return switch (message.getScope()) {
            case SCOPE_UNSPECIFIED, SCOPE_DOCUMENT -> RecordSchema.Scope.DOCUMENT;
            case SCOPE_PARAGRAPH -> RecordSchema.Scope.PARAGRAPH;
            case SCOPE_LINE -> RecordSchema.Scope.LINE;
            case UNRECOGNIZED -> {
                violations.add(
                        "schema.scope",
                        message.getScopeValue() + " (expected: one of SCOPE_DOCUMENT, SCOPE_PARAGRAPH, SCOPE_LINE)");
                yield RecordSchema.Scope.DOCUMENT;
            }
        };
    }

    private static @Nullable Redaction redaction(
            String path, dev.polymath.ner.v1.Redaction message, Violations violations) {
        return switch (message.getMethodCase()) {
            case MASK ->
                violations.collect(
                        path + ".mask.",
                        () -> new Redaction.CharacterMask(
                                message.getMask().getCharacter(),
                                message.getMask().getVisibleSuffix()));
            case LABEL -> new Redaction.EntityLabel();
            case HASH ->
                violations.collect(
                        path + ".hash.",
                        () -> new Redaction.SaltedHash(message.getHash().getSalt()));
            case REMOVAL -> new Redaction.Removal();
            case METHOD_NOT_SET -> {
                violations.add(path, "no method (expected: one of mask, label, hash, removal)");
                yield null;
            }
        };
    }
}
