package dev.polymath.inference;

import ai.djl.Device;
import dev.polymath.inference.InferenceException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * An encoder-decoder model that is loaded, warmed up and ready: a text in, a text out, such as its translation. Thread-safe.
 */
public final class TextGenerator
        extends TextModel<TextGenerator.Request, GenerationRunner.Item<TokenSequence>, Generation, GeneratedText> {
    private static final String ENCODER = "encoder_model";

    private final GenerationConfig config;

    /** A text that is to be answered. */
    record Request(TokenSequence source, GenerationOptions options, Call call) {}

    private TextGenerator(
            Parts<GenerationRunner.Item<TokenSequence>, Generation> parts,
            TextTokenizer tokenizer,
            GenerationConfig config) {
        super(parts, tokenizer);
        this.config = config;
    }

    /**
     * Loads and warms up a model that Hugging Face Optimum exported, of the Marian, T5 or BART families; returns when it is
     * ready to answer. The graphs are {@code encoder_model.onnx} and those of the decoder, {@code decoder_model.onnx} with
     * {@code decoder_with_past_model.onnx}, or {@code decoder_model_merged.onnx}; generation_config.json says how it generates,
     * and {@link TextTokenizer#open} what else is read. A source is one window: {@code polymath.max-length} of
     * serving.properties is the longest.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static TextGenerator load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        GenerationConfig config = GenerationConfig.of(model);
        List<Device> devices = LoadedModel.devices(model, options);
        TextTokenizer tokenizer = TextTokenizer.open(model);
        List<Weights> loaded = new ArrayList<>();
        List<GenerationRunner<TokenSequence>> runners = new ArrayList<>();
        IntConsumer steps = rows -> Batcher.tell(model.name(), listener, l -> l.decoderStepped(model.name(), rows));
        try {
            for (Device device : devices) {
                LoadedModel encoder = LoadedModel.load(model, ENCODER, options, device);
                loaded.add(encoder);
                requireNames(model, encoder);
                Decoder decoder = Decoder.load(model, config, options, device);
                loaded.add(decoder);
                for (int i = 0; i < options.workersOn(device); i++) {
                    runners.add(new GenerationRunner<>(
                            encoder, GenerationRunner.TEXTS, decoder, LoadedModel.deviceName(device), steps));
                }
                warmUp(model, tokenizer.maxLength(), runners.get(runners.size() - 1), config, options.batch());
            }
            return new TextGenerator(
                    new Parts<>(
                            model,
                            loaded,
                            runners,
                            item -> item.source().length(),
                            item -> item.options().beamSize(),
                            options.batch(),
                            listener),
                    tokenizer,
                    config);
        } catch (RuntimeException e) {
            loaded.forEach(Weights::close);
            tokenizer.close();
            throw e;
        }
    }

    /** What the model's generation_config.json says. */
    public GenerationOptions defaults() {
        return config.options();
    }

    /** Most tokens of a source, special tokens included. */
    public int maxSourceTokens() {
        return tokenizer().maxLength();
    }

    /** Tokens of a source, special tokens included. */
    public int countTokens(String text) {
        TokenizedText tokens = tokenizer().tokenize(text);
        return tokens.prefix().length + tokens.size() + tokens.suffix().length;
    }

    /** The id of a token that stands for itself in a text, such as {@code deu_Latn}; empty if there is none. */
    public OptionalInt tokenId(String token) {
        return tokenizer().tokenId(token);
    }

    /**
     * Generates; fails fast when the queue is full. Tokenizing happens on the calling thread, the future completes on the
     * common pool.
     *
     * @param text at most {@link #maxSourceTokens} tokens; fails with INPUT_TOO_LONG otherwise
     * @param call when the answer is no longer wanted; the search stops then, and the others of its batch go on
     */
    public CompletableFuture<GeneratedText> generate(String text, GenerationOptions options, Call call) {
        return answer(request(text, options, call), call, false);
    }

    /** As {@link #generate}, but waits until the queue has room. */
    public CompletableFuture<GeneratedText> generateWhenAdmitted(String text, GenerationOptions options, Call call) {
        return answer(request(text, options, call), call, true);
    }

    /**
     * Generates for many texts, such as the sentences of a document, in their order. They are admitted together or not at
     * all, and one that fails fails all.
     */
    public CompletableFuture<List<GeneratedText>> generateAll(
            List<String> texts, GenerationOptions options, Call call) {
        return answerAll(requests(texts, options, call), call, false);
    }

    /** As {@link #generateAll}, but waits until the queue has room for all. */
    public CompletableFuture<List<GeneratedText>> generateAllWhenAdmitted(
            List<String> texts, GenerationOptions options, Call call) {
        return answerAll(requests(texts, options, call), call, true);
    }

    @Override
    List<GenerationRunner.Item<TokenSequence>> items(Request request) {
        int source = request.source().length();
        int wanted = request.options().maxTokens() > 0 ? request.options().maxTokens() : 3 * source + 16;
        return List.of(new GenerationRunner.Item<>(
                request.source(), request.options(), Math.min(wanted, config.maxTokens()), request.call()));
    }

    @Override
    int tokens(GenerationRunner.Item<TokenSequence> item) {
        return item.source().length();
    }

    @Override
    int generatedTokens(Generation generation) {
        return generation.tokens();
    }

    @Override
    Function<Receipt, GeneratedText> decode(Request request, List<Generation> outputs) {
        return outputs.get(0).decode(tokenizer(), request.source().length());
    }

    private List<Supplier<Request>> requests(List<String> texts, GenerationOptions options, Call call) {
        return texts.stream().map(text -> request(text, options, call)).toList();
    }

    private Supplier<Request> request(String text, GenerationOptions options, Call call) {
        return () -> {
            TokenizedText tokens = tokenizer().tokenize(text);
            if (tokens.windows().size() > 1) {
                int length = tokens.prefix().length + tokens.size() + tokens.suffix().length;
                throw new InferenceException(
                        Kind.INPUT_TOO_LONG, "text: " + length + " tokens (expected: <= " + maxSourceTokens() + ")");
            }
            return new Request(tokens.sequence(tokens.windows().get(0)), options, call);
        };
    }

    private static void requireNames(ModelDirectory model, LoadedModel encoder) {
        if (encoder.inputs().isEmpty()) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": the engine knows no names of inputs (expected: ONNX Runtime, whose graphs name them)");
        }
    }

    /** Every length bucket alone, and the largest batch, so that too little memory shows now and not at noon. */
    private static void warmUp(
            ModelDirectory model,
            int longest,
            GenerationRunner<TokenSequence> runner,
            GenerationConfig config,
            BatchOptions batch) {
        GenerationOptions options = config.options();
        try {
            for (int length = 16; length < longest; length *= 2) {
                runner.warmUp(1, zeros(length), options.withBeamSize(1));
            }
            int rows = batch.maxBatchTokens() / (longest * options.beamSize());
            runner.warmUp(Math.max(1, Math.min(batch.maxBatchSize(), rows)), zeros(longest), options);
        } catch (RuntimeException e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": the first run on " + runner.device() + " failed: " + e.getMessage(),
                    Map.of(),
                    e);
        }
    }

    private static TokenSequence zeros(int length) {
        return new TokenSequence(new int[length], new int[length]);
    }
}
