package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordShapeTest {
    @ParameterizedTest
    @CsvSource({
        "house, LOWER", "é, LOWER", "Paris, CAPITALIZED", "A, CAPITALIZED", "Élan, CAPITALIZED", "NATO, UPPER",
                "ÄÖ, UPPER",
        "McDonald, MIXED", "iPhone, MIXED", "B2B, MIXED", "3rd, MIXED", "1984, DIGITS", "٣, DIGITS", "., OTHER",
        "東京, OTHER", "😀, OTHER", "𝐀𝐁, UPPER", "'', OTHER"
    })
    void aWordHasOneShape(String word, WordShape shape) {
        assertThat(WordShape.of(word)).isEqualTo(shape);
    }

    @ParameterizedTest
    @CsvSource({"LOWER, 0", "CAPITALIZED, 1", "UPPER, 2", "MIXED, 3", "DIGITS, 4", "OTHER, 5"})
    void theTypeIdsThatModelsWereTrainedWithStay(WordShape shape, int typeId) {
        assertThat(shape.ordinal()).isEqualTo(typeId);
    }
}
