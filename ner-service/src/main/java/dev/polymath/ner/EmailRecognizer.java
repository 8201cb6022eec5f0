package dev.polymath.ner;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.validator.routines.EmailValidator;

/** E-mail addresses whose host is a {@link HostName} that can exist. */
final class EmailRecognizer implements Recognizer {
    // at most 64 characters before the @ (RFC 5321) and 253 after
    private static final TokenPattern PATTERN = new TokenPattern(
            c -> Character.isLetterOrDigit(c) || "_+%&'".indexOf(c) >= 0,
            "(?<![\\p{L}\\p{N}._%+'-])(?<local>[\\p{L}\\p{N}_+%&'][\\p{L}\\p{N}._%+&'-]{0,63}+)(?<=[^.])@"
                    + "(?<host>[\\p{L}\\p{N}](?:[\\p{L}\\p{N}.-]{0,251}+)(?<=[\\p{L}\\p{N}.-]))");

    private static final EmailValidator VALIDATOR = new EmailValidator(false, false, HostName.VALIDATOR);

    @Override
    public String name() {
        return "email";
    }

    @Override
    public String type() {
        return "EMAIL";
    }

    @Override
    public String description() {
        return "An e-mail address. The value has the host in lower case.";
    }

    @Override
    public String example() {
        return "Write to jane.doe@example.com for details.";
    }

    @Override
    public double confidence() {
        return 0.99;
    }

    @Override
    public List<Match> find(String text, Locale locale) {
        List<Match> matches = new ArrayList<>();
        if (text.indexOf('@') < 0) {
            return matches;
        }
        PATTERN.find(text, match -> {
            int begin = match.start();
            String local = match.group("local");
            while (local.startsWith("'")) {
                local = local.substring(1);
                begin++;
            }
            String host = HostName.trimmed(match.group("host"));
            if (VALIDATOR.isValid(local + "@" + host)) {
                matches.add(new Match(
                        begin,
                        match.start("host") + host.length(),
                        "",
                        local + "@" + host.toLowerCase(Locale.ROOT),
                        true));
            }
        });
        return matches;
    }
}
