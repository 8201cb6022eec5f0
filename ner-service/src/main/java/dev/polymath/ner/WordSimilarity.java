package dev.polymath.ner;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.commons.text.similarity.JaroWinklerSimilarity;

/**
 * How alike two names are, 0 to 1, whatever the order of their words. Words are paired so that the sum of their
 * Jaro-Winkler similarities (Winkler 1990), each weighted by the length of both words, is the largest (Kuhn 1955, Munkres
 * 1957); that sum is divided by the length of all words, so that a word without a partner costs as much as it is long.
 * Case, accents and punctuation do not count.
 */
final class WordSimilarity {
    private static final Pattern MARKS = Pattern.compile("\\p{M}+");
    /** Within a word: O'Neill, U.S.A. */
    private static final Pattern JOINING = Pattern.compile("['’‘`.]+");

    private static final Pattern SEPARATING = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final String[][] LETTERS = {
        {"ø", "o"}, {"ł", "l"}, {"đ", "d"}, {"ð", "d"}, {"þ", "th"}, {"æ", "ae"}, {"œ", "oe"}, {"ı", "i"}, {"ß", "ss"}
    };

    private static final JaroWinklerSimilarity JARO_WINKLER = new JaroWinklerSimilarity();

    private WordSimilarity() {}

    static double of(String left, String right) {
        List<String> a = words(left);
        List<String> b = words(right);
        int total = length(a) + length(b);
        if (total == 0) {
            return left.strip().equals(right.strip()) ? 1 : 0;
        }
        double[][] weights = new double[Math.min(a.size(), b.size())][Math.max(a.size(), b.size())];
        for (int i = 0; i < a.size(); i++) {
            for (int j = 0; j < b.size(); j++) {
                String one = a.get(i);
                String other = b.get(j);
                double weight = JARO_WINKLER.apply(one, other) * (one.length() + other.length());
                if (a.size() <= b.size()) {
                    weights[i][j] = weight;
                } else {
                    weights[j][i] = weight;
                }
            }
        }
        return Math.min(1, largestSum(weights) / total);
    }

    /** The text in lower case, without accents and punctuation, as words. */
    static List<String> words(String text) {
        String folded = MARKS.matcher(Normalizer.normalize(text, Normalizer.Form.NFKD))
                .replaceAll("")
                .toLowerCase(Locale.ROOT);
        for (String[] letter : LETTERS) {
            folded = folded.replace(letter[0], letter[1]);
        }
        return Arrays.stream(SEPARATING.split(JOINING.matcher(folded).replaceAll("")))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static int length(List<String> words) {
        return words.stream().mapToInt(String::length).sum();
    }

    /** The Hungarian method with potentials, O(rows² · columns); there are at least as many columns as rows. */
    private static double largestSum(double[][] weights) {
        int rows = weights.length;
        int columns = rows == 0 ? 0 : weights[0].length;
        double[] u = new double[rows + 1];
        double[] v = new double[columns + 1];
        int[] rowOf = new int[columns + 1];
        for (int row = 1; row <= rows; row++) {
            int[] way = new int[columns + 1];
            double[] least = new double[columns + 1];
            Arrays.fill(least, Double.POSITIVE_INFINITY);
            boolean[] used = new boolean[columns + 1];
            rowOf[0] = row;
            int column = 0;
            do {
                used[column] = true;
                int next = 0;
                double delta = Double.POSITIVE_INFINITY;
                for (int j = 1; j <= columns; j++) {
                    if (!used[j]) {
                        double reduced = -weights[rowOf[column] - 1][j - 1] - u[rowOf[column]] - v[j];
                        if (reduced < least[j]) {
                            least[j] = reduced;
                            way[j] = column;
                        }
                        if (least[j] < delta) {
                            delta = least[j];
                            next = j;
                        }
                    }
                }
                for (int j = 0; j <= columns; j++) {
                    if (used[j]) {
                        u[rowOf[j]] += delta;
                        v[j] -= delta;
                    } else {
                        least[j] -= delta;
                    }
                }
                column = next;
            } while (rowOf[column] != 0);
            while (column != 0) {
                rowOf[column] = rowOf[way[column]];
                column = way[column];
            }
        }
        double sum = 0;
        for (int j = 1; j <= columns; j++) {
            if (rowOf[j] != 0) {
                sum += weights[rowOf[j] - 1][j - 1];
            }
        }
        return sum;
    }
}
