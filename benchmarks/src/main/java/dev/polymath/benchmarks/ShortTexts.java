package dev.polymath.benchmarks;

import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Made-up messages to a company, about 25 words each, on twelve topics; every twentieth nearly repeats the one before. Of 150 million
 * that there may be, two others hardly share more than half of their words.
 */
final class ShortTexts {
    private static final String[][] TOPICS = {
        {"parcel", "courier", "delivery", "box", "tracking number", "depot", "signature", "label", "neighbour", "driver"
        },
        {"invoice", "refund", "amount", "bill", "bank transfer", "discount", "tax", "reminder", "receipt", "credit card"
        },
        {"password", "login", "account", "code", "email address", "profile", "app", "session", "captcha", "device"},
        {"flight", "airport", "luggage", "gate", "boarding pass", "seat", "crew", "connection", "visa", "voucher"},
        {"roof", "water damage", "claim", "repair", "storm", "policy", "cellar", "expert", "gutter", "estimate"},
        {"phone", "battery", "screen", "charger", "camera", "speaker", "update", "warranty", "case", "SIM card"},
        {"hotel", "room", "breakfast", "reception", "shower", "key card", "lift", "pool", "minibar", "air conditioning"
        },
        {"subscription", "contract", "notice", "magazine", "trial", "renewal", "fee", "newsletter", "issue", "gift"},
        {
            "doctor",
            "appointment",
            "prescription",
            "pharmacy",
            "nurse",
            "vaccine",
            "report",
            "surgery",
            "referral",
            "form"
        },
        {
            "train",
            "ticket",
            "platform",
            "conductor",
            "carriage",
            "timetable",
            "station",
            "reservation",
            "bicycle",
            "fare"
        },
        {"garden chair", "colour", "screws", "manual", "cushion", "table", "varnish", "parasol", "leg", "wood"},
        {"internet", "router", "outage", "technician", "cable", "speed", "socket", "tariff", "signal", "telephone line"}
    };
    private static final String[] WHAT = {
        "The %s never came",
        "I still have trouble with the %s",
        "Somebody has mixed up the %s",
        "Thank you for sorting out the %s so quickly",
        "My %s is broken once more",
        "There was nothing about the %s in your letter",
        "You promised me another %s",
        "The %s is much better than I expected",
        "We could not find the %s anywhere",
        "They took the %s away without a word",
        "I paid twice for the %s",
        "Your colleague was very kind about the %s"
    };
    private static final String[] AND = {
        "and now the %s is missing too",
        "although the %s had been checked before",
        "so I had to do without the %s",
        "and the %s works like a charm",
        "but nobody knows what to do with the %s",
        "because the %s does not fit",
        "and what about the %s",
        "while the %s was changed without asking me",
        "and the %s looks worse than on the picture",
        "since then the %s has been fine",
        "even if the %s was late",
        "and I would rather keep the %s"
    };
    private static final String[] WHEN = {
        "on Monday morning", "for three weeks now", "just before my holiday", "since the beginning of March",
        "when I was at work", "during the night", "for the second time this year", "after the bank holiday",
        "in front of all our guests", "at the shop in Harbour Street", "on my birthday", "the day before yesterday",
        "while my parents were visiting", "without any warning", "shortly after midnight", "in the middle of winter",
        "as I told you in August", "at half past seven", "during the school holidays", "after an hour on hold",
        "before the guarantee ran out", "on the way to Bristol", "in spite of your letter", "last autumn",
        "right after I had moved house", "from one day to the next", "between two meetings", "on a public holiday",
        "as soon as it rained", "over the weekend"
    };
    private static final String[] WISH = {
        "Please call me back this week",
        "I want my money back",
        "That made my day",
        "Could you send a new one",
        "Who is responsible for this",
        "I shall tell my friends about you",
        "Do not bother to reply",
        "My lawyer will write to you",
        "Is there anything else that I need to do",
        "Keep up the good work",
        "I expect an answer by Friday",
        "It would be nice to hear an apology",
        "Let me know how much it costs",
        "Please close the matter",
        "Next time I shall go elsewhere",
        "You have been a great help",
        "Where can I complain",
        "I am attaching three photographs",
        "Please speak to my wife instead",
        "How long will it take",
        "I would like to change to another plan",
        "This cannot go on",
        "Many thanks to your team in Leeds",
        "I have lost all patience",
        "Could we meet at your office",
        "Please confirm that in writing",
        "The rest is up to you",
        "I am happy to pay the difference",
        "Has anybody read my last message",
        "Five stars from me"
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
            String[] topic = pick(TOPICS, random);
            last[0] = pick(WHAT, random).formatted(pick(topic, random)) + " " + pick(WHEN, random) + ", "
                    + pick(AND, random).formatted(pick(topic, random)) + ". " + pick(WISH, random) + ".";
            return last[0];
        });
    }

    private static <T> T pick(T[] values, Random random) {
        return values[random.nextInt(values.length)];
    }
}
