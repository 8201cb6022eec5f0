package dev.polymath.service;

import dev.polymath.inference.InferenceException;
import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * What the card of a model (README.md) says in its metadata, the YAML between two lines {@code ---} at its beginning, as on
 * Hugging Face.
 *
 * @param languages that the model reads, BCP-47; empty if the card does not say
 * @param license of the weights; empty if the card does not say
 */
record ModelCard(List<String> languages, String license) {
    private static final String FENCE = "---";

    /** The card in a model directory; says nothing if there is none. */
    static ModelCard in(Path directory) {
        Path card = directory.resolve("README.md");
        if (!Files.isRegularFile(card)) {
            return new ModelCard(List.of(), "");
        }
        try {
            List<String> lines = Files.readAllLines(card);
            int end = lines.isEmpty() || !lines.get(0).equals(FENCE)
                    ? -1
                    : lines.subList(1, lines.size()).indexOf(FENCE);
            Object metadata = end < 0
                    ? null
                    : new Yaml(new SafeConstructor(new LoaderOptions()))
                            .load(String.join("\n", lines.subList(1, end + 1)));
            Map<?, ?> values = metadata instanceof Map<?, ?> map ? map : Map.of();
            return new ModelCard(strings(values.get("language")), license(values));
        } catch (IOException | YAMLException e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY, card + ": its metadata cannot be read (expected: YAML)", Map.of(), e);
        }
    }

    /** The identifier, or the name of a licence that has none. */
    private static String license(Map<?, ?> values) {
        String license = String.join(", ", strings(values.get("license")));
        Object name = values.get("license_name");
        return license.equals("other") && name != null ? name.toString() : license;
    }

    /** One value or a list of them. */
    private static List<String> strings(@Nullable Object value) {
        if (value == null) {
            return List.of();
        }
        return value instanceof Collection<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of(value.toString());
    }
}
