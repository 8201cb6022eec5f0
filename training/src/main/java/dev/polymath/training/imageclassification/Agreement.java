package dev.polymath.training.imageclassification;

import dev.polymath.image.ImagePreprocessing;
import dev.polymath.training.vision.ImageFiles;
import dev.polymath.training.vision.Prefetch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Compares a precision of a network with the first one that is measured: how often both give a picture the same label; and the
 * accuracy on labelled pictures, if there are any. The score is the mean of these shares. Remembers the answers of the first.
 */
final class Agreement implements ClassifierExport.Measurement {
    private static final int BATCH = 8;

    private final ImagePreprocessing preprocessing;
    private final List<String> labels;
    private final Prefetch prefetch;
    private final List<LabelledImage> unlabelled;
    private final Map<String, List<LabelledImage>> labelled;
    private final List<float[]> first = new ArrayList<>();

    Agreement(
            ImagePreprocessing preprocessing,
            List<String> labels,
            Prefetch prefetch,
            List<LabelledImage> unlabelled,
            Map<String, List<LabelledImage>> labelled) {
        this.preprocessing = preprocessing;
        this.labels = labels;
        this.prefetch = prefetch;
        this.unlabelled = unlabelled;
        this.labelled = labelled;
    }

    @Override
    public ClassifierExport.Measured measure(String precision, ClassificationTask.Model model) {
        StringBuilder text = new StringBuilder();
        double sum = 0;
        int shares = 0;
        for (Map.Entry<String, List<LabelledImage>> set : labelled.entrySet()) {
            ClassificationScores scores = new ClassificationScores(labels);
            List<float[]> answers = answers(set.getValue(), model);
            for (int i = 0; i < answers.size(); i++) {
                scores.add(set.getValue().get(i).label(), answers.get(i));
            }
            text.append("**")
                    .append(set.getKey())
                    .append("**: ")
                    .append(scores.toMarkdown())
                    .append('\n');
            sum += scores.top1();
            shares++;
        }
        if (!unlabelled.isEmpty()) {
            List<float[]> answers = answers(unlabelled, model);
            boolean reference = first.isEmpty();
            if (reference) {
                first.addAll(answers);
            }
            int same = 0;
            double worst = 0;
            for (int i = 0; i < answers.size(); i++) {
                same += best(answers.get(i)) == best(first.get(i)) ? 1 : 0;
                for (int label = 0; label < labels.size(); label++) {
                    worst = Math.max(worst, Math.abs(answers.get(i)[label] - first.get(i)[label]));
                }
            }
            double share = (double) same / answers.size();
            text.append(
                    reference
                            ? String.format(Locale.ROOT, "The reference on %,d pictures.%n", answers.size())
                            : String.format(
                                    Locale.ROOT,
                                    "The same label as fp32 for %.2f %% of %,d pictures; no value differs by more than %.2g.%n",
                                    100 * share,
                                    answers.size(),
                                    worst));
            sum += share;
            shares++;
        }
        return new ClassifierExport.Measured(shares == 0 ? 0 : sum / shares, text.toString());
    }

    private List<float[]> answers(List<LabelledImage> pictures, ClassificationTask.Model model) {
        int batches = (pictures.size() + BATCH - 1) / BATCH;
        List<float[]> answers = new ArrayList<>();
        for (Prefetch.Batch<float[]> batch : prefetch.batches(
                batches,
                index -> Math.min(BATCH, pictures.size() - index * BATCH),
                index -> pixels(pictures.subList(index * BATCH, Math.min(pictures.size(), (index + 1) * BATCH))))) {
            float[] values = model.logits(batch.get());
            for (int row = 0; row < batch.size(); row++) {
                float[] ofPicture = new float[labels.size()];
                System.arraycopy(values, row * labels.size(), ofPicture, 0, ofPicture.length);
                answers.add(ofPicture);
            }
        }
        return answers;
    }

    private float[] pixels(List<LabelledImage> pictures) {
        float[] pixels = new float[pictures.size() * preprocessing.size()];
        for (int i = 0; i < pictures.size(); i++) {
            preprocessing.apply(
                    ImageFiles.pixels(pictures.get(i).file(), preprocessing), pixels, i * preprocessing.size());
        }
        return pixels;
    }

    private static int best(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
