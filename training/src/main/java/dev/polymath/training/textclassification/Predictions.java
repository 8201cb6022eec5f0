package dev.polymath.training.textclassification;

import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.encoder.TemperatureScaling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one head to labelled texts.
 *
 * @param gold ids of the labels of each text, ascending
 * @param logits per text, per label id
 */
record Predictions(Head head, List<int[]> gold, List<float[]> logits) {
    /** Most tokens of a batch without gradients. */
    private static final int BATCH_TOKENS = 4096;

    private static final int CALIBRATION_BINS = 15;
    private static final int THRESHOLD_STEPS = 20;

    /**
     * Asks the model.
     *
     * @param index of the head among the model's outputs
     */
    static Predictions of(ModelOutputs model, List<ClassifiedText> texts, Head head, int index) {
        List<int[]> gold = new ArrayList<>(texts.size());
        List<float[]> logits = new ArrayList<>(texts.size());
        int labels = head.labels().size();
        for (SequenceBatch<ClassifiedText> batch : SequenceBatch.of(texts, BATCH_TOKENS)) {
            float[] values = model.outputs(batch)[index];
            for (int row = 0; row < batch.size(); row++) {
                int[] wanted = batch.rows().get(row).labels()[index];
                if (wanted != null) {
                    gold.add(wanted);
                    logits.add(Arrays.copyOfRange(values, row * labels, (row + 1) * labels));
                }
            }
        }
        return new Predictions(head, gold, logits);
    }

    /** Several of the same head together. */
    static Predictions join(Collection<Predictions> parts) {
        Head head = parts.iterator().next().head;
        return new Predictions(
                head,
                parts.stream().flatMap(part -> part.gold.stream()).toList(),
                parts.stream().flatMap(part -> part.logits.stream()).toList());
    }

    /** Softmax, or a sigmoid per label, of the logits divided by the temperature. */
    double[] probabilities(int text, double temperature) {
        float[] row = logits.get(text);
        double[] probabilities = new double[row.length];
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : row) {
            max = Math.max(max, logit / temperature);
        }
        double sum = 0;
        for (int label = 0; label < row.length; label++) {
            double scaled = row[label] / temperature;
            probabilities[label] = head.multiLabel() ? 1 / (1 + Math.exp(-scaled)) : Math.exp(scaled - max);
            sum += probabilities[label];
        }
        for (int label = 0; label < row.length && !head.multiLabel(); label++) {
            probabilities[label] /= sum;
        }
        return probabilities;
    }

    /** Scores of the most probable labels, or of those that reach their thresholds. */
    LabelScores scores(Calibration calibration) {
        List<int[]> predicted = new ArrayList<>(gold.size());
        for (int text = 0; text < gold.size(); text++) {
            double[] probabilities = probabilities(text, calibration.temperature());
            predicted.add(
                    head.multiLabel()
                            ? IntStream.range(0, probabilities.length)
                                    .filter(label -> probabilities[label] >= calibration.threshold(label))
                                    .toArray()
                            : new int[] {highest(probabilities, null)});
        }
        return LabelScores.of(head.labels(), gold, predicted);
    }

    /**
     * For single labels: accuracy when the model chooses among the labels that occur in these data; the same as the accuracy
     * where all occur.
     */
    double accuracyAmongOccurring() {
        boolean[] occurs = new boolean[head.labels().size()];
        gold.forEach(labels -> occurs[labels[0]] = true);
        int right = 0;
        for (int text = 0; text < gold.size(); text++) {
            right += highest(probabilities(text, 1), occurs) == gold.get(text)[0] ? 1 : 0;
        }
        return gold.isEmpty() ? 0 : (double) right / gold.size();
    }

    /** Whether each label of the head is a label of some text. */
    boolean hasAllLabels() {
        return gold.stream().flatMapToInt(Arrays::stream).distinct().count()
                == head.labels().size();
    }

    private static int highest(double[] values, boolean @Nullable [] allowed) {
        int best = -1;
        for (int i = 0; i < values.length; i++) {
            if ((allowed == null || allowed[i]) && (best < 0 || values[i] > values[best])) {
                best = i;
            }
        }
        return best;
    }

    /** Mean negative log-likelihood per text, or per text and label, in nats. */
    double negativeLogLikelihood(double temperature) {
        double sum = 0;
        long count = 0;
        for (int text = 0; text < gold.size(); text++) {
            double[] probabilities = probabilities(text, temperature);
            if (!head.multiLabel()) {
                sum -= Math.log(Math.max(Double.MIN_NORMAL, probabilities[gold.get(text)[0]]));
                count++;
                continue;
            }
            for (int label = 0; label < probabilities.length; label++) {
                double right = has(text, label) ? probabilities[label] : 1 - probabilities[label];
                sum -= Math.log(Math.max(Double.MIN_NORMAL, right));
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    /**
     * Expected calibration error in {@value #CALIBRATION_BINS} bins of equal width (Guo et al. 2017): the mean distance between
     * confidence and share of right answers; of the most probable label, or of every label by itself for multi-label heads.
     */
    double calibrationError(double temperature) {
        double[] confidence = new double[CALIBRATION_BINS];
        long[] right = new long[CALIBRATION_BINS];
        long count = 0;
        for (int text = 0; text < gold.size(); text++) {
            double[] probabilities = probabilities(text, temperature);
            int only = head.multiLabel() ? -1 : highest(probabilities, null);
            for (int label = 0; label < probabilities.length; label++) {
                if (only < 0 || label == only) {
                    int bin = Math.min(CALIBRATION_BINS - 1, (int) (probabilities[label] * CALIBRATION_BINS));
                    confidence[bin] += probabilities[label];
                    right[bin] += has(text, label) ? 1 : 0;
                    count++;
                }
            }
        }
        double error = 0;
        for (int bin = 0; bin < CALIBRATION_BINS; bin++) {
            error += Math.abs(confidence[bin] - right[bin]);
        }
        return count == 0 ? 0 : error / count;
    }

    private boolean has(int text, int label) {
        return Arrays.binarySearch(gold.get(text), label) >= 0;
    }

    /** The temperature that fits these data best and, for multi-label heads, each label's threshold with the best F1. */
    Calibration calibrate() {
        double temperature = TemperatureScaling.fit(this::negativeLogLikelihood);
        return new Calibration(temperature, head.multiLabel() ? thresholds(temperature) : new double[0]);
    }

    /** A coarse grid: a finer one would fit the chance of rare labels. Among equals the one nearest to a half. */
    private double[] thresholds(double temperature) {
        int labels = head.labels().size();
        // texts with the label, and without it, whose probability reaches grid point g
        long[][] right = new long[labels][THRESHOLD_STEPS + 1];
        long[][] wrong = new long[labels][THRESHOLD_STEPS + 1];
        long[] total = new long[labels];
        for (int text = 0; text < gold.size(); text++) {
            double[] probabilities = probabilities(text, temperature);
            for (int label = 0; label < labels; label++) {
                boolean has = has(text, label);
                total[label] += has ? 1 : 0;
                for (int g = 1; g < THRESHOLD_STEPS && probabilities[label] >= (double) g / THRESHOLD_STEPS; g++) {
                    (has ? right : wrong)[label][g]++;
                }
            }
        }
        double[] thresholds = new double[labels];
        for (int label = 0; label < labels; label++) {
            double best = -1;
            int middle = THRESHOLD_STEPS / 2;
            for (int distance = 0; distance < middle; distance++) {
                for (int g : new int[] {middle - distance, middle + distance}) {
                    double f1 = total[label] == 0
                            ? 0
                            : 2.0 * right[label][g] / (right[label][g] + wrong[label][g] + total[label]);
                    if (f1 > best) {
                        best = f1;
                        thresholds[label] = (double) g / THRESHOLD_STEPS;
                    }
                }
            }
        }
        return thresholds;
    }

    /**
     * These answers in coarser labels: a text has a group when it has one of its labels; the probability is that of at least one,
     * were they independent.
     */
    Predictions grouped(LabelGroups groups, double temperature) {
        List<int[]> groupGold = new ArrayList<>(gold.size());
        List<float[]> groupLogits = new ArrayList<>(gold.size());
        int[] groupOf = groups.of(head.labels());
        for (int text = 0; text < gold.size(); text++) {
            double[] none = new double[groups.names().size()];
            Arrays.fill(none, 1);
            double[] probabilities = probabilities(text, temperature);
            for (int label = 0; label < probabilities.length; label++) {
                none[groupOf[label]] *= 1 - probabilities[label];
            }
            float[] row = new float[none.length];
            for (int group = 0; group < row.length; group++) {
                double without = Math.min(1 - 1e-12, Math.max(1e-12, none[group]));
                row[group] = (float) Math.log((1 - without) / without);
            }
            groupGold.add(Arrays.stream(gold.get(text))
                    .map(label -> groupOf[label])
                    .distinct()
                    .sorted()
                    .toArray());
            groupLogits.add(row);
        }
        return new Predictions(new Head(head.name(), true, groups.names()), groupGold, groupLogits);
    }
}
