package dev.polymath.ner;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No text makes a recognizer slow: what could make a regular expression backtrack or look far ahead, a million characters
 * of it. Processor time of the thread is measured, so that a busy machine does not fail the test; a quadratic search would
 * take minutes.
 */
class LargeTextTest {
    private static final int SIZE = 1_000_000;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final List<String> SEEDS = List.of(
            "1",
            "1 ",
            "1,",
            "1.",
            "11:",
            "1/1/",
            "1111 ",
            "1111-1111-",
            "12 345 678 ",
            "a.",
            "a@",
            "a@a.",
            "a",
            "Aa ",
            " ",
            "\n ",
            "(",
            "((1",
            "+1 ",
            "$1,",
            "http://a",
            "www.",
            "::",
            "ffff:",
            "1.1.1.",
            "DE89 ",
            "one ",
            "hundred and ",
            "12 Aa Bb ",
            "Hauptstraße ",
            "\n10115 Aaa ",
            "in 2024 ",
            "3 May ",
            "from 1998-",
            "ZIP ",
            "NY 1",
            "\uD83D\uDE00",
            "e\u0301");

    static Stream<Recognizer> standard() {
        return Recognizer.standard().stream();
    }

    @ParameterizedTest
    @MethodSource("standard")
    void adversarialTextsTakeSeconds(Recognizer recognizer) {
        for (String seed : SEEDS) {
            String text = seed.repeat(SIZE / SEEDS.size() / seed.length());
            assertThat(processorTime(() -> recognizer.find(text, Locale.US)))
                    .as("%s on repeated <%s>", recognizer.name(), seed)
                    .isLessThan(LIMIT.dividedBy(10));
        }
    }

    @ParameterizedTest
    @MethodSource("standard")
    void timeIsLinearInTheText(Recognizer recognizer) {
        String text = "1 11: a.a@a. $1, one 12 Aa Bb 2024 May http://a((".repeat(SIZE / 50);

        assertThat(processorTime(() -> recognizer.find(text, Locale.US))).isLessThan(LIMIT);
    }

    @Test
    void fiveMillionCharactersOfNewsTakeSeconds() {
        String paragraph =
                "On Tuesday, Nov. 4, 2025, at 9:30 a.m., shares of the firm rose 12.5 percent to $48.20, after it had"
                        + " said that it would build a new line near the old harbour for the people of the town. The mayor, who had"
                        + " asked for this since 2019, thanked everybody and promised that the work would be done by summer; those"
                        + " who want to know more may write to info@example.com or look at www.example.com/line every day.\n\n";
        String text = paragraph.repeat(5_000_000 / paragraph.length());
        List<Entity> entities = new ArrayList<>();

        assertThat(processorTime(() -> entities.addAll(new FakeModel().entities("en", text))))
                .isLessThan(LIMIT.multipliedBy(2));
        assertThat(entities).hasSize(7 * (5_000_000 / paragraph.length()));
    }

    private static Duration processorTime(Runnable work) {
        var threads = ManagementFactory.getThreadMXBean();
        long begin = threads.getCurrentThreadCpuTime();
        work.run();
        Duration time = Duration.ofNanos(threads.getCurrentThreadCpuTime() - begin);
        if (Boolean.getBoolean("polymath.times")) {
            System.out.println(time);
        }
        return time;
    }
}
