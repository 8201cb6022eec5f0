package dev.polymath.training.textclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldOutTest {

    @Test
    void sameWordsAreTheSameText() {
        HeldOut held = new HeldOut();
        held.add(List.of(text("It's over, folks!")), 0);

        assertThat(held.contains(text("it s  OVER folks"), 0)).isTrue();
        assertThat(held.contains(text("it's over"), 0)).isFalse();
    }

    @Test
    void textsWithoutWordsAreComparedAsTheyAre() {
        HeldOut held = new HeldOut();
        held.add(List.of(text(":)")), 0);

        assertThat(held.contains(text(":)"), 0)).isTrue();
        assertThat(held.contains(text(":("), 0)).isFalse();
    }

    @Test
    void sharedRunOfWordsCountsWhereAskedFor() {
        HeldOut held = new HeldOut();
        held.add(List.of(text("a film of quiet power")), 3);

        assertThat(held.contains(text("of quiet power , too"), 3)).isTrue();
        assertThat(held.contains(text("of quiet power , too"), 0)).isFalse();
        assertThat(held.contains(text("quiet power of a film"), 3)).isFalse();
    }

    @Test
    void drawnShareHasTheLabelsInProportionAndIsTheSameForTheSameSeed() {
        List<LabelledText> texts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            texts.add(new LabelledText("text " + i, List.of(i < 70 ? "a" : "b")));
        }
        List<LabelledText> drawn = HeldOut.draw(texts, 0.2, 7);

        assertThat(drawn).hasSize(20).doesNotHaveDuplicates();
        assertThat(drawn.stream().filter(text -> text.labels().contains("a"))).hasSize(14);
        assertThat(HeldOut.draw(texts, 0.2, 7)).isEqualTo(drawn);
        assertThat(HeldOut.draw(texts, 0.2, 8)).isNotEqualTo(drawn);
        assertThatThrownBy(() -> HeldOut.draw(texts, 1, 7)).hasMessage("dev-share: 1.0 (expected: > 0 and < 1)");
        assertThat(HeldOut.draw(Collections.emptyList(), 0.2, 7)).isEmpty();
    }

    private static LabelledText text(String text) {
        return new LabelledText(text, List.of("x"));
    }
}
