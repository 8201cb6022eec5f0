package dev.polymath.training.questionanswering;

import dev.polymath.inference.QuestionContext;
import dev.polymath.inference.SpanDecoder;
import dev.polymath.inference.SpanDecoder.Answers;
import dev.polymath.inference.TokenSequence;
import dev.polymath.inference.TokenizedText.Window;
import dev.polymath.training.encoder.EncodedText;
import dev.polymath.training.encoder.ModelOutputs;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.questionanswering.QuestionEncoder.Encoded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The logits of a model for every window of every question's whole text.
 *
 * @param questions in their order
 * @param starts per question, per window, per token
 * @param ends likewise
 */
record ReaderPredictions(List<Encoded> questions, List<List<float[]>> starts, List<List<float[]>> ends) {
    /** Most tokens of a batch without gradients. */
    private static final int BATCH_TOKENS = 4096;

    /** A window of a question, by their indices. */
    private record Row(TokenSequence input, int question, int window) implements EncodedText {}

    /** Asks the model. */
    static ReaderPredictions of(ModelOutputs model, List<Encoded> questions) {
        List<Row> rows = new ArrayList<>();
        List<List<float[]>> starts = new ArrayList<>(questions.size());
        List<List<float[]>> ends = new ArrayList<>(questions.size());
        for (int q = 0; q < questions.size(); q++) {
            QuestionContext context = questions.get(q).context();
            List<Window> windows = context.windows();
            for (int w = 0; w < windows.size(); w++) {
                rows.add(new Row(context.sequence(windows.get(w)), q, w));
            }
            starts.add(Arrays.asList(new float[windows.size()][]));
            ends.add(Arrays.asList(new float[windows.size()][]));
        }
        for (SequenceBatch<Row> batch : SequenceBatch.of(rows, BATCH_TOKENS)) {
            float[][] outputs = model.outputs(batch);
            int width = batch.width();
            for (int i = 0; i < batch.size(); i++) {
                Row row = batch.rows().get(i);
                int from = i * width;
                int to = from + row.length();
                starts.get(row.question()).set(row.window(), Arrays.copyOfRange(outputs[0], from, to));
                ends.get(row.question()).set(row.window(), Arrays.copyOfRange(outputs[1], from, to));
            }
        }
        return new ReaderPredictions(questions, starts, ends);
    }

    /** What is answered to a question: the best span and the probability that there is none. */
    Answers answers(int question, SpanDecoder decoder) {
        return decoder.decode(questions.get(question).context(), starts.get(question), ends.get(question), 1);
    }
}
