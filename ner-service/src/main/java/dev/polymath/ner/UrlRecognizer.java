package dev.polymath.ner;

import com.google.common.net.InetAddresses;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;

/**
 * Web addresses: with a scheme (any host), or a bare host name in lower case under a top-level domain that exists. A bare
 * name that could be a file or two sentences ({@code readme.md}, {@code good.at}) counts only with {@code www.} or a path.
 * Punctuation that belongs to the sentence is left out; a closing bracket stays if it was opened in the address.
 */
final class UrlRecognizer implements Recognizer {
    private static final int LONGEST = 2_000;

    private static final String REST = "(?<rest>[/?#][^\\s<>\"“”«»]{0," + LONGEST + "}+)?";
    private static final TokenPattern WITH_SCHEME = new TokenPattern(
            TokenPattern.initials("hfw"),
            "(?<![\\p{L}\\p{N}])(?<scheme>(?i:https?|ftps?|wss?)://)"
                    + "(?<user>[\\w.~%-]{1,64}+(?::[\\w.~%-]{0,64}+)?@)?+"
                    + "(?<host>[\\p{L}\\p{N}][\\p{L}\\p{N}.-]{0,252}+|\\[[0-9A-Fa-f:.]{2,45}\\])(?<port>:\\d{1,5})?+"
                    + REST);
    private static final TokenPattern BARE = new TokenPattern(
            Character::isLetterOrDigit,
            "(?<![\\p{L}\\p{N}@./\\\\:_~-])"
                    + "(?<host>[\\p{L}\\p{N}][\\p{L}\\p{N}.-]{1,252}+)(?![@_])(?<port>:\\d{1,5}+)?" + REST);

    /** Top-level domains that end a file name, or begin a sentence after a missing space ({@code good.at all}). */
    private static final Set<String> AMBIGUOUS = Set.of(
            "am", "as", "at", "be", "cc", "do", "hk", "in", "is", "it", "md", "me", "mov", "my", "no", "pl", "pm", "ps",
            "py", "rs", "sh", "so", "st", "to", "ts", "us", "vi", "zip");

    @Override
    public String name() {
        return "url";
    }

    @Override
    public String type() {
        return "URL";
    }

    @Override
    public String description() {
        return "A web address. The value has the scheme and the host in lower case.";
    }

    @Override
    public String example() {
        return "See https://www.example.com/news?id=7 for more.";
    }

    @Override
    public double confidence() {
        return 0.99;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        WITH_SCHEME.find(text, match -> {
            String host = match.group("host");
            if (host.startsWith("[")
                    ? InetAddresses.isInetAddress(host.substring(1, host.length() - 1))
                    : plausible(host)) {
                add(
                        matches,
                        match,
                        match.group("scheme").toLowerCase(Locale.ROOT)
                                + (match.group("user") == null ? "" : match.group("user")));
            }
        });
        BARE.find(text, match -> {
            String host = HostName.trimmed(match.group("host"));
            String last = host.substring(host.lastIndexOf('.') + 1);
            boolean complete = host.length() == match.group("host").length();
            boolean path = complete && match.group("rest") != null;
            boolean www = host.regionMatches(true, 0, "www.", 0, 4);
            if (host.indexOf('.') > 0
                    && (www || host.equals(host.toLowerCase(Locale.ROOT)))
                    && (www || path || !AMBIGUOUS.contains(last))
                    && HostName.VALIDATOR.isValid(host)) {
                add(matches, match, "");
            }
        });
        return matches;
    }

    private static boolean plausible(String host) {
        String trimmed = HostName.trimmed(host);
        return trimmed.chars().allMatch(c -> c == '.' || Character.isDigit(c))
                ? InetAddresses.isInetAddress(trimmed)
                : !trimmed.isEmpty();
    }

    private static void add(List<Match> matches, Matcher match, String before) {
        String host = HostName.trimmed(match.group("host"));
        int end = match.start("host") + host.length();
        String rest = "";
        if (host.length() == match.group("host").length()) {
            String port = match.group("port");
            String path = match.group("rest");
            rest = (port == null ? "" : port) + (path == null ? "" : trimmed(path));
        }
        matches.add(
                new Match(match.start(), end + rest.length(), "", before + host.toLowerCase(Locale.ROOT) + rest, true));
    }

    private static String trimmed(String path) {
        int open = 0;
        int end = path.length();
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '(' || c == '[' || c == '{') {
                open++;
            } else if ((c == ')' || c == ']' || c == '}') && open-- == 0) {
                end = i;
                break;
            }
        }
        while (end > 1 && ".,;:!?'’‘*_…".indexOf(path.charAt(end - 1)) >= 0) {
            end--;
        }
        return path.substring(0, end);
    }
}
