package dev.polymath.benchmarks;

import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Made-up short messages to a company, about ten words each, on twelve topics; every twentieth nearly repeats the one before. */
final class ShortTexts {
    private static final String[][] TOPICS = {
        {"parcel", "courier", "delivery", "late", "box"},
        {"invoice", "charged twice", "refund", "amount", "bill"},
        {"password", "login", "account", "locked", "code"},
        {"flight", "cancelled", "airport", "luggage", "gate"},
        {"roof", "water damage", "insurance claim", "repair", "storm"},
        {"phone", "battery", "screen", "charger", "broken"},
        {"hotel", "room", "breakfast", "noise", "reception"},
        {"subscription", "cancel", "contract", "renewed", "notice"},
        {"doctor", "appointment", "prescription", "pharmacy", "waiting time"},
        {"train", "ticket", "delay", "platform", "conductor"},
        {"garden chair", "colour", "delivered", "screws", "manual"},
        {"internet", "router", "outage", "technician", "speed"}
    };
    private static final String[] FRAMES = {
        "The %s is a problem again because of the %s, order %s.",
        "I ask you about the %s and the %s since %s.",
        "Nobody answers me about my %s, the %s was wrong, reference %s.",
        "Thank you, the %s and also the %s are fine now, %s.",
        "Why is the %s not as agreed and the %s missing, case %s?"
    };

    private ShortTexts() {}

    /** The same seed gives the same texts; made one by one. */
    static Stream<String> generate(int size, long seed) {
        Random random = new Random(seed);
        String[] last = {""};
        return IntStream.range(0, size).mapToObj(i -> {
            if (i % 20 == 19) {
                return last[0] + " Again!";
            }
            String[] topic = TOPICS[random.nextInt(TOPICS.length)];
            last[0] = String.format(
                    FRAMES[random.nextInt(FRAMES.length)],
                    topic[random.nextInt(topic.length)],
                    topic[random.nextInt(topic.length)],
                    Integer.toString(random.nextInt(1_000_000_000), 36));
            return last[0];
        });
    }
}
