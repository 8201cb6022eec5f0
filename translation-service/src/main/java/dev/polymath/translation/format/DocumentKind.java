package dev.polymath.translation.format;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A kind of file. */
@SuppressWarnings("ImmutableEnumChecker") // formats have no state, and the lists are List.of
public enum DocumentKind {
    TEXT(new PlainTextFormat(), List.of("text/plain"), List.of("txt", "text")),
    MARKDOWN(new MarkdownFormat(), List.of("text/markdown", "text/x-markdown"), List.of("md", "markdown")),
    HTML(new HtmlFormat(), List.of("text/html", "application/xhtml+xml"), List.of("html", "htm", "xhtml")),
    SUB_RIP(SubtitleFormat.SUB_RIP, List.of("application/x-subrip", "text/srt", "application/srt"), List.of("srt")),
    WEB_VTT(SubtitleFormat.WEB_VTT, List.of("text/vtt"), List.of("vtt")),
    PROPERTIES(
            new PropertiesFormat(),
            List.of("text/x-java-properties", "text/x-properties", "text/x-java-propertieslist"),
            List.of("properties"));

    private final TextFormat format;
    private final List<String> mimeTypes;
    private final List<String> endings;

    DocumentKind(TextFormat format, List<String> mimeTypes, List<String> endings) {
        this.format = format;
        this.mimeTypes = mimeTypes;
        this.endings = endings;
    }

    /** How it is read. */
    public TextFormat format() {
        return format;
    }

    /** Its usual media type. */
    public String mimeType() {
        return mimeTypes.get(0);
    }

    /** Its usual ending, with the full stop. */
    public String ending() {
        return "." + endings.get(0);
    }

    /** The kind with a media type, which may have parameters. */
    public static Optional<DocumentKind> ofMimeType(String mimeType) {
        String type = mimeType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(kind -> kind.mimeTypes.contains(type))
                .findFirst();
    }

    /** The kind with the ending of a file name. */
    public static Optional<DocumentKind> ofFileName(String fileName) {
        String ending = fileName.substring(fileName.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return fileName.indexOf('.') < 0
                ? Optional.empty()
                : Arrays.stream(values())
                        .filter(kind -> kind.endings.contains(ending))
                        .findFirst();
    }
}
