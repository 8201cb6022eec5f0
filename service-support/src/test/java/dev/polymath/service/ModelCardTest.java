package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.inference.InferenceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCardTest {
    @TempDir
    Path directory;

    @Test
    void metadataIsReadAsHuggingFaceWritesIt() throws IOException {
        assertThat(card("---\nlanguage: en\nlicense: apache-2.0\ntags:\n- ner\n---\n# Card\nlanguage: fr\n"))
                .isEqualTo(new ModelCard(List.of("en"), "apache-2.0"));
        assertThat(card("---\nlanguage:\n- en\n- de\n---\n")).isEqualTo(new ModelCard(List.of("en", "de"), ""));
    }

    @Test
    void aLicenceThatHasNoIdentifierIsCalledByItsName() throws IOException {
        assertThat(card("---\nlicense: other\nlicense_name: research-only\nlicense_link: LICENSE\n---\n"))
                .isEqualTo(new ModelCard(List.of(), "research-only"));
        assertThat(card("---\nlicense: other\n---\n")).isEqualTo(new ModelCard(List.of(), "other"));
    }

    @Test
    void aCardWithoutMetadataSaysNothing() throws IOException {
        ModelCard nothing = new ModelCard(List.of(), "");

        assertThat(ModelCard.in(directory)).isEqualTo(nothing);
        assertThat(card("")).isEqualTo(nothing);
        assertThat(card("# Card\n---\nlanguage: en\n---\n")).isEqualTo(nothing);
        assertThat(card("---\nlanguage: en\n")).isEqualTo(nothing);
    }

    @Test
    void metadataThatIsNoYamlIsNamed() {
        assertThatThrownBy(() -> card("---\n]: [\n---\n"))
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("README.md");
    }

    private ModelCard card(String text) throws IOException {
        Files.writeString(directory.resolve("README.md"), text);
        return ModelCard.in(directory);
    }
}
