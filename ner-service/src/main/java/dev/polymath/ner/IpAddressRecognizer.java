package dev.polymath.ner;

import com.google.common.net.InetAddresses;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Addresses of IP version 4 and 6. Four numbers after {@code version} or {@code v} are none. */
final class IpAddressRecognizer implements Recognizer {
    private static final String BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final TokenPattern V4 = new TokenPattern(
            TokenPattern.DIGIT,
            "(?<![\\w.:-])(?<!(?i:version|release)\\h)" + BYTE + "(?:\\." + BYTE + "){3}(?![\\w-])(?!\\.\\d)");
    private static final TokenPattern V6 = new TokenPattern(
            c -> c == ':' || Character.digit(c, 16) >= 0,
            "(?<![\\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:.]{2,45}+(?![\\w:])");

    @Override
    public String name() {
        return "ip_address";
    }

    @Override
    public String type() {
        return "IP_ADDRESS";
    }

    @Override
    public String description() {
        return "An address of the Internet Protocol. The value of IPV6 is the form of RFC 5952; the subtype is IPV4 or"
                + " IPV6.";
    }

    @Override
    public String example() {
        return "The server at 192.0.2.17 does not answer.";
    }

    @Override
    public double confidence() {
        return 0.98;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        V4.find(text, match -> matches.add(Match.validated(match, "IPV4", match.group())));
        V6.find(text, match -> {
            String address = trimmed(match.group());
            if (address.chars().anyMatch(Character::isDigit) && InetAddresses.isInetAddress(address)) {
                // toAddrString would write an IPv4-mapped address as IPv4
                String value = address.indexOf('.') >= 0
                        ? address.toLowerCase(Locale.ROOT)
                        : InetAddresses.toAddrString(InetAddresses.forString(address));
                matches.add(new Match(match.start(), match.start() + address.length(), "IPV6", value, true));
            }
        });
        return matches;
    }

    /** Without the punctuation of the sentence. */
    private static String trimmed(String address) {
        int end = address.length();
        while (end > 0
                && (address.charAt(end - 1) == '.'
                        || (address.charAt(end - 1) == ':' && !address.startsWith("::", end - 2)))) {
            end--;
        }
        return address.substring(0, end);
    }
}
