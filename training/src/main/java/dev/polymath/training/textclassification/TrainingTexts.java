package dev.polymath.training.textclassification;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * The texts to train on and how each epoch is drawn from them. Immutable.
 *
 * @param sources data sets with their weights
 * @param noise applied anew to every text in every epoch
 */
record TrainingTexts(List<Source> sources, TypingNoise noise) {

    /**
     * One data set for one head.
     *
     * @param name for messages and the model card
     * @param head index of the head
     * @param weight how often its texts occur in an epoch, > 0; a fraction is a probability
     */
    record Source(String name, int head, List<LabelledText> texts, double weight) {
        Source {
            if (!(weight > 0)) {
                throw new IllegalArgumentException(name + ": weight " + weight + " (expected: > 0)");
            }
        }

        Source withTexts(List<LabelledText> others) {
            return new Source(name, head, others, weight);
        }

        String describe(List<Head> heads) {
            String question = heads.size() == 1 ? "" : heads.get(head).name() + ": ";
            return String.format(Locale.ROOT, "%s%s: %,d texts", question, name, texts.size());
        }
    }

    /** A text of an epoch: per head its labels, or null where the head is not asked. */
    private record Drawn(String text, List<String>[] labels) {}

    TrainingTexts {
        sources = List.copyOf(sources);
    }

    /** The texts of an epoch, the same for the same seed and epoch. A text that several heads learn from is read once. */
    List<ClassifiedText> epoch(int epoch, long seed, ClassifierEncoder encoder) {
        Random random = new Random(seed * 7_919 + epoch);
        List<Drawn> drawn = new ArrayList<>();
        Map<String, List<Drawn>> byText = new HashMap<>();
        for (Source source : sources) {
            for (LabelledText text : source.texts()) {
                int copies = (int) (source.weight() + random.nextDouble());
                for (int i = 0; i < copies; i++) {
                    List<Drawn> same = byText.computeIfAbsent(text.text(), key -> new ArrayList<>(1));
                    Drawn free = same.stream()
                            .filter(other -> other.labels[source.head()] == null)
                            .findFirst()
                            .orElse(null);
                    if (free == null) {
                        free = new Drawn(text.text(), encoder.unasked());
                        same.add(free);
                        drawn.add(free);
                    }
                    free.labels[source.head()] = text.labels();
                }
            }
        }
        Collections.shuffle(drawn, random);
        List<ClassifiedText> encoded = new ArrayList<>(drawn.size());
        for (Drawn each : drawn) {
            encoded.add(encoder.encode(noise.apply(each.text, random), each.labels));
        }
        return encoded;
    }
}
