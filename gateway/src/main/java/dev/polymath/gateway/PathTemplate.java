package dev.polymath.gateway;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A path template of google.api.http: literals, {@code *}, {@code **}, variables such as {@code {model.name}} and
 * {@code {name=shelves/*}}, and a verb. Grammar: google/api/http.proto.
 */
final class PathTemplate {
    /** With the part of the grammar that {@code **} is the last segment, without which matching could take for ever. */
    private static final Pattern GRAMMAR = grammar();

    private static final Pattern VARIABLE = Pattern.compile("\\{([^={}]+)(?:=([^{}]*))?}");

    private final String source;
    private final String openApiPath;
    private final Pattern pattern;
    private final List<String> variables = new ArrayList<>();
    private final List<Boolean> manySegments = new ArrayList<>();
    private final int literals;

    /** @throws IllegalArgumentException if the template is malformed */
    PathTemplate(String source) {
        this.source = source;
        if (!GRAMMAR.matcher(source).matches()) {
            throw new IllegalArgumentException(
                    "path template '" + source
                            + "' (expected: segments after slashes, each a word, *, {name}, {name=words/*} or, as the last, **)");
        }
        StringBuilder regex = new StringBuilder();
        Matcher variable = VARIABLE.matcher(source);
        int end = 0;
        int literalCount = 0;
        while (variable.find()) {
            String literal = source.substring(end, variable.start());
            literalCount += literal.length();
            regex.append(segments(literal));
            String inner = variable.group(2) == null ? "*" : variable.group(2);
            literalCount += inner.replace("*", "").length();
            variables.add(variable.group(1));
            manySegments.add(inner.contains("**") || inner.contains("/"));
            regex.append('(').append(segments(inner)).append(')');
            end = variable.end();
        }
        String rest = source.substring(end);
        regex.append(segments(rest));
        literals = literalCount + rest.length();
        pattern = Pattern.compile(regex.toString());
        openApiPath = variable.replaceAll("{$1}");
    }

    private static Pattern grammar() {
        String word = "[^/*{}]+";
        String segment = "(?:\\*|" + word + ")";
        String field = "\\{[^={}/*]+";
        String variable = field + "(?:=" + segment + "(?:/" + segment + ")*)?}";
        String rest = field + "=(?:" + segment + "/)*\\*\\*}";
        return Pattern.compile("(?:/(?:" + segment + "|" + variable + "))*(?:/(?:\\*\\*|" + segment + "|" + variable
                + "|" + rest + "))(?::[^/*{}]+)?");
    }

    private static String segments(String text) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.startsWith("**", i)) {
                regex.append(".+");
                i++;
            } else if (text.charAt(i) == '*') {
                regex.append("[^/]+");
            } else {
                regex.append(Pattern.quote(String.valueOf(text.charAt(i))));
            }
        }
        return regex.toString();
    }

    /** The decoded values of the variables by field path, or null if the path is not of this form. */
    @Nullable
    Map<String, String> match(String rawPath) {
        Matcher matcher = pattern.matcher(rawPath);
        if (!matcher.matches()) {
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < variables.size(); i++) {
            String raw = matcher.group(i + 1).replace("+", "%2B");
            // In a value of many segments an escaped slash stays escaped: else it could not be told from a separator.
            String escaped = manySegments.get(i) ? raw.replaceAll("%2[Ff]", "%252F") : raw;
            values.put(variables.get(i), URLDecoder.decode(escaped, StandardCharsets.UTF_8));
        }
        return values;
    }

    List<String> variables() {
        return variables;
    }

    /** Number of literal characters: of two templates that match, the one with more is meant. */
    int literals() {
        return literals;
    }

    /** The path as OpenAPI writes it: variables without their patterns. */
    String openApiPath() {
        return openApiPath;
    }

    @Override
    public String toString() {
        return source;
    }
}
