package dev.polymath.textanalytics;

/**
 * A class of the caller's own.
 *
 * @param label its name; underscores in it are read as spaces
 * @param description what belongs to it, in words or as a typical text; blank means the name itself
 */
public record ClassLabel(String label, String description) {
    /** What is compared with texts. */
    String text() {
        return description.isBlank() ? label.replace('_', ' ') : description;
    }
}
