package dev.polymath.training.objectdetection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Average precision as COCO counts it: in each picture the found boxes of a label, best first, take the box of the truth with which
 * they overlap most; precision is read off at 101 recalls; the mean over the labels that occur, at an overlap of 0.5 and over those
 * from 0.5 to 0.95. A found box that matches nothing but a crowd does not count. All sizes, at most 100 found boxes per picture.
 */
final class DetectionScores {
    /** Found boxes of a picture that are looked at. */
    static final int MOST_PER_PICTURE = 100;

    private static final int THRESHOLDS = 10;
    private static final int RECALLS = 101;
    private static final double RECALL_STEP = 0.01;

    /** A found box. */
    record Found(String label, double confidence, Rectangle box) {}

    /** A picture with what is there and what was found, in the same pixels. */
    record Picture(List<AnnotatedImage.Item> truth, List<Found> found) {}

    /**
     * What was measured of a label.
     *
     * @param boxes of the truth, without crowds
     * @param byThreshold average precision for the overlaps 0.5, 0.55, ... 0.95
     */
    record LabelScore(String label, int boxes, double[] byThreshold) {
        double ap50() {
            return byThreshold[0];
        }

        double ap() {
            return Arrays.stream(byThreshold).average().orElse(0);
        }
    }

    /** A found box after the matching: whether it is right or does not count, for each threshold. */
    private record Judged(double confidence, boolean[] right, boolean[] ignored) {}

    private final List<LabelScore> labels;

    private DetectionScores(List<LabelScore> labels) {
        this.labels = labels;
    }

    static DetectionScores of(List<Picture> pictures) {
        Map<String, List<Judged>> judged = new TreeMap<>();
        Map<String, Integer> boxes = new TreeMap<>();
        for (Picture picture : pictures) {
            List<Found> best = picture.found.stream()
                    .sorted(Comparator.comparingDouble(Found::confidence).reversed())
                    .limit(MOST_PER_PICTURE)
                    .toList();
            Stream.concat(
                            picture.truth.stream().map(AnnotatedImage.Item::label),
                            best.stream().map(Found::label))
                    .distinct()
                    .forEach(label -> {
                        // those that count come first, as the matching wants it
                        List<AnnotatedImage.Item> truth = picture.truth.stream()
                                .filter(item -> item.label().equals(label))
                                .sorted(Comparator.comparing(AnnotatedImage.Item::crowd))
                                .toList();
                        List<Found> found =
                                best.stream().filter(f -> f.label.equals(label)).toList();
                        judged.computeIfAbsent(label, key -> new ArrayList<>()).addAll(judge(truth, found));
                        boxes.merge(
                                label,
                                (int) truth.stream()
                                        .filter(item -> !item.crowd())
                                        .count(),
                                Integer::sum);
                    });
        }
        List<LabelScore> scores = new ArrayList<>();
        boxes.forEach((label, count) -> {
            if (count > 0) {
                scores.add(
                        new LabelScore(label, count, averagePrecision(judged.getOrDefault(label, List.of()), count)));
            }
        });
        return new DetectionScores(scores);
    }

    /** Mean average precision at an overlap of 0.5; 0 where nothing is there. */
    double map50() {
        return labels.stream().mapToDouble(LabelScore::ap50).average().orElse(0);
    }

    /** Mean average precision over the overlaps 0.5 to 0.95; 0 where nothing is there. */
    double map() {
        return labels.stream().mapToDouble(LabelScore::ap).average().orElse(0);
    }

    /** Those that the truth has, by name. */
    List<LabelScore> labels() {
        return labels;
    }

    int boxes() {
        return labels.stream().mapToInt(LabelScore::boxes).sum();
    }

    /** A table with a row per label and the means, most frequent labels first. */
    String toMarkdown() {
        StringBuilder text = new StringBuilder("| label | boxes | AP50 | AP50-95 |\n|---|---|---|---|\n");
        text.append(row("**mean of " + labels.size() + "**", boxes(), map50(), map()));
        labels.stream()
                .sorted(Comparator.comparingInt(LabelScore::boxes).reversed())
                .forEach(score -> text.append(row(score.label, score.boxes, score.ap50(), score.ap())));
        return text.toString();
    }

    private static String row(String name, int boxes, double ap50, double ap) {
        return String.format(Locale.ROOT, "| %s | %,d | %.3f | %.3f |%n", name, boxes, ap50, ap);
    }

    private static double threshold(int index) {
        return 0.5 + 0.05 * index;
    }

    private static List<Judged> judge(List<AnnotatedImage.Item> truth, List<Found> found) {
        List<Judged> result = new ArrayList<>();
        for (Found each : found) {
            result.add(new Judged(each.confidence, new boolean[THRESHOLDS], new boolean[THRESHOLDS]));
        }
        double[][] overlaps = new double[found.size()][truth.size()];
        for (int f = 0; f < found.size(); f++) {
            for (int t = 0; t < truth.size(); t++) {
                overlaps[f][t] = overlap(found.get(f).box, truth.get(t));
            }
        }
        for (int threshold = 0; threshold < THRESHOLDS; threshold++) {
            boolean[] taken = new boolean[truth.size()];
            for (int f = 0; f < found.size(); f++) {
                Integer match = match(truth, taken, overlaps[f], Math.min(threshold(threshold), 1 - 1e-10));
                if (match != null) {
                    taken[match] = true;
                    result.get(f).right[threshold] = !truth.get(match).crowd();
                    result.get(f).ignored[threshold] = truth.get(match).crowd();
                }
            }
        }
        return result;
    }

    /** The box of the truth that overlaps most, a crowd only if nothing else overlaps enough. */
    private static @Nullable Integer match(
            List<AnnotatedImage.Item> truth, boolean[] taken, double[] overlaps, double least) {
        Integer match = null;
        double most = least;
        for (int t = 0; t < overlaps.length; t++) {
            boolean crowd = truth.get(t).crowd();
            if (taken[t] && !crowd) {
                continue;
            }
            if (match != null && crowd && !truth.get(match).crowd()) {
                break;
            }
            if (overlaps[t] >= most) {
                most = overlaps[t];
                match = t;
            }
        }
        return match;
    }

    /** With a crowd: what part of the found box is in it. */
    private static double overlap(Rectangle found, AnnotatedImage.Item truth) {
        return truth.crowd()
                ? found.intersect(truth.box()).area() / Math.max(Double.MIN_NORMAL, found.area())
                : found.overlap(truth.box());
    }

    private static double[] averagePrecision(List<Judged> judged, int boxes) {
        List<Judged> sorted = judged.stream()
                .sorted(Comparator.comparingDouble(Judged::confidence).reversed())
                .toList();
        double[] result = new double[THRESHOLDS];
        for (int threshold = 0; threshold < THRESHOLDS; threshold++) {
            double[] recall = new double[sorted.size()];
            double[] precision = new double[sorted.size()];
            int counted = 0;
            int right = 0;
            for (Judged each : sorted) {
                if (each.ignored[threshold]) {
                    continue;
                }
                right += each.right[threshold] ? 1 : 0;
                recall[counted] = (double) right / boxes;
                precision[counted] = (double) right / (counted + 1);
                counted++;
            }
            for (int i = counted - 2; i >= 0; i--) {
                precision[i] = Math.max(precision[i], precision[i + 1]);
            }
            double sum = 0;
            int at = 0;
            for (int i = 0; i < RECALLS; i++) {
                double wanted = i * RECALL_STEP;
                while (at < counted && recall[at] < wanted) {
                    at++;
                }
                sum += at < counted ? precision[at] : 0;
            }
            result[threshold] = sum / RECALLS;
        }
        return result;
    }
}
