package dev.polymath.training.textclassification;

import com.google.gson.JsonObject;
import dev.polymath.training.encoder.EncodedText;
import dev.polymath.training.encoder.EncoderExport;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calibrates the heads of a text classifier on their dev sets and evaluates them on dev and test sets. */
final class TextClassifierExport
        extends EncoderExport<TextClassifierExport.Calibrations, TextClassifierExport.Evaluation> {

    /**
     * @param heads per head
     * @param groups per head, of its groups; null where it has none
     */
    record Calibrations(List<Calibration> heads, List<@Nullable Calibration> groups) {
        @Override
        public String toString() {
            return "temperature "
                    + String.join(
                            ", ",
                            heads.stream()
                                    .map(head -> String.format(Locale.ROOT, "%.3f", head.temperature()))
                                    .toList());
        }
    }

    /** Scores by data set. */
    record Evaluation(Map<String, SetScores> sets) {
        String toMarkdown() {
            StringBuilder text = new StringBuilder();
            sets.forEach((name, scores) -> text.append("**")
                    .append(name)
                    .append("**: ")
                    .append(scores.toMarkdown())
                    .append('\n'));
            return text.toString();
        }
    }

    private final ClassifierData data;
    private final LabelGroups groups;
    private final ClassifierEncoder encoder;
    private final int maxLength;
    private final Function<Figures<Calibrations, Evaluation>, String> card;

    /** @param card makes the card of the figures */
    TextClassifierExport(
            StartingModel start,
            TrainableGraph block,
            OnnxGraph graph,
            ClassifierData data,
            LabelGroups groups,
            ClassifierEncoder encoder,
            int maxLength,
            Function<Figures<Calibrations, Evaluation>, String> card) {
        super(start, block, graph);
        this.data = data;
        this.groups = groups;
        this.encoder = encoder;
        this.maxLength = maxLength;
        this.card = card;
    }

    @Override
    protected List<? extends EncodedText> parityTexts() {
        return data.dev().stream()
                .flatMap(set -> encoder.encode(set.texts(), set.head()).stream())
                .toList();
    }

    @Override
    protected Calibrations calibrate(ModelOutputs model) {
        List<Calibration> heads = new ArrayList<>();
        List<@Nullable Calibration> ofGroups = new ArrayList<>();
        for (int head = 0; head < data.heads().size(); head++) {
            int index = head;
            Predictions predictions = Predictions.join(data.dev().stream()
                    .filter(set -> set.head() == index)
                    .map(set -> predictions(model, set))
                    .toList());
            Calibration calibration = predictions.calibrate();
            heads.add(calibration);
            ofGroups.add(
                    isGrouped(index)
                            ? predictions
                                    .grouped(groups, calibration.temperature())
                                    .calibrate()
                            : null);
        }
        return new Calibrations(heads, ofGroups);
    }

    @Override
    protected Evaluation evaluate(ModelOutputs model, Calibrations calibrations) {
        Map<String, SetScores> scores = new LinkedHashMap<>();
        List<ClassifierData.HeldOutSet> sets = new ArrayList<>(data.dev());
        sets.addAll(data.test());
        for (ClassifierData.HeldOutSet set : sets) {
            Predictions predictions = predictions(model, set);
            Calibration calibration = calibrations.heads().get(set.head());
            String name = set.name() + (data.test().contains(set) ? " (test)" : "");
            scores.put(name, SetScores.of(predictions, calibration));
            Calibration ofGroups = calibrations.groups().get(set.head());
            if (ofGroups != null) {
                scores.put(
                        name + ", in groups",
                        SetScores.of(predictions.grouped(groups, calibration.temperature()), ofGroups));
            }
        }
        return new Evaluation(scores);
    }

    private boolean isGrouped(int head) {
        return data.heads().get(head).multiLabel()
                && groups.cover(data.heads().get(head).labels());
    }

    private Predictions predictions(ModelOutputs model, ClassifierData.HeldOutSet set) {
        return Predictions.of(
                model, encoder.encode(set.texts(), set.head()), data.heads().get(set.head()), set.head());
    }

    @Override
    protected double score(Evaluation evaluation) {
        return data.dev().stream()
                .mapToDouble(set -> Objects.requireNonNull(evaluation.sets().get(set.name()))
                        .score())
                .average()
                .orElse(0);
    }

    @Override
    protected String scoreName() {
        return "the mean score of the dev sets";
    }

    @Override
    protected String toMarkdown(Evaluation evaluation) {
        return evaluation.toMarkdown();
    }

    @Override
    protected void configure(JsonObject config, Calibrations calibrations) {
        setArchitecture(config, "BertForSequenceClassification");
        List<Head> heads = data.heads();
        if (heads.size() == 1) {
            ClassifierConfig.write(config, heads.get(0), calibrations.heads().get(0));
            return;
        }
        JsonObject byName = new JsonObject();
        for (int i = 0; i < heads.size(); i++) {
            Calibration calibration = calibrations.heads().get(i);
            JsonObject head = new JsonObject();
            ClassifierConfig.write(head, heads.get(i), calibration);
            head.addProperty("temperature", Double.valueOf(fourDecimals(calibration.temperature())));
            byName.add(heads.get(i).name(), head);
        }
        config.add("heads", byName);
    }

    @Override
    protected void configureServing(Map<String, String> properties, Calibrations calibrations) {
        properties.put("polymath.task", "text-classification");
        properties.put("polymath.max-length", Integer.toString(maxLength));
        if (data.heads().size() == 1) {
            properties.put(
                    "polymath.temperature",
                    fourDecimals(calibrations.heads().get(0).temperature()));
        }
    }

    @Override
    protected String card(Figures<Calibrations, Evaluation> figures) {
        return card.apply(figures);
    }
}
