package dev.polymath.inference;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Generates in the plainest way that there is, to compare with: one source, {@code decoder_model} on all tokens at each step,
 * all candidates sorted.
 */
final class NaiveGeneration implements AutoCloseable {
    /** A hypothesis, its tokens with the start token. */
    record Hypothesis(List<Integer> tokens, double logProbability, double score, boolean finished) {
        int[] generated() {
            return tokens.subList(1, tokens.size()).stream()
                    .mapToInt(token -> token)
                    .toArray();
        }
    }

    private final TextTokenizer tokenizer;
    private final LoadedModel encoder;
    private final LoadedModel decoder;

    NaiveGeneration(ModelDirectory model) {
        tokenizer = TextTokenizer.open(model);
        encoder = LoadedModel.load(model, "encoder_model", InferenceOptions.defaults(), Device.cpu());
        decoder = LoadedModel.load(model, "decoder_model", InferenceOptions.defaults(), Device.cpu());
    }

    int[] greedy(String text, int maxTokens) {
        return greedy(source(text), List.of(), maxTokens);
    }

    /** @param first tokens that the answer begins with */
    int[] greedy(float[] pixels, List<Integer> first, int maxTokens) {
        return greedy(new Image(pixels), first, maxTokens);
    }

    private int[] greedy(Source source, List<Integer> first, int maxTokens) {
        List<Integer> tokens = new ArrayList<>(List.of(TinyGenerator.PAD));
        tokens.addAll(first);
        while (tokens.size() <= maxTokens && last(tokens) != TinyGenerator.END) {
            double[] scores = logProbabilities(source, tokens);
            int best = 0;
            for (int token = 1; token < scores.length; token++) {
                if (scores[token] > scores[best]) {
                    best = token;
                }
            }
            tokens.add(best);
        }
        return new Hypothesis(tokens, 0, 0, true).generated();
    }

    /** Best first, as many as the beam. */
    List<Hypothesis> beam(String text, int size, int maxTokens, double lengthPenalty) {
        Source source = source(text);
        List<Hypothesis> finished = new ArrayList<>();
        List<Hypothesis> open = List.of(new Hypothesis(List.of(TinyGenerator.PAD), 0, 0, false));
        for (int length = 1; length <= maxTokens; length++) {
            double norm = Math.pow(length, lengthPenalty);
            List<Hypothesis> candidates = new ArrayList<>();
            for (Hypothesis hypothesis : open) {
                double[] scores = logProbabilities(source, hypothesis.tokens());
                for (int token = 0; token < scores.length; token++) {
                    List<Integer> tokens = new ArrayList<>(hypothesis.tokens());
                    tokens.add(token);
                    double sum = hypothesis.logProbability() + scores[token];
                    candidates.add(new Hypothesis(tokens, sum, sum / norm, token == TinyGenerator.END));
                }
            }
            candidates.sort(
                    Comparator.comparingDouble(Hypothesis::logProbability).reversed());
            candidates.subList(0, size).stream().filter(Hypothesis::finished).forEach(finished::add);
            open = candidates.subList(0, 2 * size).stream()
                    .filter(candidate -> !candidate.finished())
                    .limit(size)
                    .toList();
            sort(finished);
            if (finished.size() >= size
                    && finished.get(size - 1).score() >= candidates.get(0).score()) {
                return finished.subList(0, size);
            }
        }
        finished.addAll(open);
        sort(finished);
        return finished.subList(0, size);
    }

    private static void sort(List<Hypothesis> hypotheses) {
        hypotheses.sort(Comparator.comparingDouble(Hypothesis::score).reversed());
    }

    private Source source(String text) {
        TokenizedText tokens = tokenizer.tokenize(text);
        return new Text(tokens.sequence(tokens.windows().get(0)));
    }

    /** What the encoder reads. */
    private interface Source {
        NDList inputs(NDManager manager, List<String> names);
    }

    private record Text(TokenSequence tokens) implements Source {
        @Override
        public NDList inputs(NDManager manager, List<String> names) {
            return SequenceRunner.arrays(manager, names, true, List.of(tokens));
        }
    }

    private record Image(float[] pixels) implements Source {
        @Override
        public NDList inputs(NDManager manager, List<String> names) {
            NDArray array = manager.create(pixels, new Shape(1, 3, TinyGenerator.SIDE, TinyGenerator.SIDE));
            array.setName("pixel_values");
            return new NDList(array);
        }
    }

    /** Of the next token; the pad token has none. */
    private double[] logProbabilities(Source source, List<Integer> tokens) {
        try (NDManager manager = decoder.newManager()) {
            NDArray states = encoder.forward(manager, source.inputs(manager, encoder.inputs()))
                    .head();
            long[] mask = new long[(int) states.getShape().get(1)];
            Arrays.fill(mask, 1);
            NDArray ids =
                    manager.create(tokens.stream().mapToLong(token -> token).toArray(), new Shape(1, tokens.size()));
            NDArray ones = manager.create(mask, new Shape(1, mask.length));
            ids.setName("input_ids");
            states.setName("encoder_hidden_states");
            ones.setName("encoder_attention_mask");
            NDList inputs = new NDList(ids, states);
            if (decoder.inputs().contains("encoder_attention_mask")) {
                inputs.add(ones);
            }
            NDArray logits = decoder.forward(manager, inputs).stream()
                    .filter(output -> output.getName().equals("logits"))
                    .findFirst()
                    .orElseThrow();
            float[] all = logits.toFloatArray();
            int vocabulary = all.length / tokens.size();
            double[] scores = new double[vocabulary];
            double sum = 0;
            for (int token = 0; token < vocabulary; token++) {
                scores[token] = all[all.length - vocabulary + token];
                sum += Math.exp(scores[token]);
            }
            for (int token = 0; token < vocabulary; token++) {
                scores[token] -= Math.log(sum);
            }
            scores[TinyGenerator.PAD] = Double.NEGATIVE_INFINITY;
            return scores;
        }
    }

    private static int last(List<Integer> tokens) {
        return tokens.get(tokens.size() - 1);
    }

    @Override
    public void close() {
        encoder.close();
        decoder.close();
        tokenizer.close();
    }
}
