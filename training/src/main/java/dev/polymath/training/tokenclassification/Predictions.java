package dev.polymath.training.tokenclassification;

import dev.polymath.inference.Iob2Decoder;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * The answers of a model to labelled sentences: the logits of the tokens that begin a word, and the label ids wanted there.
 *
 * @param sentences in any order
 * @param logits per sentence, per entry of {@link EncodedSentence#wordStarts()}, per label id
 */
record Predictions(List<EncodedSentence> sentences, List<float[][]> logits) {
    /** Most tokens of a batch without gradients. */
    private static final int BATCH_TOKENS = 4096;

    /** Asks the model. */
    static Predictions of(ModelOutputs model, List<EncodedSentence> sentences, int labels) {
        List<EncodedSentence> ordered = new ArrayList<>(sentences.size());
        List<float[][]> logits = new ArrayList<>(sentences.size());
        for (SequenceBatch<EncodedSentence> batch : SequenceBatch.of(sentences, BATCH_TOKENS)) {
            float[] values = model.outputs(batch)[0];
            int width = batch.width();
            for (int row = 0; row < batch.size(); row++) {
                EncodedSentence sentence = batch.rows().get(row);
                float[][] rows = new float[sentence.wordStarts().length][labels];
                for (int i = 0; i < rows.length; i++) {
                    int at = (row * width + sentence.wordStarts()[i]) * labels;
                    System.arraycopy(values, at, rows[i], 0, labels);
                }
                ordered.add(sentence);
                logits.add(rows);
            }
        }
        return new Predictions(ordered, logits);
    }

    /** Entity-level scores of the most probable valid label sequences. */
    EntityScores scores(List<String> labels, double temperature) {
        Iob2Decoder decoder = new Iob2Decoder(labels);
        List<List<String>> gold = new ArrayList<>();
        List<List<String>> predicted = new ArrayList<>();
        for (int s = 0; s < sentences.size(); s++) {
            float[][] rows = logits.get(s);
            float[][] probabilities = new float[rows.length][];
            for (int i = 0; i < rows.length; i++) {
                probabilities[i] = softmax(rows[i], temperature);
            }
            List<String> decoded = new ArrayList<>();
            for (int id : decoder.decode(probabilities)) {
                decoded.add(labels.get(id));
            }
            gold.add(sentences.get(s).gold());
            predicted.add(SentenceEncoder.wordLabels(sentences.get(s), decoded));
        }
        return EntityScores.of(gold, predicted);
    }

    /** These answers with {@code bias} added to the logit of one label. */
    Predictions withBias(int label, double bias) {
        List<float[][]> shifted = new ArrayList<>(logits.size());
        for (float[][] rows : logits) {
            float[][] copy = new float[rows.length][];
            for (int i = 0; i < rows.length; i++) {
                copy[i] = rows[i].clone();
                copy[i][label] += (float) bias;
            }
            shifted.add(copy);
        }
        return new Predictions(sentences, shifted);
    }

    /** Mean negative log-likelihood of the right labels per word, in nats. */
    double negativeLogLikelihood(double temperature) {
        double sum = 0;
        long count = 0;
        for (int s = 0; s < sentences.size(); s++) {
            EncodedSentence sentence = sentences.get(s);
            for (int i = 0; i < sentence.wordStarts().length; i++) {
                int wanted = sentence.labels()[sentence.wordStarts()[i]];
                sum -= logProbability(logits.get(s)[i], wanted, temperature);
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    static float[] softmax(float[] logits, double temperature) {
        float[] probabilities = new float[logits.length];
        for (int l = 0; l < logits.length; l++) {
            probabilities[l] = (float) Math.exp(logProbability(logits, l, temperature));
        }
        return probabilities;
    }

    private static double logProbability(float[] logits, int label, double temperature) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit / temperature);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit / temperature - max);
        }
        return logits[label] / temperature - max - Math.log(sum);
    }
}
