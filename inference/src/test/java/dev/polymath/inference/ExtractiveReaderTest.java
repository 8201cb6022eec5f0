package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.InferenceException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtractiveReaderTest {
    private static final String FILLER = "one day in the day and the day. ".repeat(40);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path models;

    @SuppressWarnings("NullAway.Init")
    static ExtractiveReader reader;

    @BeforeAll
    static void load() throws IOException {
        reader = load(models, Map.of());
    }

    @AfterAll
    static void close() {
        reader.close();
    }

    @Test
    void theAnswerIsAPartOfTheTextWithItsOffsets() {
        String text = "One day, 😀 Alice Smith saw Paris.";

        TextAnswers answers = answer("met in", text, 3);

        assertThat(of(text, answers)).startsWith("Alice Smith");
        assertThat(answers.answers().get(0).probability()).isBetween(0.5, 1.0);
        assertThat(answers.noAnswer()).isBetween(0.0, 0.1);
        assertThat(answers.windows()).isEqualTo(1);
        assertThat(answers.receipt().tokens()).isGreaterThan(answers.tokens());
    }

    @Test
    void answersAreSortedAndDoNotOverlap() {
        String text = "Alice Smith met Bob Smith in Paris.";

        TextAnswers answers = answer("saw", text, 2);

        assertThat(of(text, answers)).containsExactlyInAnyOrder("Alice Smith", "Bob Smith");
        assertThat(answers.answers().get(0).probability())
                .isGreaterThanOrEqualTo(answers.answers().get(1).probability());
        assertThat(answers.answers().stream()
                                .mapToDouble(AnswerSpan::probability)
                                .sum()
                        + answers.noAnswer())
                .isLessThanOrEqualTo(1 + 1e-9);
    }

    @Test
    void anAnswerIsFoundInWhicheverWindowItIs() {
        for (String text :
                List.of("Alice Smith. " + FILLER, FILLER + "Alice Smith. " + FILLER, FILLER + "Alice Smith.")) {
            TextAnswers answers = answer("saw", text, 1);

            assertThat(answers.windows()).isGreaterThan(3);
            assertThat(of(text, answers)).containsExactly("Alice Smith");
        }
    }

    @Test
    void aTextWithoutTheAnswerHasAHigherNoAnswerProbability() {
        assertThat(answer("saw", "one day in the day", 1).noAnswer())
                .isGreaterThan(answer("saw", "Alice Smith", 1).noAnswer() + 0.01);
    }

    @Test
    void anEmptyTextHasNoAnswerAndIsNotRun() {
        TextAnswers answers = answer("saw", " ", 3);

        assertThat(answers.answers()).isEmpty();
        assertThat(answers.noAnswer()).isCloseTo(1, within(0.0));
        assertThat(answers.receipt().batchSize()).isZero();
    }

    @Test
    void aQuestionThatIsTooLongIsRefused() {
        InferenceException failure =
                TokenClassifierTest.failure(reader.answer("day ".repeat(1000), "Alice", 1, Call.unbounded()));

        assertThat(failure.kind()).isEqualTo(Kind.INPUT_TOO_LONG);
        assertThat(failure).hasMessage("question: 1000 tokens (expected: <= 30)");
    }

    @Test
    void noAnswerWantedIsNoneGiven() {
        assertThat(answer("saw", "Alice Smith", 0).answers()).isEmpty();
    }

    @Test
    void answersHaveAtMostTheTokensThatTheModelNames(@TempDir Path directory) throws IOException {
        try (ExtractiveReader shortAnswers = load(directory, Map.of("polymath.max-answer-tokens", "1"))) {
            String text = "Alice Smith saw Paris.";

            assertThat(of(
                            text,
                            shortAnswers
                                    .answer("met", text, 1, Call.unbounded())
                                    .join()))
                    .first()
                    .asString()
                    .doesNotContain(" ");
        }
        assertThatThrownBy(() -> load(directory, Map.of("polymath.max-answer-tokens", "none")))
                .hasMessage("tiny/1: polymath.max-answer-tokens: none (expected: a number > 0)");
    }

    @Test
    void aTextHasTheSameAnswersAloneAndAmongOthers() {
        List<String> texts = IntStream.range(0, 40)
                .mapToObj(i -> "the day ".repeat(i % 9) + "Alice Smith met Bob")
                .toList();
        List<TextAnswers> alone =
                texts.stream().map(text -> answer("saw", text, 2)).toList();

        List<CompletableFuture<TextAnswers>> together = texts.stream()
                .map(text -> reader.answerWhenAdmitted("saw", text, 2, Call.unbounded()))
                .toList();

        for (int i = 0; i < texts.size(); i++) {
            List<AnswerSpan> answers = together.get(i).join().answers();
            for (int k = 0; k < answers.size(); k++) {
                AnswerSpan expected = alone.get(i).answers().get(k);
                assertThat(answers.get(k).begin()).isEqualTo(expected.begin());
                assertThat(answers.get(k).end()).isEqualTo(expected.end());
                assertThat(answers.get(k).probability()).isCloseTo(expected.probability(), within(1e-5));
            }
        }
    }

    @Test
    void whatTheEngineFailsOnAndWhatIsCancelledFailsAlone() {
        Call call = Call.unbounded();
        call.cancel();

        assertThat(TokenClassifierTest.failure(reader.answer("saw", "poison", 1, Call.unbounded()))
                        .kind())
                .isEqualTo(Kind.ENGINE_FAILURE);
        assertThat(TokenClassifierTest.failure(reader.answer("saw", "nan", 1, Call.unbounded()))
                        .kind())
                .isEqualTo(Kind.ENGINE_FAILURE);
        assertThat(TokenClassifierTest.failure(reader.answer("saw", "Alice", 1, call))
                        .kind())
                .isEqualTo(Kind.CANCELLED);
    }

    private static ExtractiveReader load(Path directory, Map<String, String> properties) throws IOException {
        return ExtractiveReader.load(
                ModelDirectory.open(TinyModel.write(directory, TinyModel.Task.READER, properties)),
                InferenceOptions.defaults().withDevice("cpu"),
                InferenceListener.NONE);
    }

    private static TextAnswers answer(String question, String text, int limit) {
        return reader.answer(question, text, limit, Call.unbounded()).join();
    }

    private static List<String> of(String text, TextAnswers answers) {
        return answers.answers().stream()
                .map(answer -> text.substring(answer.begin(), answer.end()))
                .toList();
    }
}
