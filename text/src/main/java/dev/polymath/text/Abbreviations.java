package dev.polymath.text;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;

/** The words of abbreviations.properties, in lower case and without their last full stop. */
final class Abbreviations {
    private static final Properties WORDS = read();

    private Abbreviations() {}

    /** After these no sentence ends. */
    static Set<String> of(String language) {
        return words(language);
    }

    /** After these no sentence ends if a number follows. */
    static Set<String> beforeNumber(String language) {
        return words(language + ".before-number");
    }

    private static Set<String> words(String key) {
        String words = WORDS.getProperty(key, "").strip();
        return words.isEmpty() ? Set.of() : Set.of(words.split("\\s+"));
    }

    private static Properties read() {
        Properties properties = new Properties();
        try (Reader reader = new InputStreamReader(
                Objects.requireNonNull(Abbreviations.class.getResourceAsStream("abbreviations.properties")),
                StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }
}
