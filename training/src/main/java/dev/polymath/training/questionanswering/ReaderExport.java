package dev.polymath.training.questionanswering;

import com.google.gson.JsonObject;
import dev.polymath.inference.SpanDecoder;
import dev.polymath.training.encoder.EncodedText;
import dev.polymath.training.encoder.EncoderExport;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.graph.TrainableGraph;
import dev.polymath.training.questionanswering.QuestionEncoder.Encoded;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Calibrates and evaluates a reader on the dev questions. */
final class ReaderExport extends EncoderExport<Double, ReaderScores> {
    private static final int PARITY_QUESTIONS = 64;

    private final List<Encoded> calibration;
    private final List<Encoded> dev;
    private final int maxLength;
    private final int overlap;
    private final int maxAnswerTokens;
    private final Function<Figures<Double, ReaderScores>, String> card;

    /**
     * @param calibration questions to fit the temperature on
     * @param dev questions for the card
     * @param maxLength tokens in a window with the question
     * @param overlap tokens that windows share
     * @param card makes the card of the figures
     */
    ReaderExport(
            StartingModel start,
            TrainableGraph block,
            OnnxGraph graph,
            List<Encoded> calibration,
            List<Encoded> dev,
            int maxLength,
            int overlap,
            int maxAnswerTokens,
            Function<Figures<Double, ReaderScores>, String> card) {
        super(start, block, graph);
        this.calibration = calibration;
        this.dev = dev;
        this.maxLength = maxLength;
        this.overlap = overlap;
        this.maxAnswerTokens = maxAnswerTokens;
        this.card = card;
    }

    @Override
    protected List<? extends EncodedText> parityTexts() {
        return calibration.stream()
                .limit(PARITY_QUESTIONS)
                .map(question -> EncodedQuestion.unanswered(
                        question.context(), question.context().windows().get(0)))
                .toList();
    }

    @Override
    protected Double calibrate(ModelOutputs model) {
        return ReaderEvaluation.fitTemperature(model, calibration, maxAnswerTokens);
    }

    @Override
    protected ReaderScores evaluate(ModelOutputs model, Double temperature) {
        return ReaderEvaluation.evaluate(model, dev, new SpanDecoder(maxAnswerTokens, temperature));
    }

    @Override
    protected double score(ReaderScores scores) {
        return scores.f1();
    }

    @Override
    protected String scoreName() {
        return "F1 on the dev questions";
    }

    @Override
    protected String toMarkdown(ReaderScores scores) {
        return scores.toMarkdown();
    }

    @Override
    protected void configure(JsonObject config, Double temperature) {
        setArchitecture(config, "BertForQuestionAnswering");
    }

    @Override
    protected void configureServing(Map<String, String> properties, Double temperature) {
        properties.put("polymath.task", "question-answering");
        properties.put("polymath.max-length", Integer.toString(maxLength));
        properties.put("polymath.overlap", Integer.toString(overlap));
        properties.put("polymath.max-answer-tokens", Integer.toString(maxAnswerTokens));
        properties.put("polymath.temperature", fourDecimals(temperature));
    }

    @Override
    protected String card(Figures<Double, ReaderScores> figures) {
        return card.apply(figures);
    }
}
