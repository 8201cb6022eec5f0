package dev.polymath.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What clients have used, as metrics by client and gRPC service. Thread-safe. */
final class Ledger {
    /** So many clients have a name in the metrics; those that come later are counted together. */
    static final int MAX_CLIENTS = 500;

    private static final String OTHER = "other";
    private static final String NOBODY = "-";

    private final MeterRegistry meters;
    private final Set<String> named = ConcurrentHashMap.newKeySet();

    Ledger(MeterRegistry meters) {
        this.meters = meters;
    }

    /** A call that began. */
    void request(String client, String service) {
        add("polymath.usage.requests", "Calls that were let through to a service", client, service, 1);
    }

    /** What a message had in it that went on to the service. */
    void used(Amount amount, String client, String service) {
        if (amount.characters() > 0) {
            add(
                    "polymath.usage.characters",
                    "Characters of texts that went on to a service",
                    client,
                    service,
                    amount.characters());
        }
        if (amount.images() > 0) {
            add("polymath.usage.images", "Images that went on to a service", client, service, amount.images());
        }
    }

    /** A call that was refused, or ended, by a limit. */
    void refused(Limit limit, String client, String service) {
        Counter.builder("polymath.usage.refused")
                .description("Calls that a quota refused or ended, by the limit")
                .tags("client", label(client), "service", service, "limit", limit.key)
                .register(meters)
                .increment();
    }

    private void add(String name, String description, String client, String service, double amount) {
        Counter.builder(name)
                .description(description)
                .tags("client", label(client), "service", service)
                .register(meters)
                .increment(amount);
    }

    private String label(String client) {
        if (client.isEmpty()) {
            return NOBODY;
        }
        if (named.contains(client)) {
            return client;
        }
        if (named.size() >= MAX_CLIENTS || !CallLog.isSane(client)) {
            return OTHER;
        }
        named.add(client);
        return client;
    }
}
