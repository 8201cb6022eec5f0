package dev.polymath.translation.grpc;

import com.google.protobuf.ByteString;
import dev.polymath.common.v1.Document;
import dev.polymath.common.v1.ErrorReason;
import dev.polymath.service.Violations;
import dev.polymath.translation.format.DocumentKind;
import dev.polymath.translation.v1.TextTranslation;
import dev.polymath.translation.v1.TranslateDocumentRequest;
import dev.polymath.translation.v1.TranslateDocumentResponse;
import dev.polymath.translation.v1.TranslationResult;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A file: its kind, its bytes as text, and its answer.
 *
 * @param bom whether it begins with a byte order mark, which is no text
 */
record DocumentTranslation(TranslateDocumentRequest request, DocumentKind kind, boolean bom, Document document) {
    private static final ByteString BOM = ByteString.copyFrom(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF});
    private static final Set<String> SAY_NOTHING =
            Set.of("", "application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data");

    /** The file of a request; with a violation, one that must not be translated. */
    static DocumentTranslation of(TranslateDocumentRequest request, TranslationConfig config, Violations violations) {
        DocumentKind kind = kind(request, violations);
        ByteString content = request.getContent();
        boolean bom = content.startsWith(BOM);
        String text = "";
        // four bytes are the longest character
        if (content.size() > 4L * config.maxCharacters() + BOM.size()) {
            violations.add(
                    ErrorReason.ERROR_REASON_INPUT_TOO_LONG,
                    "content",
                    content.size() + " bytes (expected: <= " + config.maxCharacters() + " characters)");
        } else {
            text = decode(bom ? content.substring(BOM.size()) : content, violations);
        }
        return new DocumentTranslation(
                request,
                kind,
                bom,
                Document.newBuilder()
                        .setText(text)
                        .setLanguageCode(request.getSourceLanguageCode())
                        .build());
    }

    private static DocumentKind kind(TranslateDocumentRequest request, Violations violations) {
        String type = request.getMimeType().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!SAY_NOTHING.contains(type)) {
            Optional<DocumentKind> kind = DocumentKind.ofMimeType(type);
            // a name says more than that it is text of some kind
            if (kind.isPresent() && kind.get() != DocumentKind.TEXT) {
                return kind.get();
            }
            if (kind.isEmpty()) {
                violations.add(
                        "mime_type",
                        Violations.quote(request.getMimeType()) + " (expected: one of "
                                + Arrays.stream(DocumentKind.values())
                                        .map(DocumentKind::mimeType)
                                        .collect(Collectors.joining(", "))
                                + ", or empty with a file_name)");
                return DocumentKind.TEXT;
            }
        }
        Optional<DocumentKind> kind = DocumentKind.ofFileName(request.getFileName());
        if (kind.isPresent()) {
            return kind.get();
        }
        if (SAY_NOTHING.contains(type)) {
            violations.add(
                    "file_name",
                    (request.getFileName().isEmpty() ? "empty" : Violations.quote(request.getFileName()))
                            + " (expected: a name that ends in one of "
                            + Arrays.stream(DocumentKind.values())
                                    .map(DocumentKind::ending)
                                    .collect(Collectors.joining(", "))
                            + ", or a mime_type)");
        }
        return DocumentKind.TEXT;
    }

    private static String decode(ByteString content, Violations violations) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer bytes = content.asReadOnlyByteBuffer();
        CharBuffer characters = CharBuffer.allocate(content.size() + 1);
        CoderResult result = decoder.decode(bytes, characters, true);
        if (result.isError()) {
            long line = content.substring(0, bytes.position())
                            .toString(StandardCharsets.ISO_8859_1)
                            .chars()
                            .filter(c -> c == '\n')
                            .count()
                    + 1;
            violations.add(
                    "content", "line " + line + ": byte " + bytes.position() + " is not UTF-8 (expected: UTF-8)");
            return "";
        }
        return characters.flip().toString();
    }

    /** What a caller gets; a document that failed has an error instead. */
    TranslateDocumentResponse.Builder response(TranslationResult result) {
        TextTranslation translation = result.getTranslations(0);
        ByteString content = ByteString.copyFromUtf8(translation.getText());
        TranslateDocumentResponse.Builder response = TranslateDocumentResponse.newBuilder()
                .setContent(bom ? BOM.concat(content) : content)
                .setMimeType(kind.mimeType())
                .setFileName(request.getFileName())
                .setScore(translation.getScore())
                .addAllAppliedGlossary(translation.getAppliedGlossaryList())
                .setPivot(translation.getPivot())
                .setCoverage(result.getCoverage())
                .addAllWarnings(result.getWarningsList());
        if (result.hasDetectedLanguage()) {
            response.setDetectedLanguage(result.getDetectedLanguage());
        }
        return response;
    }
}
