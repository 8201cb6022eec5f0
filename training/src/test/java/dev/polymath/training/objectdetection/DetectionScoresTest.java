package dev.polymath.training.objectdetection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.training.objectdetection.DetectionScores.Found;
import dev.polymath.training.objectdetection.DetectionScores.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DetectionScoresTest {
    private static final Rectangle BOX = new Rectangle(10, 10, 20, 20);

    @Test
    void whatIsFoundExactlyIsWorthOne() {
        DetectionScores scores = DetectionScores.of(
                List.of(new Picture(List.of(item("dog", BOX)), List.of(new Found("dog", 0.3, BOX)))));

        assertThat(scores.map50()).isEqualTo(1);
        assertThat(scores.map()).isEqualTo(1);
    }

    @Test
    void aBoxCountsAtTheOverlapsThatItReaches() {
        // 10 x 10 against 10 x 7: overlap 0.7, which is enough for 0.5, 0.55, 0.6, 0.65 and 0.7
        DetectionScores scores = DetectionScores.of(List.of(new Picture(
                List.of(item("dog", new Rectangle(0, 0, 10, 10))),
                List.of(new Found("dog", 0.9, new Rectangle(0, 0, 10, 7))))));

        assertThat(scores.map50()).isEqualTo(1);
        assertThat(scores.map()).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void precisionIsReadOffAt101Recalls() {
        // right, wrong, right of 4: precision 1 up to a recall of 0.25, 2/3 up to 0.5
        DetectionScores scores = DetectionScores.of(List.of(new Picture(
                List.of(item("dog", at(0)), item("dog", at(20)), item("dog", at(40)), item("dog", at(60))),
                List.of(new Found("dog", 0.9, at(0)), new Found("dog", 0.8, at(100)), new Found("dog", 0.7, at(20))))));

        assertThat(scores.map50()).isCloseTo((26 + 25 * 2 / 3.0) / 101, within(1e-9));
    }

    @Test
    void aSecondBoxOnTheSameObjectAndAnotherLabelAreWrong() {
        DetectionScores scores = DetectionScores.of(List.of(new Picture(
                List.of(item("dog", at(0)), item("cat", at(20))),
                List.of(
                        new Found("dog", 0.9, at(0)),
                        new Found("dog", 0.8, at(0)),
                        new Found("dog", 0.7, at(20)),
                        new Found("fox", 0.9, at(0))))));

        // the object is found before anything is wrong; the cat is not found; nothing is asked about foxes
        assertThat(scores.labels())
                .extracting(DetectionScores.LabelScore::label)
                .containsExactly("cat", "dog");
        assertThat(scores.map50()).isEqualTo(0.5);
    }

    @Test
    void boxesInACrowdCountNeitherForNorAgainst() {
        AnnotatedImage.Item crowd = new AnnotatedImage.Item("dog", new Rectangle(100, 0, 200, 50), true);
        DetectionScores scores = DetectionScores.of(List.of(new Picture(
                List.of(crowd, item("dog", at(0))),
                List.of(
                        new Found("dog", 0.9, new Rectangle(110, 10, 120, 20)),
                        new Found("dog", 0.8, new Rectangle(130, 10, 140, 20)),
                        new Found("dog", 0.7, at(0))))));

        assertThat(scores.map50()).isEqualTo(1);
        assertThat(scores.boxes()).isEqualTo(1);
    }

    @Test
    void nothingFoundAndNothingThereAreZeroAndNothing() {
        assertThat(DetectionScores.of(List.of(new Picture(List.of(item("dog", BOX)), List.of())))
                        .map50())
                .isZero();
        assertThat(DetectionScores.of(List.of(new Picture(List.of(), List.of(new Found("dog", 1, BOX)))))
                        .labels())
                .isEmpty();
    }

    @Test
    void noMoreThanAHundredBoxesOfAPictureAreLookedAt() {
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            found.add(new Found("cat", 0.9, at(20 * (i + 1))));
        }
        found.add(new Found("dog", 0.1, at(0)));

        assertThat(DetectionScores.of(List.of(new Picture(List.of(item("dog", at(0))), found)))
                        .map50())
                .isZero();
    }

    /**
     * 40 pictures of the generator below, whose numbers any language can repeat, measured by pycocotools 2.0.11: {@code COCOeval(gt,
     * dt, "bbox")} with its default settings.
     */
    @Test
    void figuresAreThoseOfTheReferenceImplementation() {
        DetectionScores scores = DetectionScores.of(pictures());

        assertThat(scores.map50()).isCloseTo(REFERENCE_50, within(1e-6));
        assertThat(scores.map()).isCloseTo(REFERENCE, within(1e-6));
        assertThat(scores.toMarkdown()).contains("| **mean of 3** | ");
    }

    private static final double REFERENCE_50 = 0.4228460941332228;
    private static final double REFERENCE = 0.17718056001839846;

    /** Java's generator with seed 11: boxes of whole pixels; most are found, shifted a little; some are crowds. */
    static List<Picture> pictures() {
        Random random = new Random(11);
        List<Picture> pictures = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            List<AnnotatedImage.Item> truth = new ArrayList<>();
            List<Found> found = new ArrayList<>();
            int objects = random.nextInt(5);
            for (int object = 0; object < objects; object++) {
                String label = "label" + random.nextInt(3);
                int x = random.nextInt(100);
                int y = random.nextInt(100);
                int width = 10 + random.nextInt(60);
                int height = 10 + random.nextInt(60);
                truth.add(new AnnotatedImage.Item(
                        label, new Rectangle(x, y, x + width, y + height), random.nextInt(10) == 0));
                int times = random.nextInt(3);
                for (int time = 0; time < times; time++) {
                    int left = x + random.nextInt(13) - 6;
                    int top = y + random.nextInt(13) - 6;
                    found.add(new Found(
                            random.nextInt(8) == 0 ? "label" + random.nextInt(3) : label,
                            random.nextInt(1_000_000) / 1e6,
                            new Rectangle(
                                    left,
                                    top,
                                    left + width + random.nextInt(9) - 4,
                                    top + height + random.nextInt(9) - 4)));
                }
            }
            pictures.add(new Picture(truth, found));
        }
        return pictures;
    }

    private static AnnotatedImage.Item item(String label, Rectangle box) {
        return new AnnotatedImage.Item(label, box, false);
    }

    private static Rectangle at(int left) {
        return new Rectangle(left, 0, left + 10, 10);
    }
}
