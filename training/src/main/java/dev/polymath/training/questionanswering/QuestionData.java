package dev.polymath.training.questionanswering;

import dev.polymath.inference.QuestionContext;
import dev.polymath.inference.TokenizedText.Window;
import dev.polymath.training.encoder.SequenceBatch;
import dev.polymath.training.questionanswering.QuestionEncoder.Encoded;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The questions to train on and how each epoch is drawn from them: each question with one window of its text, the answer somewhere
 * in it, or, for a share of them, with a window that does not answer it.
 */
final class QuestionData {
    /** A shorter piece of text beside the answer is no window to be without it. */
    private static final int LEAST_WINDOW = 16;

    private final List<Encoded> questions;
    private final Map<String, List<String>> contextsByArticle;
    private final QuestionEncoder encoder;
    private final int trainWindow;
    private final double noAnswerShare;

    /**
     * @param trainWindow most tokens of a training example, with the question and special tokens
     * @param noAnswerShare share of the answered questions that are put to a window without the answer, in [0, 1)
     */
    QuestionData(List<Encoded> questions, QuestionEncoder encoder, int trainWindow, double noAnswerShare) {
        if (!(noAnswerShare >= 0 && noAnswerShare < 1)) {
            throw new IllegalArgumentException("no-answer-share: " + noAnswerShare + " (expected: >= 0 and < 1)");
        }
        this.questions = questions;
        this.encoder = encoder;
        this.trainWindow = trainWindow;
        this.noAnswerShare = noAnswerShare;
        this.contextsByArticle =
                contextsByArticle(questions.stream().map(Encoded::question).toList());
    }

    /** The batches of an epoch: the same for the same seed and epoch. */
    List<SequenceBatch<EncodedQuestion>> epoch(int epoch, long seed, int batchTokens) {
        Random random = new Random(seed * 7_919 + epoch);
        List<EncodedQuestion> examples = new ArrayList<>(questions.size());
        for (Encoded question : questions) {
            example(question, random).ifPresent(examples::add);
        }
        Collections.shuffle(examples, random);
        List<SequenceBatch<EncodedQuestion>> batches = SequenceBatch.of(examples, batchTokens);
        Collections.shuffle(batches, random);
        return batches;
    }

    private Optional<EncodedQuestion> example(Encoded question, Random random) {
        if (!question.isAnswered()) {
            return Optional.of(EncodedQuestion.unanswered(
                    question.context(), anyWindow(question.context(), room(question.context()), random)));
        }
        if (random.nextDouble() < noAnswerShare) {
            Optional<EncodedQuestion> negative = random.nextBoolean()
                    ? windowBesideTheAnswer(question, random).or(() -> windowOfAnotherContext(question, random))
                    : windowOfAnotherContext(question, random).or(() -> windowBesideTheAnswer(question, random));
            if (negative.isPresent()) {
                return negative;
            }
        }
        return windowWithTheAnswer(question, random);
    }

    /** Tokens of the text in a training example. */
    private int room(QuestionContext context) {
        return Math.max(1, trainWindow - context.head().length - context.suffix().length);
    }

    /** Empty if the answer is longer than a window. */
    private Optional<EncodedQuestion> windowWithTheAnswer(Encoded question, Random random) {
        int size = question.context().text().size();
        int room = Math.min(size, room(question.context()));
        int earliest = Math.max(0, question.last() + 1 - room);
        int latest = Math.min(question.first(), size - room);
        if (earliest > latest) {
            return Optional.empty();
        }
        int from = earliest + random.nextInt(latest - earliest + 1);
        return Optional.of(EncodedQuestion.answered(
                question.context(), new Window(from, from + room), question.first(), question.last()));
    }

    /** What stands before or after the answer, whichever is longer. */
    private Optional<EncodedQuestion> windowBesideTheAnswer(Encoded question, Random random) {
        QuestionContext context = question.context();
        int size = context.text().size();
        boolean before = question.first() > size - question.last() - 1;
        int from = before ? 0 : question.last() + 1;
        int to = before ? question.first() : size;
        if (to - from < LEAST_WINDOW) {
            return Optional.empty();
        }
        int room = Math.min(to - from, room(context));
        int begin = from + random.nextInt(to - from - room + 1);
        return Optional.of(EncodedQuestion.unanswered(context, new Window(begin, begin + room)));
    }

    private Optional<EncodedQuestion> windowOfAnotherContext(Encoded question, Random random) {
        return anotherContext(question.question(), contextsByArticle, random)
                .flatMap(other -> encoder.encode(question.question().withoutAnswerIn(other)))
                .map(other -> EncodedQuestion.unanswered(
                        other.context(), anyWindow(other.context(), room(other.context()), random)));
    }

    private static Window anyWindow(QuestionContext context, int most, Random random) {
        int size = context.text().size();
        int room = Math.min(size, most);
        int from = random.nextInt(size - room + 1);
        return new Window(from, from + room);
    }

    /** A context of the same article that does not have the answer in it: hard to tell, as a reader's real work is. */
    static Optional<String> anotherContext(
            Question question, Map<String, List<String>> contextsByArticle, Random random) {
        List<String> contexts = contextsByArticle.getOrDefault(question.article(), List.of());
        if (contexts.size() < 2) {
            return Optional.empty();
        }
        String other = contexts.get(random.nextInt(contexts.size()));
        boolean answers = other.equals(question.context())
                || question.answers().stream().anyMatch(answer -> containsIgnoringCase(other, answer.text()));
        return answers ? Optional.empty() : Optional.of(other);
    }

    private static boolean containsIgnoringCase(String text, String part) {
        return text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
    }

    static Map<String, List<String>> contextsByArticle(Collection<Question> questions) {
        Map<String, Set<String>> contexts = new HashMap<>();
        questions.forEach(question -> contexts.computeIfAbsent(question.article(), title -> new TreeSet<>())
                .add(question.context()));
        return contexts.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> List.copyOf(entry.getValue())));
    }

    /** How much there is of it. */
    static String describe(List<Question> questions) {
        return String.format(
                Locale.ROOT,
                "%,d articles, %,d contexts, %,d questions",
                questions.stream().map(Question::article).distinct().count(),
                questions.stream().map(Question::context).distinct().count(),
                questions.size());
    }
}
