package dev.polymath.inference;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.RgbImage;
import dev.polymath.inference.InferenceException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * An encoder-decoder model that reads an image and writes a text, such as what is to be seen in it; loaded, warmed up and ready.
 * Thread-safe.
 */
public final class ImageCaptioner
        extends QueuedModel<ImageCaptioner.Request, GenerationRunner.Item<float[]>, Generation, GeneratedText> {
    private static final String ENCODER = "encoder_model";
    private static final String KEY = "polymath.captioning.";

    private final ImagePreprocessing preprocessing;
    private final TextTokenizer tokenizer;
    private final GenerationConfig config;
    private final int states;

    /** An image that is to be described, as the encoder reads it: {@code [3, height, width]}. */
    record Request(float[] pixels, GenerationOptions options, Call call) {}

    private ImageCaptioner(
            Parts<GenerationRunner.Item<float[]>, Generation> parts,
            ImagePreprocessing preprocessing,
            TextTokenizer tokenizer,
            GenerationConfig config,
            int states) {
        super(parts);
        this.preprocessing = preprocessing;
        this.tokenizer = tokenizer;
        this.config = config;
        this.states = states;
    }

    /**
     * Loads and warms up a model that Hugging Face Optimum exported as a vision-encoder-decoder, or one of our own training; returns when
     * it is ready to answer. {@code encoder_model.onnx} reads {@code pixel_values} {@code [batch, 3, height, width]} as
     * preprocessor_config.json says; the graphs of the decoder are those of {@link TextGenerator}, and need not have an input
     * {@code encoder_attention_mask}. serving.properties may have {@code polymath.captioning.languages}, and {@code
     * polymath.captioning.forced-bos} with {@code {language}} in it: the token that a text in a language begins with.
     *
     * @throws InferenceException MODEL_NOT_FOUND or MODEL_NOT_READY, saying what is wrong with the model or the device
     */
    public static ImageCaptioner load(ModelDirectory model, InferenceOptions options, InferenceListener listener) {
        GenerationConfig config = GenerationConfig.of(model);
        ImagePreprocessing preprocessing = ImageModel.preprocessing(model);
        List<Device> devices = LoadedModel.devices(model, options);
        TextTokenizer tokenizer = TextTokenizer.open(model);
        List<Weights> loaded = new ArrayList<>();
        List<GenerationRunner<float[]>> runners = new ArrayList<>();
        IntConsumer steps = rows -> Batcher.tell(model.name(), listener, l -> l.decoderStepped(model.name(), rows));
        try {
            int states = 0;
            for (Device device : devices) {
                LoadedModel encoder = LoadedModel.load(model, ENCODER, options, device);
                loaded.add(encoder);
                Decoder decoder = Decoder.load(model, config, options, device);
                loaded.add(decoder);
                for (int i = 0; i < options.workersOn(device); i++) {
                    runners.add(new GenerationRunner<>(
                            encoder, new Pixels(preprocessing), decoder, LoadedModel.deviceName(device), steps));
                }
                states = warmUp(model, preprocessing, runners.get(runners.size() - 1), config, options.batch());
            }
            int length = states;
            ImageCaptioner captioner = new ImageCaptioner(
                    new Parts<>(
                            model,
                            loaded,
                            runners,
                            item -> length,
                            item -> item.options().beamSize(),
                            options.batch(),
                            listener),
                    preprocessing,
                    tokenizer,
                    config,
                    states);
            captioner.requireLanguages();
            return captioner;
        } catch (RuntimeException e) {
            loaded.forEach(Weights::close);
            tokenizer.close();
            throw e;
        }
    }

    /** What the encoder reads of a batch of images. */
    private record Pixels(ImagePreprocessing preprocessing) implements GenerationRunner.Inputs<float[]> {
        @Override
        public NDList arrays(NDManager manager, List<String> names, List<float[]> images) {
            int length = images.get(0).length;
            float[] all = new float[images.size() * length];
            for (int i = 0; i < images.size(); i++) {
                System.arraycopy(images.get(i), 0, all, i * length, length);
            }
            NDArray pixels =
                    manager.create(all, new Shape(images.size(), 3, preprocessing.height(), preprocessing.width()));
            pixels.setName(names.isEmpty() ? "pixel_values" : names.get(0));
            return new NDList(pixels);
        }

        /** An image has no padding. */
        @Override
        public int length(float[] image, int states) {
            return states;
        }
    }

    /** What the model's generation_config.json says, in the first of its languages. */
    public GenerationOptions defaults() {
        GenerationOptions options = config.options();
        OptionalInt first = languages().isEmpty()
                ? OptionalInt.empty()
                : firstToken(languages().get(0));
        return options.firstToken().isEmpty() && first.isPresent() ? options.withFirstToken(first.getAsInt()) : options;
    }

    /** BCP-47 codes of the languages that a text can be asked for in; empty if the model does not say. */
    public List<String> languages() {
        return Arrays.stream(model().property(KEY + "languages", "").split(","))
                .map(String::strip)
                .filter(language -> !language.isEmpty())
                .toList();
    }

    /**
     * The token that a text in this language begins with, for {@link GenerationOptions#withFirstToken}; empty for a model that has no
     * choice.
     */
    public OptionalInt firstToken(String languageCode) {
        String template = model().property(KEY + "forced-bos", "").strip();
        return template.isEmpty()
                ? OptionalInt.empty()
                : tokenizer.tokenId(template.replace("{language}", languageCode));
    }

    /** How images are prepared; an image with {@link ImagePreprocessing#minSide} pixels of each side loses nothing. */
    public ImagePreprocessing preprocessing() {
        return preprocessing;
    }

    /**
     * Describes an image; fails fast when the queue is full. The image is resized on the calling thread, the future completes on the
     * common pool.
     *
     * @param call when the answer is no longer wanted; the search stops then, and the others of its batch go on
     */
    public CompletableFuture<GeneratedText> caption(RgbImage image, GenerationOptions options, Call call) {
        return answer(request(image, options, call), call, false);
    }

    /** As {@link #caption}, but waits until the queue has room. */
    public CompletableFuture<GeneratedText> captionWhenAdmitted(RgbImage image, GenerationOptions options, Call call) {
        return answer(request(image, options, call), call, true);
    }

    /**
     * Describes many images, such as the regions of a picture, in their order. They are admitted together or not at all, and one that
     * fails fails all.
     */
    public CompletableFuture<List<GeneratedText>> captionAll(
            List<RgbImage> images, GenerationOptions options, Call call) {
        return answerAll(requests(images, options, call), call, false);
    }

    /** As {@link #captionAll}, but waits until the queue has room for all. */
    public CompletableFuture<List<GeneratedText>> captionAllWhenAdmitted(
            List<RgbImage> images, GenerationOptions options, Call call) {
        return answerAll(requests(images, options, call), call, true);
    }

    @Override
    public void close() {
        super.close();
        tokenizer.close();
    }

    @Override
    List<GenerationRunner.Item<float[]>> items(Request request) {
        int wanted = request.options().maxTokens() > 0 ? request.options().maxTokens() : config.maxTokens();
        return List.of(new GenerationRunner.Item<>(
                request.pixels(), request.options(), Math.min(wanted, config.maxTokens()), request.call()));
    }

    @Override
    int tokens(GenerationRunner.Item<float[]> item) {
        return states;
    }

    @Override
    int generatedTokens(Generation generation) {
        return generation.tokens();
    }

    @Override
    Function<Receipt, GeneratedText> decode(Request request, List<Generation> outputs) {
        return outputs.get(0).decode(tokenizer, states);
    }

    private List<Supplier<Request>> requests(List<RgbImage> images, GenerationOptions options, Call call) {
        return images.stream().map(image -> request(image, options, call)).toList();
    }

    private Supplier<Request> request(RgbImage image, GenerationOptions options, Call call) {
        return () -> {
            float[] pixels = new float[preprocessing.size()];
            preprocessing.apply(image, pixels, 0);
            return new Request(pixels, options, call);
        };
    }

    private void requireLanguages() {
        for (String language : languages()) {
            String template = model().property(KEY + "forced-bos", "").strip();
            if (!template.isEmpty() && firstToken(language).isEmpty()) {
                throw new InferenceException(
                        Kind.MODEL_NOT_READY,
                        model() + ": " + KEY + "forced-bos: " + template.replace("{language}", language)
                                + " (expected: a token of the model)");
            }
        }
    }

    /** An image alone, and the largest batch, so that too little memory shows now and not at noon; returns the states of one. */
    private static int warmUp(
            ModelDirectory model,
            ImagePreprocessing preprocessing,
            GenerationRunner<float[]> runner,
            GenerationConfig config,
            BatchOptions batch) {
        float[] black = new float[preprocessing.size()];
        GenerationOptions options = config.options();
        try {
            int states = runner.warmUp(1, black, options.withBeamSize(1));
            int rows = batch.maxBatchTokens() / (states * options.beamSize());
            runner.warmUp(Math.max(1, Math.min(batch.maxBatchSize(), rows)), black, options);
            return states;
        } catch (RuntimeException e) {
            throw new InferenceException(
                    Kind.MODEL_NOT_READY,
                    model + ": the first run on " + runner.device() + " failed: " + e.getMessage(),
                    Map.of(),
                    e);
        }
    }
}
