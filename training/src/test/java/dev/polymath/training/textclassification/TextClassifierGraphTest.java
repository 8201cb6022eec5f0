package dev.polymath.training.textclassification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.TokenSequence;
import dev.polymath.training.encoder.OnnxRuntimeOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.graph.OnnxGraph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextClassifierGraphTest {
    private static final int WIDTH = 384;
    private static final List<Head> TWO = List.of(
            new Head("sentiment", false, List.of("down", "up")), new Head("topics", true, List.of("a", "b", "c")));

    @TempDir
    private Path folder;

    @Test
    void pooledStateIsTheMeanOfTheHiddenStatesWithoutPadding() throws IOException {
        OnnxGraph encoder = StartingModel.load(null).graph();
        ClassifiedText shorter = text(101, 2023, 102);
        ClassifiedText longer = text(101, 2023, 2003, 1037, 3231, 102);

        float[] pooled = run(TextClassifierGraph.pooled(encoder), shorter, longer)[0];
        float[] hidden = run(encoder, shorter)[0];

        for (int i = 0; i < WIDTH; i++) {
            float mean = (hidden[i] + hidden[WIDTH + i] + hidden[2 * WIDTH + i]) / 3;
            assertThat(pooled[i]).isCloseTo(mean, within(1e-5f));
        }
    }

    @Test
    void everyHeadHasAnOutputOfItsName() throws IOException {
        OnnxGraph encoder = StartingModel.load(null).graph();

        OnnxGraph two = TextClassifierGraph.build(encoder, List.of(), TWO, 0.1f, 1);
        OnnxGraph one = TextClassifierGraph.build(encoder, List.of(), TWO.subList(0, 1), 0, 1);

        assertThat(two.outputNames()).containsExactly("sentiment", "topics");
        assertThat(one.outputNames()).containsExactly("logits");
        float[][] outputs = run(two, text(101, 2023, 102), text(101, 102));
        assertThat(outputs[0]).hasSize(2 * 2);
        assertThat(outputs[1]).hasSize(2 * 3);
    }

    @Test
    void headsAreKeptWhereTheyAreTheSameAndMadeAnewWhereNot() throws IOException {
        OnnxGraph encoder = StartingModel.load(null).graph();
        OnnxGraph classifier = TextClassifierGraph.build(encoder, List.of(), TWO, 0, 1);
        float[] before = classifier.floats("classifier.sentiment.weight");

        OnnxGraph again = TextClassifierGraph.build(classifier, TWO, TWO, 0, 2);
        OnnxGraph others = TextClassifierGraph.build(
                classifier, TWO, List.of(new Head(Head.ONLY, false, List.of("x", "y", "z"))), 0, 2);

        assertThat(again.floats("classifier.sentiment.weight")).containsExactly(before);
        assertThat(others.outputNames()).containsExactly("logits");
        assertThat(others.shape("classifier.weight")).containsExactly(WIDTH, 3);
    }

    @Test
    void newHeadBeginsAtTheFrequenciesOfItsLabels() throws IOException {
        OnnxGraph graph = TextClassifierGraph.headsOnly(WIDTH, TWO, 0, 1);

        TextClassifierGraph.setBiases(graph, TWO, List.of(new double[] {0.25, 0.75}, new double[] {0.5, 0.2, 0.9}));

        assertThat(graph.floats("classifier.sentiment.bias"))
                .containsExactly(new float[] {-1.38629f, -0.28768f}, within(1e-4f));
        assertThat(graph.floats("classifier.topics.bias"))
                .containsExactly(new float[] {0, -1.38629f, 2.19722f}, within(1e-4f));
    }

    @Test
    void headNeedsLabelsToChooseFrom() {
        assertThatThrownBy(() -> new Head("sentiment", false, List.of("up")))
                .hasMessage("sentiment: labels [up] (expected: at least two)");
    }

    private float[][] run(OnnxGraph graph, ClassifiedText... texts) throws IOException {
        Path file = folder.resolve("model.onnx");
        graph.write(file);
        try (OnnxRuntimeOutputs model = new OnnxRuntimeOutputs(file)) {
            return model.outputs(new SequenceBatch<>(List.of(texts)));
        }
    }

    private static ClassifiedText text(int... ids) {
        return new ClassifiedText(new TokenSequence(ids, new int[ids.length]), new int[][] {null}, null);
    }
}
