package dev.polymath.image;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;

/** The formats that are read, and how a file of each begins. */
enum ImageFormat {
    JPEG("JPEG"),
    PNG("PNG"),
    WEBP("WebP"),
    GIF("GIF"),
    BMP("BMP"),
    TIFF("TIFF");

    static final String ALL = "JPEG, PNG, WebP, GIF, BMP or TIFF";

    /** What else people send, by how it begins, in the notation of {@link #begins}. */
    private static final Map<String, String> OTHERS = Map.ofEntries(
            Map.entry("%PDF", "PDF"),
            Map.entry("8BPS", "Photoshop"),
            Map.entry("PK\003\004", "a ZIP archive"),
            Map.entry("\0\0\001\0", "ICO"),
            Map.entry("\0\0\0\014jP  ", "JPEG 2000"),
            Map.entry("\u00ff\n", "JPEG XL"),
            Map.entry("\0\0\0\014JXL ", "JPEG XL"),
            Map.entry("\u00ffO\u00ffQ", "JPEG 2000"),
            Map.entry("II+\0", "BigTIFF"),
            Map.entry("MM\0+", "BigTIFF"),
            Map.entry("{", "JSON"),
            Map.entry("RIFF", "RIFF, but not WebP"));

    private final String name;

    ImageFormat(String name) {
        this.name = name;
    }

    @Override
    public String toString() {
        return name;
    }

    /** By the first bytes; what the sender says it is does not count. */
    static ImageFormat of(byte[] file) {
        if (file.length == 0) {
            throw ImageException.undecodable("0 bytes (expected: " + ALL + ")");
        }
        if (begins(file, 0, "\u00ff\u00d8\u00ff")) {
            return JPEG;
        }
        if (begins(file, 0, "\u0089PNG\r\n\032\n")) {
            return PNG;
        }
        if (begins(file, 0, "RIFF") && begins(file, 8, "WEBP")) {
            return WEBP;
        }
        if (begins(file, 0, "GIF87a") || begins(file, 0, "GIF89a")) {
            return GIF;
        }
        if (begins(file, 0, "BM")) {
            return BMP;
        }
        if (begins(file, 0, "II*\0") || begins(file, 0, "MM\0*")) {
            return TIFF;
        }
        throw ImageException.undecodable(other(file) + " (expected: " + ALL + ")");
    }

    private static String other(byte[] file) {
        if (begins(file, 4, "ftyp")) {
            return begins(file, 8, "avi")
                    ? "AVIF"
                    : begins(file, 8, "hei") || begins(file, 8, "mif1") ? "HEIC" : "video";
        }
        for (Map.Entry<String, String> other : OTHERS.entrySet()) {
            if (begins(file, 0, other.getKey())) {
                return other.getValue();
            }
        }
        String text =
                new String(file, 0, Math.min(file.length, 1024), StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        if (text.contains("<svg")) {
            return "SVG";
        }
        if (text.contains("<html") || text.contains("<!doctype html")) {
            return "HTML";
        }
        return "not an image that is known: " + file.length + " bytes that begin with "
                + HexFormat.ofDelimiter(" ").formatHex(file, 0, Math.min(file.length, 8));
    }

    private static boolean begins(byte[] file, int offset, String magic) {
        if (file.length < offset + magic.length()) {
            return false;
        }
        for (int i = 0; i < magic.length(); i++) {
            if ((file[offset + i] & 0xFF) != magic.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
