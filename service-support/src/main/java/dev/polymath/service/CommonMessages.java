package dev.polymath.service;

import com.google.protobuf.Duration;
import dev.polymath.common.v1.Coverage;
import dev.polymath.common.v1.OffsetUnit;
import dev.polymath.common.v1.Receipt;
import dev.polymath.inference.OffsetUnitConverter;

/** The messages of {@code polymath.common.v1} to and from the inference library's types. */
public final class CommonMessages {
    private CommonMessages() {}

    public static Receipt receipt(dev.polymath.inference.Receipt receipt) {
        return Receipt.newBuilder()
                .setModel(receipt.model())
                .setVersion(receipt.version())
                .setSha256(receipt.sha256())
                .setDevice(receipt.device())
                .setBatchSize(receipt.batchSize())
                .setTokens(receipt.tokens())
                .setGeneratedTokens(receipt.generatedTokens())
                .setTokenizeDuration(duration(receipt.tokenize()))
                .setQueueDuration(duration(receipt.queue()))
                .setInferDuration(duration(receipt.infer()))
                .setDecodeDuration(duration(receipt.decode()))
                .build();
    }

    /**
     * The unit that a request asks for; UTF-16 if it does not say or, with a violation, if it asks for an unknown one.
     *
     * @param field name of the field
     */
    public static dev.polymath.inference.OffsetUnit offsetUnit(
            OffsetUnit unit, int number, String field, Violations violations) {
        return switch (unit) {
            case OFFSET_UNIT_UNSPECIFIED, OFFSET_UNIT_UTF16 -> dev.polymath.inference.OffsetUnit.UTF16;
            case OFFSET_UNIT_CODE_POINT -> dev.polymath.inference.OffsetUnit.CODE_POINT;
            case OFFSET_UNIT_UTF8_BYTE -> dev.polymath.inference.OffsetUnit.UTF8_BYTE;
            case OFFSET_UNIT_GRAPHEME -> dev.polymath.inference.OffsetUnit.GRAPHEME;
            case UNRECOGNIZED -> {
                violations.add(field, number + " (expected: one of UTF16, CODE_POINT, UTF8_BYTE, GRAPHEME)");
                yield dev.polymath.inference.OffsetUnit.UTF16;
            }
        };
    }

    public static OffsetUnit offsetUnit(dev.polymath.inference.OffsetUnit unit) {
        return switch (unit) {
            case UTF16 -> OffsetUnit.OFFSET_UNIT_UTF16;
            case CODE_POINT -> OffsetUnit.OFFSET_UNIT_CODE_POINT;
            case UTF8_BYTE -> OffsetUnit.OFFSET_UNIT_UTF8_BYTE;
            case GRAPHEME -> OffsetUnit.OFFSET_UNIT_GRAPHEME;
        };
    }

    /** Of a text that was read as a whole, in so many windows. */
    public static Coverage coverage(OffsetUnitConverter offsets, int windows) {
        return Coverage.newBuilder()
                .setCharacters(offsets.length())
                .setAnalyzedCharacters(offsets.length())
                .setWindows(windows)
                .build();
    }

    private static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }
}
