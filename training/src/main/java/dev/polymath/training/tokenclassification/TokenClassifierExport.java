package dev.polymath.training.tokenclassification;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import dev.polymath.inference.TextTokenizer;
import dev.polymath.inference.WordShape;
import dev.polymath.training.encoder.BlockOutputs;
import dev.polymath.training.encoder.EncodedText;
import dev.polymath.training.encoder.EncoderExport;
import dev.polymath.training.encoder.EncoderGraph;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.encoder.TemperatureScaling;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Calibrates a token classifier on the dev sets and evaluates it on dev and test sets. */
final class TokenClassifierExport extends EncoderExport<TokenClassifierExport.Calibration, Evaluation> {
    /**
     * @param outsideBias what was added to the logit of {@code O}
     * @param temperature by which the logits are divided
     */
    record Calibration(double outsideBias, double temperature) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "bias of O %+.2f, temperature %.3f", outsideBias, temperature);
        }
    }

    private final List<String> labels;
    private final boolean wordShape;
    private final int maxLength;
    private final SentenceEncoder encoder;
    private final Map<String, List<TaggedSentence>> dev;
    private final Map<String, List<TaggedSentence>> evaluated;
    private final Function<Figures<Calibration, Evaluation>, String> card;
    private final List<EncodedSentence> encodedDev;
    private final double outsideBias;

    /**
     * @param dev sets to calibrate on
     * @param evaluated sets for the card
     * @param tuneBias whether to fit the {@link OutsideBias} on the dev sets
     * @param card makes the card of the figures
     */
    TokenClassifierExport(
            StartingModel start,
            List<String> labels,
            boolean wordShape,
            int maxLength,
            SentenceEncoder encoder,
            TrainableGraph block,
            OnnxGraph graph,
            Map<String, List<TaggedSentence>> dev,
            Map<String, List<TaggedSentence>> evaluated,
            boolean tuneBias,
            Function<Figures<Calibration, Evaluation>, String> card) {
        super(start, block, graph);
        this.labels = labels;
        this.wordShape = wordShape;
        this.maxLength = maxLength;
        this.encoder = encoder;
        this.dev = dev;
        this.evaluated = evaluated;
        this.card = card;
        Map<String, List<EncodedSentence>> encoded = new LinkedHashMap<>();
        dev.forEach((name, sentences) -> encoded.put(
                name,
                sentences.stream()
                        .flatMap(sentence -> encoder.encode(sentence).stream())
                        .toList()));
        this.encodedDev = encoded.values().stream().flatMap(List::stream).toList();
        this.outsideBias = tuneBias ? addOutsideBias(block, graph, encoded.values(), labels) : 0;
    }

    @Override
    protected List<? extends EncodedText> parityTexts() {
        return encodedDev;
    }

    @Override
    protected Calibration calibrate(ModelOutputs model) {
        Predictions predictions = Predictions.of(model, encodedDev, labels.size());
        return new Calibration(outsideBias, TemperatureScaling.fit(predictions::negativeLogLikelihood));
    }

    @Override
    protected Evaluation evaluate(ModelOutputs model, Calibration calibration) {
        return Evaluation.of(
                sentences -> Predictions.of(model, sentences, labels.size()),
                encoder,
                labels,
                calibration.temperature(),
                evaluated,
                true);
    }

    @Override
    protected double score(Evaluation evaluation) {
        return evaluation.meanF1(dev.keySet());
    }

    @Override
    protected String scoreName() {
        return "mean F1 on the dev sets";
    }

    @Override
    protected String toMarkdown(Evaluation evaluation) {
        return evaluation.toMarkdown();
    }

    @Override
    protected void configure(JsonObject config, Calibration calibration) {
        setArchitecture(config, "BertForTokenClassification");
        if (wordShape) {
            config.addProperty("type_vocab_size", WordShape.values().length);
        }
        JsonObject id2label = new JsonObject();
        JsonObject label2id = new JsonObject();
        for (int i = 0; i < labels.size(); i++) {
            id2label.addProperty(Integer.toString(i), labels.get(i));
            label2id.addProperty(labels.get(i), i);
        }
        config.add("id2label", id2label);
        config.add("label2id", label2id);
    }

    @Override
    protected void configureServing(Map<String, String> properties, Calibration calibration) {
        properties.put("polymath.task", "token-classification");
        properties.put("polymath.max-length", Integer.toString(maxLength));
        if (wordShape) {
            properties.put("polymath.token-type-ids", TextTokenizer.WORD_SHAPE);
        }
        properties.put("polymath.temperature", fourDecimals(calibration.temperature()));
    }

    @Override
    protected String card(Figures<Calibration, Evaluation> figures) {
        return card.apply(figures);
    }

    private static double addOutsideBias(
            TrainableGraph block, OnnxGraph graph, Collection<List<EncodedSentence>> devSets, List<String> labels) {
        ModelOutputs model = new BlockOutputs(block, graph);
        List<Predictions> predictions = devSets.stream()
                .map(set -> Predictions.of(model, set, labels.size()))
                .toList();
        double bias = OutsideBias.fit(predictions, labels);
        NDArray headBias = headBias(block);
        float[] values = headBias.toFloatArray();
        values[labels.indexOf("O")] += (float) bias;
        headBias.set(values);
        return bias;
    }

    private static NDArray headBias(TrainableGraph block) {
        return block.parametersByName().entrySet().stream()
                .filter(entry -> EncoderGraph.isHead(entry.getKey())
                        && entry.getValue().getArray().getShape().dimension() == 1)
                .map(entry -> entry.getValue().getArray())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "the classifier has no bias of its own (expected: " + EncoderGraph.HEAD + ".bias)"));
    }
}
