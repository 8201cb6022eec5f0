package dev.polymath.translation.format;

import com.ibm.icu.text.MessagePattern;
import com.ibm.icu.text.MessagePattern.ApostropheMode;
import com.ibm.icu.text.MessagePattern.ArgType;
import com.ibm.icu.text.MessagePattern.Part;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Java properties. Values are translated; keys, comments, escapes, continuation lines and the syntax of message formats stay.
 * A value with a numbered argument, a choice by number or word, or doubled apostrophes is a message format: its apostrophes
 * are doubled in the translation too. Characters outside of ASCII are escaped if the file has none unescaped, so that every
 * reader reads them.
 */
public final class PropertiesFormat implements TextFormat {
    private static final Pattern MESSAGE = Pattern.compile(
            "\\{\\s*\\d+\\s*[,}]|\\{\\s*\\w+\\s*,\\s*(?:plural|select|selectordinal|number|date|time|choice)\\b|''");
    private static final Set<ArgType> WITH_MESSAGES = Set.of(ArgType.PLURAL, ArgType.SELECT, ArgType.SELECTORDINAL);

    /** What stands in a decoded value for a line break of the file that is none of the value. */
    private static final char CONTINUATION = '\u000B';

    @Override
    public TranslatableText read(String source) {
        boolean ascii = source.chars().allMatch(c -> c < 0x80);
        List<Unit> units = new ArrayList<>();
        int at = 0;
        while (at < source.length()) {
            at = skip(source, at, " \t\f\r\n");
            if (at < source.length()) {
                at = "#!".indexOf(source.charAt(at)) >= 0
                        ? lineEnd(source, at)
                        : new Value(source, ascii, units).read(key(source, at));
            }
        }
        return new TranslatableText(source, units);
    }

    private static int skip(String source, int from, String characters) {
        int at = from;
        while (at < source.length() && characters.indexOf(source.charAt(at)) >= 0) {
            at++;
        }
        return at;
    }

    private static int lineEnd(String source, int from) {
        int at = from;
        while (at < source.length() && !isLineBreak(source.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isLineBreak(char c) {
        return c == '\n' || c == '\r';
    }

    /** After a line break and the white space at the beginning of the next line. */
    private static int nextLine(String source, int lineEnd) {
        int next = source.startsWith("\r\n", lineEnd) ? lineEnd + 2 : Math.min(lineEnd + 1, source.length());
        return skip(source, next, " \t\f");
    }

    /** Where the value begins that belongs to the key that begins here. */
    private static int key(String source, int begin) {
        int at = begin;
        while (at < source.length() && " \t\f=:\r\n".indexOf(source.charAt(at)) < 0) {
            if (source.charAt(at) != '\\') {
                at++;
            } else if (at + 1 < source.length() && isLineBreak(source.charAt(at + 1))) {
                at = nextLine(source, at + 1);
            } else {
                escape(source, at);
                at = Math.min(at + 2, source.length());
            }
        }
        at = space(source, at);
        return at < source.length() && "=:".indexOf(source.charAt(at)) >= 0 ? space(source, at + 1) : at;
    }

    /** After white space, which may go on in the next lines. */
    private static int space(String source, int from) {
        int at = skip(source, from, " \t\f");
        while (at + 1 < source.length() && source.charAt(at) == '\\' && isLineBreak(source.charAt(at + 1))) {
            at = nextLine(source, at + 1);
        }
        return at;
    }

    /** The character that an escape stands for. */
    private static char escape(String source, int backslash) {
        if (backslash + 1 >= source.length()) {
            throw new MalformedTextException(source, backslash, "a backslash at the end of the file");
        }
        char c = source.charAt(backslash + 1);
        if (c != 'u') {
            return switch (c) {
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                case 'f' -> '\f';
                default -> c;
            };
        }
        int end = Math.min(backslash + 6, source.length());
        String digits = source.substring(backslash + 2, end);
        if (!digits.matches("[0-9a-fA-F]{4}")) {
            throw new MalformedTextException(
                    source, backslash, "a bad escape \\u (expected: four hexadecimal digits after it)");
        }
        return (char) Integer.parseInt(digits, 16);
    }

    /** One value: read, taken apart, and told how its translation is written. */
    private static final class Value {
        private final String source;
        private final boolean ascii;
        private final List<Unit> units;
        private final StringBuilder decoded = new StringBuilder();
        private final List<Integer> begins = new ArrayList<>();
        private final List<Integer> ends = new ArrayList<>();
        private final BitSet continuations = new BitSet();
        private final Set<Character> escaped = new HashSet<>();
        private boolean message;
        private UnitBuilder unit = new UnitBuilder();

        Value(String source, boolean ascii, List<Unit> units) {
            this.source = source;
            this.ascii = ascii;
            this.units = units;
        }

        /** @return where the value ends */
        int read(int begin) {
            int at = begin;
            while (at < source.length() && !isLineBreak(source.charAt(at))) {
                char c = source.charAt(at);
                if (c != '\\') {
                    add(c, at, at + 1);
                    at++;
                } else if (at + 1 < source.length() && isLineBreak(source.charAt(at + 1))) {
                    int next = nextLine(source, at + 1);
                    continuations.set(decoded.length());
                    add(CONTINUATION, at, next);
                    at = next;
                } else {
                    char meant = escape(source, at);
                    int end = at + (source.charAt(at + 1) == 'u' ? 6 : 2);
                    if (end == at + 2 && meant == source.charAt(at + 1) && meant != ' ') {
                        escaped.add(meant);
                    }
                    add(meant, at, end);
                    at = end;
                }
            }
            units();
            return at;
        }

        private void add(char c, int begin, int end) {
            decoded.append(c);
            begins.add(begin);
            ends.add(end);
        }

        private void units() {
            String value = decoded.toString();
            message = MESSAGE.matcher(value).find();
            MessagePattern pattern = message ? parse(value) : null;
            if (pattern == null) {
                message = false;
                text(0, value.length());
                flush();
            } else {
                message(pattern, 0);
            }
        }

        private static @Nullable MessagePattern parse(String value) {
            try {
                return new MessagePattern(ApostropheMode.DOUBLE_OPTIONAL).parse(value);
            } catch (IllegalArgumentException | IndexOutOfBoundsException notAMessage) {
                return null;
            }
        }

        /** A message, and then the messages in its arguments, which lie in marks of it. */
        private void message(MessagePattern pattern, int start) {
            List<Integer> inner = new ArrayList<>();
            int limit = pattern.getLimitPartIndex(start);
            int at = pattern.getPart(start).getLimit();
            for (int i = start + 1; i < limit; i++) {
                Part part = pattern.getPart(i);
                switch (part.getType()) {
                    case ARG_START -> {
                        text(at, part.getIndex());
                        int end = pattern.getLimitPartIndex(i);
                        at = pattern.getPart(end).getLimit();
                        unit.term(begins.get(part.getIndex()), ends.get(at - 1));
                        if (WITH_MESSAGES.contains(part.getArgType())) {
                            for (int j = i + 1; j < end; j++) {
                                if (pattern.getPartType(j) == Part.Type.MSG_START) {
                                    inner.add(j);
                                    j = pattern.getLimitPartIndex(j);
                                }
                            }
                        }
                        i = end;
                    }
                    case SKIP_SYNTAX -> {
                        text(at, part.getIndex());
                        at = part.getLimit();
                        // an apostrophe that is none in the text, but is written anew with it
                        unit.text("", begins.get(part.getIndex()), ends.get(at - 1));
                    }
                    case REPLACE_NUMBER -> {
                        text(at, part.getIndex());
                        at = part.getLimit();
                        unit.term(begins.get(part.getIndex()), ends.get(at - 1));
                    }
                    default -> {}
                }
            }
            text(at, pattern.getPart(limit).getIndex());
            flush();
            inner.forEach(each -> message(pattern, each));
        }

        /** Adds a part of the value; a line break in it ends the unit. */
        private void text(int from, int to) {
            int at = from;
            for (int i = from; i < to; i++) {
                char c = decoded.charAt(i);
                if (c == '\n' || c == '\r' || c == '\f') {
                    plain(at, i);
                    flush();
                    at = i + 1;
                } else if (c == '\t' || continuations.get(i) || (c == ' ' && ends.get(i) - begins.get(i) > 1)) {
                    int space = i;
                    while (space > at && decoded.charAt(space - 1) == ' ') {
                        space--;
                    }
                    plain(at, space);
                    int begin = begins.get(space);
                    if (!continuations.get(i) || space < i) {
                        unit.mark(Mark.Kind.BREAK, source.substring(begin, ends.get(i)), begin, ends.get(i));
                    }
                    at = i + 1;
                }
            }
            plain(at, to);
        }

        private void plain(int from, int to) {
            if (from < to) {
                unit.text(decoded.substring(from, to), begins.get(from), ends.get(to - 1));
            }
        }

        private void flush() {
            Unit built = unit.build(writer());
            if (built != null) {
                units.add(built);
            }
            unit = new UnitBuilder();
        }

        private UnaryOperator<String> writer() {
            Set<Character> escapes = Set.copyOf(escaped);
            boolean isMessage = message;
            boolean inAscii = ascii;
            return text -> {
                String quoted =
                        isMessage ? text.replace("'", "''").replace("{", "'{'").replace("}", "'}'") : text;
                StringBuilder written = new StringBuilder();
                quoted.chars().forEach(c -> {
                    if (c == '\\' || escapes.contains((char) c)) {
                        written.append('\\').append((char) c);
                    } else if (c >= 0x80 && inAscii) {
                        written.append("\\u").append(String.format("%04X", c));
                    } else {
                        written.append((char) c);
                    }
                });
                return written.toString();
            };
        }
    }
}
