package dev.polymath.training.questionanswering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.QuestionContext;
import dev.polymath.inference.TextTokenizer;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.encoder.StartingModel;
import dev.polymath.training.questionanswering.QuestionEncoder.Encoded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuestionDataTest {
    private static final int MAX_LENGTH = 64;
    private static final int TRAIN_WINDOW = 32;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    static TextTokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        Path file = Files.write(
                folder.resolve("tokenizer.json"), StartingModel.load(null).tokenizer());
        tokenizer = TextTokenizer.open(file, MAX_LENGTH, 16, false);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void windowHoldsTheAnswerSomewhere() {
        int answer = tokenizer.tokenize("honey").ids()[0];
        Set<Integer> positions = new HashSet<>();
        for (int epoch = 0; epoch < 20; epoch++) {
            for (EncodedQuestion example : examples(questions(30), 0, epoch)) {
                assertThat(example.length()).isEqualTo(TRAIN_WINDOW);
                assertThat(example.start()).isEqualTo(example.end());
                assertThat(example.input().ids()[example.start()]).isEqualTo(answer);
                assertThat(example.isCandidate(example.start())).isTrue();
                positions.add(example.start());
            }
        }
        assertThat(positions).hasSizeGreaterThan(15);
    }

    @Test
    void exampleWithoutTheAnswerPointsAtTheSpecialToken() {
        int answer = tokenizer.tokenize("honey").ids()[0];
        int without = 0;
        int all = 0;
        for (int epoch = 0; epoch < 40; epoch++) {
            for (EncodedQuestion example : examples(questions(30), 0.3, epoch)) {
                all++;
                if (example.end() == QuestionContext.NO_ANSWER) {
                    without++;
                    assertThat(example.start()).isEqualTo(QuestionContext.NO_ANSWER);
                    assertThat(Arrays.stream(example.input().ids())).doesNotContain(answer);
                    assertThat(example.length()).isLessThanOrEqualTo(TRAIN_WINDOW);
                }
            }
        }
        assertThat(without / (double) all).isCloseTo(0.3, within(0.04));
    }

    @Test
    void onlyTheTextAndNoAnswerAreCandidates() {
        EncodedQuestion example = examples(questions(1), 0, 0).get(0);

        List<Integer> candidates = new ArrayList<>();
        for (int t = 0; t < example.length(); t++) {
            if (example.isCandidate(t)) {
                candidates.add(t);
            }
        }
        // [CLS] who makes it ? [SEP] text [SEP]
        assertThat(candidates).hasSize(1 + TRAIN_WINDOW - 7).contains(0, 6).doesNotContain(1, 5, TRAIN_WINDOW - 1);
    }

    @Test
    void sameSeedAndEpochGiveTheSameBatchesAndOthersDoNot() {
        assertThat(ids(epoch(0, 1))).isEqualTo(ids(epoch(0, 1)));
        assertThat(ids(epoch(0, 1))).isNotEqualTo(ids(epoch(1, 1)));
        assertThat(ids(epoch(0, 1))).isNotEqualTo(ids(epoch(0, 2)));
    }

    @Test
    void questionThatTheDataCallUnansweredStaysSo() {
        Question question = new Question("t", "Bees make wax. ".repeat(10), "Who makes it?", List.of());

        assertThat(examples(List.of(question), 0, 0)).singleElement().satisfies(example -> {
            assertThat(example.start()).isEqualTo(QuestionContext.NO_ANSWER);
            assertThat(example.end()).isEqualTo(QuestionContext.NO_ANSWER);
        });
    }

    @Test
    void otherContextIsOfTheSameArticleAndHasNoAnswerInIt() {
        Question question = new Question("a", "honey", "Who?", List.of(new Question.Answer("honey", 0)));
        Map<String, List<String>> contexts = Map.of("a", List.of("honey", "more HONEY", "wax"), "b", List.of("pollen"));
        Set<Optional<String>> found = new HashSet<>();
        Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            found.add(QuestionData.anotherContext(question, contexts, random));
        }

        assertThat(found).containsExactlyInAnyOrder(Optional.of("wax"), Optional.empty());
    }

    @Test
    void shareOutOfRangeIsRefused() {
        assertThatThrownBy(() -> new QuestionData(List.of(), new QuestionEncoder(tokenizer), TRAIN_WINDOW, 1))
                .hasMessage("no-answer-share: 1.0 (expected: >= 0 and < 1)");
    }

    private static List<SequenceBatch<EncodedQuestion>> epoch(int epoch, long seed) {
        QuestionEncoder encoder = new QuestionEncoder(tokenizer);
        return new QuestionData(encode(encoder, questions(12)), encoder, TRAIN_WINDOW, 0.2).epoch(epoch, seed, 128);
    }

    private static List<List<Integer>> ids(List<SequenceBatch<EncodedQuestion>> batches) {
        return batches.stream()
                .flatMap(batch -> batch.rows().stream())
                .map(row -> Arrays.stream(row.input().ids()).boxed().toList())
                .toList();
    }

    private static List<EncodedQuestion> examples(List<Question> questions, double noAnswerShare, int epoch) {
        QuestionEncoder encoder = new QuestionEncoder(tokenizer);
        return new QuestionData(encode(encoder, questions), encoder, TRAIN_WINDOW, noAnswerShare)
                .epoch(epoch, 1, 256).stream()
                        .flatMap(batch -> batch.rows().stream())
                        .toList();
    }

    private static List<Encoded> encode(QuestionEncoder encoder, List<Question> questions) {
        return questions.stream()
                .map(question -> encoder.encode(question).orElseThrow())
                .toList();
    }

    /** Texts of 60 words with one {@code honey} in them, three to an article. */
    private static List<Question> questions(int count) {
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int place = (i * 13) % 60;
            String before = "red ".repeat(place);
            String context = before + "honey" + " blue".repeat(59 - place);
            questions.add(new Question(
                    "article " + i / 3,
                    context,
                    "Who makes it?",
                    List.of(new Question.Answer("honey", before.length()))));
        }
        return questions;
    }
}
