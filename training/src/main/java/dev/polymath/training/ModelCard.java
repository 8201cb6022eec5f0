package dev.polymath.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The README.md of a model directory: what it is for, data, licence, figures with the command that gives them, limits. Headed by
 * the metadata block that model hubs read. Not thread-safe.
 */
public final class ModelCard {
    private final String title;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, String> sections = new LinkedHashMap<>();

    public ModelCard(String title) {
        this.title = title;
    }

    /** Adds a metadata entry; a blank value is left out. */
    public ModelCard metadata(String key, String value) {
        if (!value.isBlank()) {
            metadata.put(key, value);
        }
        return this;
    }

    /** Adds a section of Markdown; a blank one is left out. */
    public ModelCard section(String heading, String markdown) {
        if (!markdown.isBlank()) {
            sections.put(heading, markdown.strip());
        }
        return this;
    }

    /** Adds a section that is a list. */
    public ModelCard list(String heading, List<String> items) {
        return section(
                heading,
                String.join("\n", items.stream().map(item -> "- " + item).toList()));
    }

    public String toMarkdown() {
        StringBuilder text = new StringBuilder("---\n");
        metadata.forEach(
                (key, value) -> text.append(key).append(": ").append(value).append('\n'));
        text.append("---\n\n# ").append(title).append('\n');
        sections.forEach((heading, body) ->
                text.append("\n## ").append(heading).append("\n\n").append(body).append('\n'));
        return text.toString();
    }
}
