package dev.polymath.training.tokenclassification;

import dev.polymath.training.encoder.SequenceBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * The sentences to train on and how each epoch is drawn from them. Immutable.
 *
 * @param sources data sets with their weights
 * @param noise applied anew to every sentence in every epoch
 * @param keepEmpty probability that a sentence without an entity takes part in an epoch, in (0, 1]
 */
record TrainingData(List<Source> sources, TextNoise noise, double keepEmpty) {

    /**
     * One data set.
     *
     * @param name for messages and the model card
     * @param weight how often its sentences occur in an epoch, > 0; a fraction is a probability
     */
    record Source(String name, List<TaggedSentence> sentences, double weight) {
        Source {
            if (!(weight > 0)) {
                throw new IllegalArgumentException(name + ": weight " + weight + " (expected: > 0)");
            }
        }
    }

    TrainingData {
        sources = List.copyOf(sources);
        if (!(keepEmpty > 0 && keepEmpty <= 1)) {
            throw new IllegalArgumentException("keep-empty: " + keepEmpty + " (expected: > 0 and <= 1)");
        }
    }

    /** The batches of an epoch: the same for the same seed and epoch. */
    List<SequenceBatch<EncodedSentence>> epoch(int epoch, long seed, SentenceEncoder encoder, int batchTokens) {
        Random random = new Random(seed * 7_919 + epoch);
        List<EncodedSentence> encoded = new ArrayList<>();
        for (Source source : sources) {
            for (TaggedSentence sentence : source.sentences()) {
                int copies = (int) (source.weight() + random.nextDouble());
                for (int i = 0; i < copies; i++) {
                    boolean empty = sentence.words().stream()
                            .allMatch(word -> word.label().equals("O"));
                    if (random.nextDouble() < (empty ? keepEmpty : 1)) {
                        encoded.addAll(encoder.encode(noise.apply(sentence, random)));
                    }
                }
            }
        }
        Collections.shuffle(encoded, random);
        List<SequenceBatch<EncodedSentence>> batches = SequenceBatch.of(encoded, batchTokens);
        Collections.shuffle(batches, random);
        return batches;
    }

    /** How much there is of it. */
    static String describe(List<TaggedSentence> sentences) {
        long words = sentences.stream()
                .mapToLong(sentence -> sentence.words().size())
                .sum();
        long entities = sentences.stream()
                .flatMap(sentence -> sentence.labels().stream())
                .filter(label -> label.startsWith("B-"))
                .count();
        return String.format(Locale.ROOT, "%,d sentences, %,d words, %,d entities", sentences.size(), words, entities);
    }
}
