package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.AnswerSpan;
import dev.polymath.inference.Call;
import dev.polymath.inference.ExtractiveReader;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Question answering from data to a served model: the worked example of docs/training.md. */
class TrainQuestionAnsweringTest {
    private static final Path EXAMPLE = Path.of("examples", "questions");

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void exampleBecomesAReaderThatServingLoadsThatAnswersWhatItHasNotSeenAndThatCanBeTrainedOn() throws IOException {
        Path model = folder.resolve("models/example/1");

        int status = run(
                "question-answering",
                "--train=" + EXAMPLE.resolve("train.json"),
                "--dev=" + EXAMPLE.resolve("dev.jsonl"),
                "--out=" + model,
                "--run-folder=" + folder.resolve("run"),
                "--epochs=3",
                "--batch-tokens=256",
                "--head-learning-rate=2e-3",
                "--learning-rate=3e-4",
                "--no-answer-share=0.1",
                "--dropout=0",
                "--max-length=96",
                "--window-overlap=32",
                "--int8",
                "--int8-scheme=PER_TOKEN_ASYMMETRIC",
                "--int8-loss=1");

        assertThat(status).as(err.toString()).isZero();
        assertThat(best(folder.resolve("run"), "f1")).isGreaterThan(0.4);
        ModelDirectory directory = ModelDirectory.open(model);
        assertThat(directory.property("polymath.task")).isEqualTo("question-answering");
        assertThat(directory.property("polymath.precision")).isEqualTo("int8");
        assertThat(Files.readString(directory.path().resolve("README.md")))
                .contains("# example 1", "### int8 (served)", "| 36 | ", "all-MiniLM-L6-v2", "examples/questions");

        assertThat(run("evaluate", "--model=" + model, "--help")).isZero();
        assertThat(out.toString()).contains("--data=", "SQuAD");
        assertThat(run("evaluate", "--model=" + model)).isEqualTo(2);
        assertThat(err.toString()).contains("Missing required option: '--data=");
        assertThat(run("evaluate", "--model=" + model, "--data=held-out=" + EXAMPLE.resolve("dev.jsonl")))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("**held-out**", "| 36 | ");
        assertThat(f1OfTable(out.toString())).isCloseTo(f1OfTable(cardOfInt8(directory)), within(0.05));

        try (ExtractiveReader reader =
                ExtractiveReader.load(directory, InferenceOptions.defaults(), InferenceListener.NONE)) {
            String text = "🎉🎉 Žofie Halloran, a florist, moved to Trondheim in 1983.";
            AnswerSpan answer = reader.answer("In which year did Žofie Halloran move?", text, 1, Call.unbounded())
                    .join()
                    .answers()
                    .get(0);
            assertThat(text.substring(answer.begin(), answer.end())).isEqualTo("1983");
        }

        int second = run(
                "question-answering",
                "--train=" + EXAMPLE.resolve("dev.jsonl"),
                "--dev-articles=1",
                "--out=" + folder.resolve("models/second/1"),
                "--run-folder=" + folder.resolve("run2"),
                "--from=" + folder.resolve("run/model.onnx"),
                "--epochs=1",
                "--learning-rate=1e-8",
                "--head-learning-rate=1e-8");

        // a new head would know nothing
        assertThat(second).as(err.toString()).isZero();
        assertThat(best(folder.resolve("run2"), "f1")).isGreaterThan(0.3);
        assertThat(Files.readAllLines(folder.resolve("run2/dev.jsonl")))
                .hasSize(18)
                .allMatch(line -> line.contains("Diaries 1") != line.contains("Diaries 2"));
    }

    @Test
    void evaluateWithoutAModelIsRefusedAndHasHelp() {
        assertThat(run("evaluate", "--data=x")).isEqualTo(2);
        assertThat(err.toString()).contains("Missing required option: '--model=DIR'");
        assertThat(run("evaluate", "--help")).isZero();
        assertThat(out.toString()).contains("Further options depend on the task");
    }

    @Test
    void optionsThatCannotWorkAreToldWithWhatIsExpected() {
        String train = "--train=" + EXAMPLE.resolve("train.json");
        String model = "--out=" + folder.resolve("m/1");

        assertThat(run("question-answering", train, model)).isEqualTo(1);
        assertThat(err.toString())
                .contains("--dev-articles: 0 (expected: >= 1 and < 9, the articles of the training data; or --dev)");
        assertThat(run("question-answering", train, model, "--train-window=500", "--dev-articles=1"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("--train-window: 500 (expected: <= 192)");
        assertThat(run("question-answering", train, model, "--dev=" + EXAMPLE.resolve("train.json")))
                .isEqualTo(1);
        assertThat(err.toString()).contains("every article is in --dev too (expected: others)");
    }

    private int run(String... arguments) {
        CommandLine commandLine = Train.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static String cardOfInt8(ModelDirectory model) throws IOException {
        String card = Files.readString(model.path().resolve("README.md"));
        return card.substring(card.indexOf("### int8"));
    }

    /** Third column of the first table's first row. */
    private static double f1OfTable(String markdown) {
        String row = markdown.lines()
                .filter(line -> line.startsWith("| 36 "))
                .findFirst()
                .orElseThrow();
        return Double.parseDouble(List.of(row.split("\\|")).get(3).strip());
    }

    private static double best(Path run, String figure) throws IOException {
        List<Double> values = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("evaluation.csv"))) {
            List<String> columns = List.of(line.split(","));
            if (columns.get(2).equals(figure)) {
                values.add(Double.parseDouble(columns.get(3)));
            }
        }
        return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }
}
