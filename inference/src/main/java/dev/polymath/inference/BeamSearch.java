package dev.polymath.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The search for the best continuations of one source: which hypotheses are followed, what they cost, when it is over. It
 * reads the decoder's numbers and knows nothing of the decoder. As Hugging Face's {@code generate} with
 * {@code early_stopping=False} does it; a beam of 1 is greedy search. Not thread-safe.
 */
final class BeamSearch {
    /**
     * A continuation.
     *
     * @param tokens without the start token
     * @param score as {@link GeneratedText.Hypothesis} has it
     * @param finished whether it ends with an end token of the decoder's own
     */
    record Hypothesis(int[] tokens, double score, boolean finished) {}

    /**
     * A hypothesis that is followed.
     *
     * @param before what it continues; null for the start token alone
     * @param length tokens without the start token
     * @param logProbability of all its tokens
     * @param parent row, among those of this search in the step before, that it continues
     */
    private record Beam(@Nullable Beam before, int token, int length, double logProbability, int parent) {
        Beam then(int next, double withNext, int row) {
            return new Beam(this, next, length + 1, withNext, row);
        }

        /** All tokens, the start token first. */
        int[] history() {
            int[] tokens = new int[length + 1];
            int i = length;
            for (Beam beam = this; beam != null; beam = beam.before) {
                tokens[i--] = beam.token;
            }
            return tokens;
        }
    }

    private final GenerationConfig config;
    private final GenerationOptions options;
    private final int maxTokens;
    private final Candidates candidates;
    private final List<Hypothesis> hypotheses = new ArrayList<>();
    private List<Beam> beams;
    private float[] scratch = {};
    private int length;
    private boolean done;
    private boolean failed;

    /**
     * A search at its start, with one row: the start token.
     *
     * @param maxTokens most tokens of a hypothesis, at least 1
     */
    BeamSearch(GenerationConfig config, GenerationOptions options, int maxTokens) {
        this.config = config;
        this.options = options;
        this.maxTokens = maxTokens;
        // Enough for a full beam when each hypothesis of the one before may end in each of the end tokens.
        this.candidates = new Candidates(
                options.beamSize() == 1 ? 1 : options.beamSize() * Math.max(2, 1 + config.endTokens().length));
        this.beams = List.of(new Beam(null, config.startToken(), 0, 0, 0));
        endIfForced();
    }

    /** Rows that the decoder must read: hypotheses that are followed. */
    int rows() {
        return beams.size();
    }

    /** The last token of a hypothesis, which the decoder reads next. */
    int token(int row) {
        return beams.get(row).token();
    }

    /** The row of the step before that a hypothesis continues. */
    int parent(int row) {
        return beams.get(row).parent();
    }

    /** Whether no step is needed any more. */
    boolean done() {
        return done;
    }

    /** Whether the decoder's numbers were none, so that there is no answer. */
    boolean failed() {
        return failed;
    }

    /** The best hypotheses, best first, as many as the options want; when the search is done. */
    List<Hypothesis> best() {
        return hypotheses.stream()
                .sorted(Comparator.comparingDouble(Hypothesis::score).reversed())
                .limit(options.alternatives())
                .toList();
    }

    /**
     * Takes what the decoder says of the rows.
     *
     * @param logits of which those of row {@code r} start at {@code begin + r * stride}; they are changed
     * @param vocabulary tokens that there are
     */
    void advance(float[] logits, int begin, int stride, int vocabulary) {
        candidates.clear();
        if (scratch.length < vocabulary) {
            scratch = new float[vocabulary];
        }
        if (length == 0 && options.firstToken().isPresent()) {
            candidates.add(0, 0, options.firstToken().getAsInt());
        } else {
            for (int row = 0; row < beams.size(); row++) {
                Beam beam = beams.get(row);
                int from = begin + row * stride;
                double logSumExp = Probabilities.logSumExp(logits, from, vocabulary, scratch);
                if (!Double.isFinite(logSumExp)) {
                    failed = true;
                    done = true;
                    return;
                }
                punish(beam, logits, from, vocabulary, logSumExp);
                candidates.addAll(beam.logProbability() - logSumExp, row, logits, from, vocabulary);
            }
        }
        length++;
        follow();
    }

    /** Of the candidates, best first, those that end are hypotheses, and the others are followed until the beam is full. */
    private void follow() {
        int size = options.beamSize();
        List<Beam> next = new ArrayList<>(size);
        for (int rank = 0; rank < candidates.size && next.size() < size; rank++) {
            int row = candidates.rows[rank];
            Beam beam = beams.get(row).then(candidates.tokens[rank], candidates.scores[rank], row);
            if (!config.isEnd(beam.token())) {
                next.add(beam);
            } else if (rank < size) {
                add(beam, true);
            }
        }
        beams = next;
        if (next.isEmpty()) {
            // Nothing can follow: all tokens were forbidden, or all that could follow has ended.
            done = true;
            failed = hypotheses.isEmpty();
        } else if (hypotheses.size() >= size && worst() >= score(candidates.scores[0], length)) {
            done = true;
        } else if (length >= maxTokens) {
            next.forEach(beam -> add(beam, false));
            done = true;
        } else {
            endIfForced();
        }
    }

    /** A model with {@code forced_eos_token_id} ends with it, at no cost, what is cut off. */
    private void endIfForced() {
        if (length == maxTokens - 1 && config.forcedEnd().isPresent()) {
            for (Beam beam : beams) {
                add(beam.then(config.forcedEnd().getAsInt(), beam.logProbability(), 0), false);
            }
            done = true;
        }
    }

    private void add(Beam beam, boolean finished) {
        double score = score(beam.logProbability(), beam.length());
        if (hypotheses.size() == options.beamSize()) {
            if (score <= worst()) {
                return;
            }
            hypotheses.remove(hypotheses.stream()
                    .min(Comparator.comparingDouble(Hypothesis::score))
                    .orElseThrow());
        }
        int[] history = beam.history();
        hypotheses.add(new Hypothesis(Arrays.copyOfRange(history, 1, history.length), score, finished));
    }

    private double worst() {
        return hypotheses.stream().mapToDouble(Hypothesis::score).min().orElse(Double.NEGATIVE_INFINITY);
    }

    private double score(double logProbability, int tokens) {
        return logProbability / Math.pow(tokens, options.lengthPenalty());
    }

    /** Lowers the logits of what is there already, and takes out what is forbidden. */
    private void punish(Beam beam, float[] logits, int from, int vocabulary, double logSumExp) {
        boolean repetition = options.repetitionPenalty() != 1;
        int ngram = options.noRepeatNgramSize();
        if (!repetition && ngram == 0 && config.badWords().isEmpty()) {
            return;
        }
        int[] history = beam.history();
        if (repetition) {
            // Of greedy search the logits are lowered, of a beam the log-probabilities.
            float offset = options.beamSize() == 1 ? 0 : (float) logSumExp;
            BitSet seen = new BitSet(vocabulary);
            for (int token : history) {
                if (!seen.get(token) && token < vocabulary) {
                    seen.set(token);
                    float score = logits[from + token] - offset;
                    double penalty = options.repetitionPenalty();
                    logits[from + token] = (float) (score < 0 ? score * penalty : score / penalty) + offset;
                }
            }
        }
        if (ngram > 0) {
            for (int i = 0; i + ngram <= history.length; i++) {
                if (endsWith(history, history, i, ngram - 1)) {
                    forbid(history[i + ngram - 1], logits, from, vocabulary);
                }
            }
        }
        for (int[] word : config.badWords()) {
            boolean end = word.length == 1 && config.isEnd(word[0]);
            if (word.length > 0 && !end && endsWith(history, word, 0, word.length - 1)) {
                forbid(word[word.length - 1], logits, from, vocabulary);
            }
        }
    }

    /** Whether {@code tokens} ends with {@code other[begin, begin + size)}. */
    private static boolean endsWith(int[] tokens, int[] other, int begin, int size) {
        return size <= tokens.length
                && Arrays.equals(tokens, tokens.length - size, tokens.length, other, begin, begin + size);
    }

    private static void forbid(int token, float[] logits, int from, int vocabulary) {
        if (token < vocabulary) {
            logits[from + token] = Float.NEGATIVE_INFINITY;
        }
    }

    /** The best candidates for the next token of all rows, best first; of equals the one that was there first. */
    private static final class Candidates {
        final double[] scores;
        final int[] rows;
        final int[] tokens;
        int size;

        Candidates(int capacity) {
            scores = new double[capacity];
            rows = new int[capacity];
            tokens = new int[capacity];
        }

        void clear() {
            size = 0;
        }

        void addAll(double offset, int row, float[] logits, int from, int vocabulary) {
            float limit = limit(offset);
            for (int token = 0; token < vocabulary; token++) {
                if (logits[from + token] > limit) {
                    add(offset + logits[from + token], row, token);
                    limit = limit(offset);
                }
            }
        }

        /** What a logit must be above, at least, to be among the best. */
        private float limit(double offset) {
            return size < scores.length ? Float.NEGATIVE_INFINITY : Math.nextDown((float) (scores[size - 1] - offset));
        }

        void add(double score, int row, int token) {
            if (size == scores.length && score <= scores[size - 1]) {
                return;
            }
            int i = size < scores.length ? size++ : size - 1;
            for (; i > 0 && scores[i - 1] < score; i--) {
                scores[i] = scores[i - 1];
                rows[i] = rows[i - 1];
                tokens[i] = tokens[i - 1];
            }
            scores[i] = score;
            rows[i] = row;
            tokens[i] = token;
        }
    }
}
