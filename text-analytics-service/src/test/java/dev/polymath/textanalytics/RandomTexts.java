package dev.polymath.textanalytics;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Texts made of what is hard about Unicode, the same ones in every run. */
final class RandomTexts {
    private static final List<String> PIECES = List.of(
            "neural",
            "network",
            "Network",
            "networks",
            "the",
            "of",
            "quickly",
            "42",
            "x",
            " ",
            " ",
            " ",
            " ",
            ". ",
            ", ",
            "-",
            "\n",
            "\n\n",
            "\r\n",
            "'s",
            "\u2019s",
            "! ",
            "\uD83D\uDE00",
            "\uD83D\uDC69\u200D\uD83D\uDCBB",
            "\uD83C\uDDE9\uD83C\uDDEA",
            "cafe\u0301",
            "Stra\u00DFe",
            "\u0130stanbul",
            "\u6771\u4EAC\u90FD",
            "\u5927\u5B66\u3002",
            "\u30C7\u30FC\u30BF",
            "\uD83D",
            "\uDE00",
            "\u0301",
            "\u0645\u0631\u062D\u0628\u0627",
            "\uD835\uDD38\uD835\uDD39",
            "\uFB01le",
            "e.g.",
            "U.S.",
            "\u200B",
            "\uFEFF",
            "\u2028");

    private RandomTexts() {}

    static Stream<String> some(int count) {
        Random random = new Random(7);
        return Stream.generate(() -> {
                    StringBuilder text = new StringBuilder();
                    for (int i = random.nextInt(60); i >= 0; i--) {
                        text.append(PIECES.get(random.nextInt(PIECES.size())));
                    }
                    return text.toString();
                })
                .limit(count);
    }

    /** About as long as asked, each word new, so that every phrase is another. */
    static String ofManyWords(int length) {
        Random random = new Random(8);
        StringBuilder text = new StringBuilder(length + 20);
        while (text.length() < length) {
            boolean first = text.isEmpty() || text.charAt(text.length() - 2) == '.';
            text.append((char) ((first ? 'A' : 'a') + random.nextInt(26)));
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            text.append(random.nextInt(8) == 0 ? ". " : random.nextInt(4) == 0 ? " of " : " ");
        }
        return text.toString();
    }
}
