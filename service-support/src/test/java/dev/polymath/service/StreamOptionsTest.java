package dev.polymath.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamOptionsTest {
    private final List<String> checked = new ArrayList<>();
    private final StreamOptions<String, Integer> options = new StreamOptions<>("default", wire -> {
        checked.add(wire);
        return wire.length();
    });

    @Test
    void optionsAreCheckedOnceAndHaveNoAnswer() {
        assertThat(options.<String>set("some", 0)).isCompletedWithValue(null);

        assertThat(options.get()).isEqualTo(4);
        assertThat(options.get()).isEqualTo(4);
        assertThat(checked).containsExactly("some");
    }

    @Test
    void aStreamWithoutOptionsHasTheDefaults() {
        assertThat(options.get()).isEqualTo(7);
        assertThat(options.get()).isEqualTo(7);
        assertThat(checked).containsExactly("default");
    }

    @Test
    void optionsAfterADocumentOrTwiceAreRefused() {
        options.get();

        assertThatThrownBy(() -> options.set("late", 0))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("options: after the first message (expected: only as the first message)");
    }

    @Test
    void documentsInOptionsAreRefused() {
        assertThatThrownBy(() -> options.set("some", 2)).hasMessage("options.documents: 2 documents (expected: 0)");
        assertThat(checked).isEmpty();
    }

    @Test
    void aMessageWithNeitherSaysWhatIsExpected() {
        assertThat(StreamOptions.neither()).hasMessage("item: not set (expected: options or document)");
    }
}
