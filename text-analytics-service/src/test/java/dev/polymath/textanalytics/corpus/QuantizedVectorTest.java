package dev.polymath.textanalytics.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class QuantizedVectorTest {
    @Test
    void cosinesAreThoseOfTheVectors() {
        SplittableRandom random = new SplittableRandom(1);
        for (int dimensions : new int[] {1, 3, 50, 384, 1024}) {
            for (int i = 0; i < 50; i++) {
                float[] left = vector(dimensions, random);
                float[] right = vector(dimensions, random);
                double exact = dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right));
                float[] unit = QuantizedVector.of(right).toFloats();

                assertThat(dot(unit, unit)).isCloseTo(1, within(1e-5));
                assertThat(QuantizedVector.dot(QuantizedVector.of(left).toFloats(), unit))
                        .isCloseTo((float) exact, within(0.01f));
            }
        }
    }

    @Test
    void vectorWithoutDirectionIsRefused() {
        assertThatThrownBy(() -> QuantizedVector.of(new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vector: 3 zeros (expected: a direction)");
        assertThatThrownBy(() -> QuantizedVector.of(new float[] {1, Float.NaN}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vector: NaN (expected: finite)");
    }

    private static float[] vector(int dimensions, SplittableRandom random) {
        float[] vector = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) (random.nextGaussian() * 10);
        }
        return vector;
    }

    private static double dot(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += (double) left[i] * right[i];
        }
        return sum;
    }
}
