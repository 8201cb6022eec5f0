package dev.polymath.benchmarks;

import ai.djl.engine.Engine;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.TokenSequence;
import dev.polymath.inference.TokenizedText;
import java.nio.LongBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the engine alone can do on this machine with the same texts: one thread calls ONNX Runtime in a loop, with batches
 * that were tokenized, sorted by length and padded before the clock started. No service can be faster for long.
 *
 * @param batchTokens padded tokens per batch that were fastest
 * @param documentsPerSecond documents per second
 * @param wordsPerSecond words per second
 * @param tokensPerSecond tokens per second, padding not counted
 */
record Floor(int batchTokens, double documentsPerSecond, double wordsPerSecond, double tokensPerSecond) {
    private static final int[] BATCH_TOKENS = {256, 512, 1024, 2048, 4096};

    /**
     * Measures every batch size and returns the best.
     *
     * @param threads of the engine; 0: as many as there are cores
     * @param duration of all of it, about; each size runs whole passes over the texts, one at least
     */
    static Floor measure(ModelDirectory model, Corpus corpus, int threads, Duration duration) throws OrtException {
        List<TokenSequence> sequences = new ArrayList<>();
        try (TextTokenizer tokenizer = TextTokenizer.open(model)) {
            for (String text : corpus.texts()) {
                TokenizedText tokens = tokenizer.tokenize(text);
                tokens.windows().forEach(window -> sequences.add(tokens.sequence(window)));
            }
        }
        sequences.sort(Comparator.comparingInt(TokenSequence::length));
        long tokens = sequences.stream().mapToLong(TokenSequence::length).sum();
        long words = corpus.texts().stream().mapToLong(Corpus::words).sum();

        // DJL unpacks and loads the native library.
        Engine.getEngine("OnnxRuntime");
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(
                    threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
            try (OrtSession session =
                    environment.createSession(model.path().resolve(graph(model)).toString(), options)) {
                Floor best = new Floor(0, 0, 0, 0);
                for (int batchTokens : BATCH_TOKENS) {
                    double seconds = secondsPerPass(
                            environment,
                            session,
                            batches(sequences, batchTokens),
                            duration.dividedBy(BATCH_TOKENS.length));
                    if (words / seconds > best.wordsPerSecond) {
                        best = new Floor(
                                batchTokens, corpus.texts().size() / seconds, words / seconds, tokens / seconds);
                    }
                }
                return best;
            }
        }
    }

    /** The file of the graph that is served. */
    static String graph(ModelDirectory model) {
        String precision = model.property("polymath.precision", "fp32");
        return precision.equals("fp32") ? "model.onnx" : "model_" + precision + ".onnx";
    }

    /** Neighbours of like length, padded to the longest, at most {@code batchTokens} tokens, one sequence at least. */
    static List<List<TokenSequence>> batches(List<TokenSequence> sorted, int batchTokens) {
        List<List<TokenSequence>> batches = new ArrayList<>();
        List<TokenSequence> batch = new ArrayList<>();
        for (TokenSequence sequence : sorted) {
            if (!batch.isEmpty() && (batch.size() + 1) * sequence.length() > batchTokens) {
                batches.add(batch);
                batch = new ArrayList<>();
            }
            batch.add(sequence);
        }
        batches.add(batch);
        return batches;
    }

    private static double secondsPerPass(
            OrtEnvironment environment, OrtSession session, List<List<TokenSequence>> batches, Duration duration)
            throws OrtException {
        List<Map<String, OnnxTensor>> inputs = new ArrayList<>();
        try {
            for (List<TokenSequence> batch : batches) {
                inputs.add(inputs(environment, session, batch));
            }
            // The engine's first run of a shape allocates.
            run(session, inputs.get(inputs.size() - 1));
            int passes = 0;
            long start = System.nanoTime();
            double elapsed = 0;
            while (passes == 0 || elapsed < duration.toNanos() / 1e9) {
                for (Map<String, OnnxTensor> input : inputs) {
                    run(session, input);
                }
                passes++;
                elapsed = (System.nanoTime() - start) / 1e9;
            }
            return elapsed / passes;
        } finally {
            inputs.forEach(tensors -> tensors.values().forEach(OnnxTensor::close));
        }
    }

    /** One batch, and its answer copied out. */
    private static void run(OrtSession session, Map<String, OnnxTensor> input) throws OrtException {
        try (OrtSession.Result result = session.run(input)) {
            ((OnnxTensor) result.get(0)).getFloatBuffer();
        }
    }

    private static Map<String, OnnxTensor> inputs(
            OrtEnvironment environment, OrtSession session, List<TokenSequence> batch) throws OrtException {
        int length = batch.get(batch.size() - 1).length();
        long[] ids = new long[batch.size() * length];
        long[] mask = new long[ids.length];
        long[] types = new long[ids.length];
        for (int row = 0; row < batch.size(); row++) {
            TokenSequence sequence = batch.get(row);
            for (int i = 0; i < sequence.length(); i++) {
                ids[row * length + i] = sequence.ids()[i];
                types[row * length + i] = sequence.typeIds()[i];
                mask[row * length + i] = 1;
            }
        }
        long[] shape = {batch.size(), length};
        Map<String, long[]> all = Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types);
        Map<String, OnnxTensor> tensors = new HashMap<>();
        for (String name : session.getInputNames()) {
            long[] values = all.get(name);
            if (values == null) {
                throw new IllegalArgumentException("model input " + name + " (expected: one of " + all.keySet() + ")");
            }
            tensors.put(name, OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape));
        }
        return tensors;
    }
}
