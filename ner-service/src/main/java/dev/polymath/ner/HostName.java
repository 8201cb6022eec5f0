package dev.polymath.ner;

import java.util.List;
import org.apache.commons.validator.routines.DomainValidator;

/** Domain names under a top-level domain that exists, is reserved for examples (RFC 2606) or for private networks. */
final class HostName {
    static final DomainValidator VALIDATOR = DomainValidator.getInstance(
            false,
            List.of(new DomainValidator.Item(
                    DomainValidator.ArrayType.GENERIC_PLUS, new String[] {"example", "internal", "local", "test"})));

    private HostName() {}

    /** Without the dots and hyphens at its end that belong to the sentence. */
    static String trimmed(String host) {
        int end = host.length();
        while (end > 0 && (host.charAt(end - 1) == '.' || host.charAt(end - 1) == '-')) {
            end--;
        }
        int dots = host.indexOf("..");
        return host.substring(0, dots >= 0 && dots < end ? dots : end);
    }
}
