package dev.polymath.training.generation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Byte-pair encoding as it was learnt: the tokens by id and the merges by rank.
 *
 * @param tokens in id order: padding, end, unknown, target languages, placeholders, bytes, characters, merged pieces
 * @param merges pairs of tokens, the first learnt first
 * @param languages that can be asked for
 */
public record Vocabulary(List<String> tokens, List<Merge> merges, List<String> languages) {
    public static final String PAD = "<pad>";
    static final String END = "</s>";
    static final String UNKNOWN = "<unk>";
    public static final int PAD_ID = 0;
    public static final int END_ID = 1;
    public static final int PLACEHOLDERS = 10;

    /** What a space becomes, at the beginning of a word. */
    static final char SPACE = '\u2581';

    /** Two tokens that become one. */
    public record Merge(String left, String right) {}

    public Vocabulary {
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
        languages = List.copyOf(languages);
    }

    /** The tokens that are there before anything is learnt. */
    public static List<String> reserved(Collection<String> languages) {
        List<String> reserved = new ArrayList<>(List.of(PAD, END, UNKNOWN));
        new TreeSet<>(languages).forEach(language -> reserved.add(target(language)));
        for (int i = 0; i < PLACEHOLDERS; i++) {
            reserved.add(placeholder(i));
        }
        for (int i = 0; i < 256; i++) {
            reserved.add(byteToken(i));
        }
        return reserved;
    }

    /** The token before a source text that says into which language to translate. */
    public static String target(String language) {
        return ">>" + language + "<<";
    }

    /** A token that is copied from source to target. */
    public static String placeholder(int i) {
        return "<x" + i + ">";
    }

    /** @param value in [0, 256) */
    static String byteToken(int value) {
        return "<0x%02X>".formatted(value);
    }

    public int size() {
        return tokens.size();
    }

    /** Ids by token. */
    Map<String, Integer> ids() {
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(tokens.get(id), id);
        }
        return ids;
    }
}
