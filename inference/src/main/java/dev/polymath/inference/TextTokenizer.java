package dev.polymath.inference;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Turns text into the tokens of one model, with nothing cut off: a long text gets overlapping windows. Thread-safe.
 */
public final class TextTokenizer implements AutoCloseable {
    /** Value of {@code polymath.token-type-ids} that feeds {@link WordShape} to the model. */
    public static final String WORD_SHAPE = "word-shape";

    /**
     * Characters given to the native tokenizer at once. Each piece ends where a word does, so the tokens are those of
     * the whole text.
     */
    private static final int PIECE = 4096;

    /** Read to tokenize, written to close: freeing native memory under a running call would end the process. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    private final HuggingFaceTokenizer tokenizer;
    private final int windowTokens;
    private final int overlap;
    private final boolean wordShape;
    private final int[] prefix;
    private final int[] suffix;
    private final PairTemplate pair;
    private boolean closed;

    private TextTokenizer(HuggingFaceTokenizer tokenizer, int maxLength, int overlap, boolean wordShape) {
        this.tokenizer = tokenizer;
        this.wordShape = wordShape;
        Encoding probe = tokenizer.encode("a", true, false);
        long[] ids = probe.getIds();
        long[] special = probe.getSpecialTokenMask();
        int first = 0;
        while (first < ids.length && special[first] == 1) {
            first++;
        }
        int last = ids.length;
        while (last > first && special[last - 1] == 1) {
            last--;
        }
        this.prefix = toInts(Arrays.copyOfRange(ids, 0, first));
        this.suffix = toInts(Arrays.copyOfRange(ids, last, ids.length));
        this.windowTokens = maxLength - prefix.length - suffix.length;
        this.overlap = overlap;
        this.pair = PairTemplate.of(tokenizer);
        if (windowTokens < 1 || overlap < 0 || overlap >= windowTokens) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    "overlap: " + overlap + " tokens (expected: >= 0, < " + windowTokens + ", the window)");
        }
    }

    /**
     * The tokenizer of a model directory: tokenizer.json, with {@code max_position_embeddings} of config.json, and from
     * serving.properties {@code polymath.max-length} (tokens in a window with special tokens; at most and by default
     * max_position_embeddings, 512 where that is absent), {@code polymath.overlap} (tokens that neighbouring windows
     * share; by default an eighth of the window) and {@code polymath.token-type-ids}.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY if that is not possible
     */
    public static TextTokenizer open(ModelDirectory model) {
        int positions = model.config().has("max_position_embeddings")
                ? model.config().get("max_position_embeddings").getAsInt()
                : 512;
        int maxLength = model.positive("polymath.max-length", positions);
        if (maxLength > positions) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": polymath.max-length: " + maxLength + " (expected: <= " + positions
                            + ", the model's max_position_embeddings)");
        }
        int overlap = model.positive("polymath.overlap", Math.max(1, maxLength / 8));
        boolean wordShape = WORD_SHAPE.equals(model.property("polymath.token-type-ids"));
        return open(model.file("tokenizer.json"), maxLength, overlap, wordShape);
    }

    /**
     * A tokenizer from its file.
     *
     * @param tokenizerJson in Hugging Face's format
     * @param maxLength tokens in a window at most, special tokens included
     * @param overlap tokens that neighbouring windows share
     * @param wordShape whether type ids are {@link WordShape}s; otherwise all are 0
     */
    public static TextTokenizer open(Path tokenizerJson, int maxLength, int overlap, boolean wordShape) {
        if (!Files.isRegularFile(tokenizerJson)) {
            throw new InferenceException(
                    Kind.MODEL_NOT_FOUND, tokenizerJson + ": missing (expected: a tokenizer in Hugging Face's format)");
        }
        try {
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.builder()
                    .optTokenizerPath(tokenizerJson)
                    .optAddSpecialTokens(true)
                    .optTruncation(false)
                    .optPadding(false)
                    .build();
            return new TextTokenizer(tokenizer, maxLength, overlap, wordShape);
        } catch (IOException | RuntimeException e) {
            if (e instanceof InferenceException known) {
                throw known;
            }
            throw new InferenceException(
                    Kind.MODEL_NOT_READY, tokenizerJson + ": not a tokenizer (" + e.getMessage() + ")", Map.of(), e);
        }
    }

    /** Most tokens in a window, special tokens included. */
    public int maxLength() {
        return prefix.length + windowTokens + suffix.length;
    }

    /** Tokenises a text of any length, empty too. Lone surrogates are read as U+FFFD; offsets are those of the text. */
    public TokenizedText tokenize(String text) {
        Tokens tokens = new Tokens(text.length() / 3 + 8);
        String clean = replaceLoneSurrogates(text);
        int size = whileOpen(() -> {
            for (int begin = 0; begin < clean.length(); ) {
                int end = pieceEnd(clean, begin);
                append(clean, begin, end, tokens);
                begin = end;
            }
            return tokens.size;
        });
        return new TokenizedText(
                Arrays.copyOf(tokens.ids, size),
                Arrays.copyOf(tokens.types, size),
                Arrays.copyOf(tokens.begins, size),
                Arrays.copyOf(tokens.ends, size),
                Arrays.copyOf(tokens.words, size),
                windows(size, windowTokens, overlap),
                prefix,
                suffix);
    }

    /**
     * A text that is given as words, as annotated data sets have it. The words are joined by single spaces and read by
     * {@link #tokenize(String)}, so that training sees exactly what serving sees. A given word may be several of the
     * tokenizer's words ({@code U.S.} is four), and one that the tokenizer drops has no token.
     *
     * @param text the words joined by single spaces
     * @param tokens the tokens of that text
     * @param sourceWords for each token the index of the given word it is part of
     */
    public record TokenizedWords(String text, TokenizedText tokens, int[] sourceWords) {}

    /** Tokenises words of annotated data. */
    public TokenizedWords tokenizeWords(List<String> words) {
        String text = String.join(" ", words);
        TokenizedText tokens = tokenize(text);
        int[] source = new int[tokens.size()];
        int word = 0;
        int end = words.isEmpty() ? 0 : words.get(0).length();
        for (int t = 0; t < source.length; t++) {
            while (tokens.begins()[t] >= end && word + 1 < words.size()) {
                word++;
                end += 1 + words.get(word).length();
            }
            source[t] = word;
        }
        return new TokenizedWords(text, tokens, source);
    }

    /**
     * Most tokens of a question in {@link #tokenizeQuestion}: half of what a window has room for beside its special tokens.
     */
    public int maxQuestionTokens() {
        return pair.room(maxLength()) / 2;
    }

    /**
     * A question and the text, of any length, that may hold its answer, in overlapping windows of at most
     * {@link #maxLength()} tokens with the question. Token type ids are those of the tokenizer's template for a pair, for
     * BERT 0 and 1.
     *
     * @throws InferenceException INPUT_TOO_LONG if the question has more than {@link #maxQuestionTokens()} tokens;
     *     MODEL_NOT_READY if the tokenizer has no template for a pair of texts
     */
    public QuestionContext tokenizeQuestion(String question, String text) {
        return pair(tokenize(question), tokenize(text));
    }

    /** As {@link #tokenizeQuestion}, of texts that this tokenizer has tokenized. */
    public QuestionContext pair(TokenizedText question, TokenizedText text) {
        if (question.size() > maxQuestionTokens()) {
            throw new InferenceException(
                    Kind.INPUT_TOO_LONG,
                    "question: " + question.size() + " tokens (expected: <= " + maxQuestionTokens() + ")");
        }
        int[] head = pair.head(question.ids());
        int room = pair.room(maxLength()) - question.size();
        return new QuestionContext(
                text,
                windows(text.size(), room, Math.min(overlap, room / 2)),
                head,
                pair.suffix,
                pair.firstType,
                pair.secondType);
    }

    /** The text of tokens, without special ones. */
    public String decode(int[] ids) {
        return whileOpen(
                () -> tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true));
    }

    /** The id of a token that stands for itself in a text, such as {@code deu_Latn}; empty if there is none. */
    public OptionalInt tokenId(String token) {
        Encoding encoding = whileOpen(() -> tokenizer.encode(token, false, false));
        return encoding.getIds().length == 1 && encoding.getTokens()[0].equals(token)
                ? OptionalInt.of((int) encoding.getIds()[0])
                : OptionalInt.empty();
    }

    private <T> T whileOpen(Supplier<T> use) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw InferenceException.retryable(
                        Kind.SHUTTING_DOWN, "the tokenizer is closed", Duration.ofSeconds(1));
            }
            return use.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            closed = true;
            tokenizer.close();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void append(String text, int begin, int end, Tokens tokens) {
        String piece = text.substring(begin, end);
        Encoding encoding = tokenizer.encode(piece, false, false);
        long[] ids = encoding.getIds();
        long[] words = encoding.getWordIds();
        CharSpan[] spans = encoding.getCharTokenSpans();
        int codePoint = 0;
        int utf16 = begin;
        long lastWord = -1;
        int wordStart = tokens.size;
        for (int i = 0; i < ids.length; i++) {
            // Spans count code points and ascend, so that one walk over the piece converts them all.
            if (spans[i].getStart() < codePoint) {
                codePoint = 0;
                utf16 = begin;
            }
            utf16 = text.offsetByCodePoints(utf16, spans[i].getStart() - codePoint);
            codePoint = spans[i].getStart();
            int tokenEnd = text.offsetByCodePoints(utf16, spans[i].getEnd() - codePoint);
            if (i == 0 || words[i] != lastWord) {
                setShape(text, tokens, wordStart);
                wordStart = tokens.size;
                tokens.wordCount++;
                lastWord = words[i];
            }
            tokens.add((int) ids[i], utf16, tokenEnd);
        }
        setShape(text, tokens, wordStart);
    }

    private void setShape(String text, Tokens tokens, int wordStart) {
        if (wordShape && wordStart < tokens.size) {
            int shape = WordShape.of(text, tokens.begins[wordStart], tokens.ends[tokens.size - 1])
                    .ordinal();
            Arrays.fill(tokens.types, wordStart, tokens.size, shape);
        }
    }

    /**
     * The end of the piece that starts at {@code begin}: before the last white space within {@link #PIECE} characters,
     * or, in scripts without spaces, between two characters.
     */
    private static int pieceEnd(String text, int begin) {
        int limit = begin + PIECE;
        if (limit >= text.length()) {
            return text.length();
        }
        for (int end = limit; end > begin + PIECE / 2; end--) {
            if (Character.isWhitespace(text.charAt(end)) && !Character.isWhitespace(text.charAt(end - 1))) {
                return end;
            }
        }
        return Character.isLowSurrogate(text.charAt(limit)) ? limit - 1 : limit;
    }

    /** As few windows as possible, of as equal lengths as possible, so that they share batches without padding. */
    private static List<TokenizedText.Window> windows(int size, int windowTokens, int overlap) {
        int stride = windowTokens - overlap;
        int count = size <= windowTokens ? 1 : (size - overlap + stride - 1) / stride;
        List<TokenizedText.Window> windows = new ArrayList<>(count);
        int from = 0;
        for (int w = 0; w < count; w++) {
            int to = (int) (overlap + (long) (size - overlap) * (w + 1) / count);
            windows.add(new TokenizedText.Window(from, to));
            from = to - overlap;
        }
        return List.copyOf(windows);
    }

    private static String replaceLoneSurrogates(String text) {
        StringBuilder clean = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            if (clean == null) {
                clean = new StringBuilder(text);
            }
            clean.setCharAt(i, '\uFFFD');
        }
        return clean == null ? text : clean.toString();
    }

    private static int[] toInts(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    /** What the tokenizer puts around and between two texts. */
    private record PairTemplate(int[] prefix, int[] separator, int[] suffix, int firstType, int secondType) {
        static PairTemplate of(HuggingFaceTokenizer tokenizer) {
            Encoding probe = tokenizer.encode("a", "a", true, false);
            int[] ids = toInts(probe.getIds());
            long[] special = probe.getSpecialTokenMask();
            long[] types = probe.getTypeIds();
            int first = run(special, 0, 1);
            int separator = run(special, first, 0);
            int second = run(special, separator, 1);
            int suffix = run(special, second, 0);
            return new PairTemplate(
                    Arrays.copyOfRange(ids, 0, first),
                    Arrays.copyOfRange(ids, separator, second),
                    Arrays.copyOfRange(ids, suffix, ids.length),
                    (int) types[first],
                    second < types.length ? (int) types[second] : 0);
        }

        private static int run(long[] special, int from, int value) {
            int to = from;
            while (to < special.length && special[to] == value) {
                to++;
            }
            return to;
        }

        /** Tokens for both texts in a sequence of this length. */
        int room(int length) {
            if (separator.length == 0) {
                throw new InferenceException(
                        Kind.MODEL_NOT_READY,
                        "tokenizer.json: nothing between two texts (expected: a template for a pair)");
            }
            return length - prefix.length - separator.length - suffix.length;
        }

        int[] head(int[] first) {
            int[] head = Arrays.copyOf(prefix, prefix.length + first.length + separator.length);
            System.arraycopy(first, 0, head, prefix.length, first.length);
            System.arraycopy(separator, 0, head, prefix.length + first.length, separator.length);
            return head;
        }
    }

    private static final class Tokens {
        int[] ids;
        int[] types;
        int[] begins;
        int[] ends;
        int[] words;
        int size;
        int wordCount;

        Tokens(int capacity) {
            ids = new int[capacity];
            types = new int[capacity];
            begins = new int[capacity];
            ends = new int[capacity];
            words = new int[capacity];
        }

        void add(int id, int begin, int end) {
            if (size == ids.length) {
                int capacity = 2 * size;
                ids = Arrays.copyOf(ids, capacity);
                types = Arrays.copyOf(types, capacity);
                begins = Arrays.copyOf(begins, capacity);
                ends = Arrays.copyOf(ends, capacity);
                words = Arrays.copyOf(words, capacity);
            }
            ids[size] = id;
            begins[size] = begin;
            ends[size] = end;
            words[size] = wordCount - 1;
            size++;
        }
    }
}
