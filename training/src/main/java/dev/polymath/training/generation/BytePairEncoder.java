package dev.polymath.training.generation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns texts into ids as the tokenizer.json of the vocabulary does, but with a memory of pieces: half a million pairs take seconds. Not
 * thread-safe.
 */
public final class BytePairEncoder {
    private static final Pattern PLACEHOLDER = Pattern.compile("<x[0-9]>");
    private static final int LARGEST_MEMORY = 500_000;

    private final Map<String, Integer> ids;
    private final Map<Long, Integer> ranks = new HashMap<>();
    private final Map<Long, Integer> merged = new HashMap<>();
    private final Map<String, int[]> memory = new HashMap<>();
    private final int[] bytes = new int[256];

    public BytePairEncoder(Vocabulary vocabulary) {
        ids = vocabulary.ids();
        for (int rank = 0; rank < vocabulary.merges().size(); rank++) {
            Vocabulary.Merge merge = vocabulary.merges().get(rank);
            long pair = pair(id(merge.left()), id(merge.right()));
            ranks.putIfAbsent(pair, rank);
            merged.putIfAbsent(pair, id(merge.left() + merge.right()));
        }
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = id(Vocabulary.byteToken(i));
        }
    }

    /** What the encoder reads: the language to translate into, a space, the text, the end. */
    public int[] source(String text, String targetLanguage) {
        int[] body = body(" " + text);
        int[] source = new int[body.length + 2];
        source[0] = id(Vocabulary.target(targetLanguage));
        System.arraycopy(body, 0, source, 1, body.length);
        source[source.length - 1] = Vocabulary.END_ID;
        return source;
    }

    /** What the decoder writes: the text and the end. */
    public int[] target(String text) {
        int[] body = body(text);
        int[] target = Arrays.copyOf(body, body.length + 1);
        target[body.length] = Vocabulary.END_ID;
        return target;
    }

    /** What a decoder writes that is told the language first: its token, the text, the end. */
    public int[] target(String text, String language) {
        int[] target = target(text);
        int[] told = new int[target.length + 1];
        told[0] = id(Vocabulary.target(language));
        System.arraycopy(target, 0, told, 1, target.length);
        return told;
    }

    private int[] body(String text) {
        List<int[]> parts = new ArrayList<>();
        Matcher matcher = PLACEHOLDER.matcher(text);
        int from = 0;
        while (matcher.find()) {
            encode(text.substring(from, matcher.start()), from == 0, parts);
            parts.add(new int[] {id(matcher.group())});
            from = matcher.end();
        }
        encode(text.substring(from), from == 0, parts);
        int[] body = new int[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (int[] part : parts) {
            System.arraycopy(part, 0, body, at, part.length);
            at += part.length;
        }
        return body;
    }

    private void encode(String text, boolean begin, List<int[]> to) {
        List<String> pieces = new ArrayList<>();
        TextNormalizer.split(TextNormalizer.normalize(text), begin, pieces);
        for (String piece : pieces) {
            int[] known = memory.get(piece);
            if (known == null) {
                known = merge(piece);
                if (memory.size() < LARGEST_MEMORY) {
                    memory.put(piece, known);
                }
            }
            to.add(known);
        }
    }

    private int[] merge(String piece) {
        int[] tokens = piece.codePoints()
                .flatMap(character -> {
                    String text = Character.toString(character);
                    Integer id = ids.get(text);
                    if (id != null) {
                        return Arrays.stream(new int[] {id});
                    }
                    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                    int[] fallback = new int[utf8.length];
                    Arrays.setAll(fallback, i -> bytes[utf8[i] & 0xff]);
                    return Arrays.stream(fallback);
                })
                .toArray();
        int length = tokens.length;
        while (length > 1) {
            int best = -1;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < length; i++) {
                Integer rank = ranks.get(pair(tokens[i], tokens[i + 1]));
                if (rank != null && rank < bestRank) {
                    best = i;
                    bestRank = rank;
                }
            }
            if (best < 0) {
                break;
            }
            tokens[best] = merged.getOrDefault(pair(tokens[best], tokens[best + 1]), 0);
            System.arraycopy(tokens, best + 2, tokens, best + 1, length - best - 2);
            length--;
        }
        return Arrays.copyOf(tokens, length);
    }

    private int id(String token) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new IllegalArgumentException("token " + token + ": not in the vocabulary");
        }
        return id;
    }

    private static long pair(int left, int right) {
        return ((long) left << 32) | right;
    }
}
