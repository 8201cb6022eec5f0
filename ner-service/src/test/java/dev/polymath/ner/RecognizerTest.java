package dev.polymath.ner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables: the text, and what is found in it as {@code text=value/subtype}, separated by {@code ;}. */
class RecognizerTest {
    private static void check(Recognizer recognizer, String languageTag, String text, String expected) {
        List<String> lines = expected == null
                ? List.of()
                : Arrays.stream(expected.split(";")).map(String::strip).toList();
        assertThat(FakeModel.found(recognizer, languageTag, text.replace("\\n", "\n")))
                .containsExactlyElementsOf(lines);
    }

    static Stream<Recognizer> standard() {
        return Recognizer.standard().stream();
    }

    @ParameterizedTest
    @MethodSource("standard")
    void exampleIsRecognizedWithTheListedConfidence(Recognizer recognizer) {
        List<Entity> entities = new FakeModel().entities("en", recognizer.example());

        assertThat(entities).anySatisfy(entity -> {
            assertThat(entity.type()).isEqualTo(recognizer.type());
            assertThat(entity.recognizer()).isEqualTo(recognizer.name());
            assertThat(entity.confidence()).isEqualTo(recognizer.confidence());
            assertThat(recognizer.example().substring(entity.begin(), entity.end()))
                    .isEqualTo(entity.text());
        });
    }

    @Test
    void namesAndTypesAreUnique() {
        assertThat(standard().map(Recognizer::name)).doesNotHaveDuplicates();
        assertThat(standard().map(Recognizer::type)).doesNotHaveDuplicates().allMatch(type -> type.matches("[A-Z_]+"));
        assertThat(standard().map(Recognizer::confidence)).allMatch(confidence -> confidence > 0 && confidence <= 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            signed on Nov. 3, 2025 in Rome        | Nov. 3, 2025=2025-11-03/DAY
            signed on 3 November 2025.            | 3 November 2025=2025-11-03/DAY
            2025-11-03                            | 2025-11-03=2025-11-03/DAY
            at 2025-11-03T10:30:00Z today         | 2025-11-03T10:30:00Z=2025-11-03T10:30:00Z/DATE_TIME
            due 11/03/2025.                       | 11/03/2025=2025-11-03/DAY
            due 13/11/2025.                       | 13/11/2025=2025-11-13/DAY
            due 03.11.2025                        | 03.11.2025=2025-11-03/DAY
            due 3-Nov-2025                        | 3-Nov-2025=2025-11-03/DAY
            on 1/2/49 and 1/2/50                  | 1/2/49=2049-01-02/DAY; 1/2/50=1950-01-02/DAY
            NOVEMBER 3, 2025                      | NOVEMBER 3, 2025=2025-11-03/DAY
            on Monday, 3 November 2025            | Monday, 3 November 2025=2025-11-03/DAY
            on Tuesday, 3 November 2025           | Tuesday/WEEKDAY; 3 November 2025=2025-11-03/DAY
            the 3rd of March                      | the 3rd of March=--03-03/DAY
            on May 5th we met                     | May 5th=--05-05/DAY
            29 February 2024                      | 29 February 2024=2024-02-29/DAY
            29 February 2023                      | February 2023=2023-02/MONTH
            on 2025-02-30 and 31/31/2025          |
            March 3–5, 2026                       | March 3–5, 2026=2026-03-03/2026-03-05/RANGE
            in November 2025                      | November 2025=2025-11/MONTH
            in 2024, sales                        | 2024=2024/YEAR
            in 2024 sales rose                    | 2024=2024/YEAR
            in 1600 cases                         |
            since 1871                            | 1871=1871/YEAR
            (Smith 2019) and Jones (2020)         | 2020=2020/YEAR
            from 1998 to 2001                     | 1998 to 2001=1998/2001/RANGE
            the 2024/25 season                    | 2024/25=2024/2025/RANGE
            2024/26 is none                       |
            the 1990s and the '80s                | 1990s=1990/1999/RANGE; '80s=1980/1989/RANGE
            in Q3 2024                            | Q3 2024=2024-07/2024-09/RANGE
            the 19th century                      | 19th century=1801/1900/RANGE
            last Tuesday, on Friday               | last Tuesday/WEEKDAY; Friday/WEEKDAY
            in May they may march in march        | May=--05/MONTH
            they march 5 miles and may 3 times    |
            1,500 units, 2000 people, 1998-2001   |
            version 1.2.3, 10.11.12, 12/13        |
            file 2025-11-033, A2025-11-03         |
            """)
    void dates(String text, String expected) {
        check(new DateRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource({"en-US,2025-11-03", "en-GB,2025-03-11", "de,2025-03-11", "en-PH,2025-11-03", "en,2025-11-03"})
    void regionDecidesWhetherTheMonthComesFirst(String languageTag, String value) {
        check(new DateRecognizer(), languageTag, "on 11/03/2025", "11/03/2025=" + value + "/DAY");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            at 10:30 and 9:05                 | 10:30=10:30; 9:05=09:05
            at 10.30 pm or 10.30              | 10.30 pm=22:30
            at 3 p.m. or 3pm or 3 PM          | 3 p.m.=15:00; 3pm=15:00; 3 PM=15:00
            12 a.m., 12 p.m., 12:30 a.m.      | 12 a.m.=00:00; 12 p.m.=12:00; 12:30 a.m.=00:30
            14:05:09Z                         | 14:05:09Z=14:05:09Z
            10:30 UTC, 10:30+02:00            | 10:30 UTC=10:30Z; 10:30+02:00=10:30+02:00
            10:30:45.123-0500                 | 10:30:45.123-0500=10:30:45.123-05:00
            10:30-11:00                       | 10:30=10:30; 11:00=11:00
            noon to midnight                  | noon=12:00; midnight=00:00
            24:00                             | 24:00=24:00
            25:00, 24:01, 10:60, 13 pm, 0 am  |
            3:2, 1:2:3, 10:30:99, 5.10:30     |
            I am 5 and 7 are                  |
            (GMT-08:00)                       |
            """)
    void times(String text, String expected) {
        check(new TimeRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            en    | for $3.5 billion.              | $3.5 billion=3500000000.00 USD/USD
            en    | costs €12,50                   | €12,50=12.50 EUR/EUR
            en    | 12.50 EUR; 5 €                 | 12.50 EUR=12.50 EUR/EUR; 5 €=5.00 EUR/EUR
            en    | five million dollars           | five million dollars=5000000.00 USD/USD
            en    | GBP 3m and £3k                 | GBP 3m=3000000.00 GBP/GBP; £3k=3000.00 GBP/GBP
            en    | £1,234.56 and ¥5000            | £1,234.56=1234.56 GBP/GBP; ¥5000=5000 JPY/JPY
            en    | -$5.25                         | -$5.25=-5.25 USD/USD
            en    | a $5-million deal              | $5-million=5000000.00 USD/USD
            en    | two hundred and fifty euros    | two hundred and fifty euros=250.00 EUR/EUR
            en    | a million dollars              | a million dollars=1000000.00 USD/USD
            en    | 50 cents, 20 pence             | 50 cents=0.50 USD/USD; 20 pence=0.20 GBP/GBP
            en    | C$4, R$ 20, HK$10.50           | C$4=4.00 CAD/CAD; R$ 20=20.00 BRL/BRL; HK$10.50=10.50 HKD/HKD
            en    | $50 CAD                        | $50 CAD=50.00 CAD/CAD
            en-CA | $50 and fifty dollars          | $50=50.00 CAD/CAD; fifty dollars=50.00 CAD/CAD
            en    | 1.234,56 EUR; CHF 1'234.50     | 1.234,56 EUR=1234.56 EUR/EUR; CHF 1'234.50=1234.50 CHF/CHF
            en    | 1.234 EUR                      | 1.234 EUR=1.234 EUR/EUR
            de    | 1.234 EUR                      | 1.234 EUR=1234.00 EUR/EUR
            en    | 5 Swiss francs                 | 5 Swiss francs=5.00 CHF/CHF
            en    | ten pounds sterling            | ten pounds sterling=10.00 GBP/GBP
            en    | ten pounds                     |
            en-GB | ten pounds                     | ten pounds=10.00 GBP/GBP
            en-GB | ten pounds of flour            |
            en    | ALL 50 states, the TOP 10      |
            en    | $, US$, 5, ABC 5, 5 ABC        |
            en    | one two dollars                |
            """)
    void money(String languageTag, String text, String expected) {
        check(new MoneyRecognizer(), languageTag, text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            by 12.5% and 12 %             | 12.5%=0.125; 12 %=0.12
            12 per cent, a 3-percent rise | 12 per cent=0.12; 3-percent=0.03
            five percent                  | five percent=0.05
            twenty-five per cent          | twenty-five per cent=0.25
            100%, 1,000%                  | 100%=1; 1,000%=10
            -3%, 3-5%                     | -3%=-0.03; 5%=0.05
            0.5 ‰                         | 0.5 ‰=0.0005
            0%                            | 0%=0
            2 percentage points, a%20b    |
            """)
    void percents(String text, String expected) {
        check(new PercentRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            5 km and 10kg                | 5 km=5 km/LENGTH; 10kg=10 kg/MASS
            a 3.5 GHz clock              | 3.5 GHz=3.5 GHz/FREQUENCY
            20 °C or -5 °C               | 20 °C=20 °C/TEMPERATURE; -5 °C=-5 °C/TEMPERATURE
            six feet, six-foot           | six feet=6 ft/LENGTH; six-foot=6 ft/LENGTH
            1,000 square metres          | 1,000 square metres=1000 m²/AREA
            100 km², 60 km/h             | 100 km²=100 km²/AREA; 60 km/h=60 km/h/SPEED
            500 MB, 3 megabytes          | 500 MB=500 MB/DATA; 3 megabytes=3 MB/DATA
            3 million barrels            | 3 million barrels=3000000 bbl/VOLUME
            two hundred and ten pounds   | two hundred and ten pounds=210 lb/MASS
            5 minutes, two-year          | 5 minutes=5 min/DURATION; two-year=2 yr/DURATION
            5 in the morning, 3 A, 4K    |
            5 kmx, x5 km, 5 mbps         |
            Title 18 Sec. 1302            |
            """)
    void quantities(String text, String expected) {
        check(new QuantityRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            Mail jane.doe@example.com.           | jane.doe@example.com=jane.doe@example.com
            Jane+x@Mail.Example.COM!             | Jane+x@Mail.Example.COM=Jane+x@mail.example.com
            <a@b.co>, 'x@y.org'; mailto:q@z.net  | a@b.co=a@b.co; x@y.org=x@y.org; q@z.net=q@z.net
            u@sub.domain.co.uk                   | u@sub.domain.co.uk=u@sub.domain.co.uk
            a@b, x@y.nosuchtld, @example.com     |
            a..b@example.com, .@example.com      |
            """)
    void emails(String text, String expected) {
        check(new EmailRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            See https://www.Example.com/A?q=1.    | https://www.Example.com/A?q=1=https://www.example.com/A?q=1
            (http://x.org/wiki/Java_(lang)), ok   | http://x.org/wiki/Java_(lang)=http://x.org/wiki/Java_(lang)
            www.example.org, example.com!         | www.example.org=www.example.org; example.com=example.com
            HTTP://LOCALHOST:8080/x               | HTTP://LOCALHOST:8080/x=http://localhost:8080/x
            http://[::1]:80/ ftp://192.0.2.1/a    | http://[::1]:80/=http://[::1]:80/; ftp://192.0.2.1/a=ftp://192.0.2.1/a
            "https://example.com", x              | https://example.com=https://example.com
            github.com/a/b; rust.rs/book          | github.com/a/b=github.com/a/b; rust.rs/book=rust.rs/book
            readme.md, run.sh, end.It was, a.b    |
            not taste good.at all, so.it goes      |
            e.g. this, i.e. that, U.S., 3.5, a.m. |
            jane@example.com, Amazon.com          |
            http://1.2.3.4.5/ http://             |
            """)
    void urls(String text, String expected) {
        check(new UrlRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            at 192.168.0.1.               | 192.168.0.1=192.168.0.1/IPV4
            8.8.8.8:53, 10.0.0.0/8        | 8.8.8.8=8.8.8.8/IPV4; 10.0.0.0=10.0.0.0/IPV4
            2001:DB8:0:0:0:0:0:1          | 2001:DB8:0:0:0:0:0:1=2001:db8::1/IPV6
            ::1, fe80::1: up              | ::1=::1/IPV6; fe80::1=fe80::1/IPV6
            ::ffff:192.0.2.1.             | ::ffff:192.0.2.1=::ffff:192.0.2.1/IPV6
            10.0.0.256, 1.2.3.4.5, 1.2.3  |
            version 1.2.3.4, v1.2.3.4     |
            std::vector, a::b, ::         |
            10:30:45, 00:1A:2B:3C:4D:5E   |
            """)
    void ipAddresses(String text, String expected) {
        check(new IpAddressRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            en    | Call +1 650-253-0000.              | +1 650-253-0000=+16502530000/FIXED_LINE_OR_MOBILE
            en    | (650) 253-0000 or +49 30 1234567   | (650) 253-0000=+16502530000/FIXED_LINE_OR_MOBILE; +49 30 1234567=+49301234567/FIXED_LINE
            en-GB | 020 7946 0958, 07911 123456        | 020 7946 0958=+442079460958/FIXED_LINE; 07911 123456=+447911123456/MOBILE
            de    | Tel. 030/1234567                   | 030/1234567=+49301234567/FIXED_LINE
            en    | pager (888.916.7184), call           | 888.916.7184=+18889167184/TOLL_FREE
            en    | 020 7946 0958                      |
            en    | 2025-11-03, 1234567890, 555-1234   |
            en    | +1 650-253-00000000                |
            """)
    void phoneNumbers(String languageTag, String text, String expected) {
        check(new PhoneNumberRecognizer(), languageTag, text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            en    | London NW1 6XE; SW1A 1AA               | NW1 6XE=NW1 6XE/GB; SW1A 1AA=SW1A 1AA/GB
            en    | Ottawa K1A 0B1                         | K1A 0B1=K1A 0B1/CA
            en    | New York, NY 10001                     | 10001=10001/US
            en    | Springfield, Illinois 62704-1234.      | 62704-1234=62704-1234/US
            en    | Sydney NSW 2000                        | 2000=2000/AU
            en    | ZIP code 94105, postcode: 2000         | 94105=94105/US; 2000=2000
            en-GB | postcode sw1a1aa                       | sw1a1aa=SW1A 1AA/GB
            en    | D-10115 Berlin, CH-8001 Zürich         | 10115=10115/DE; 8001=8001/CH
            en    | Hauptstraße 5, 10115 Berlin            | 10115=10115
            en    | Hauptstraße 5, 10115 Berlin, Germany   | 10115=10115/DE
            en    | Hauptstraße 5, 10115 Berlin. Or not    | 10115=10115
            en    | 1010 Wien, Austria                     | 1010=1010/AT
            de    | Jo Doe\\n10115 Berlin\\nTel.           | 10115=10115/DE
            fr    | 12 rue de Rivoli, 75001 Paris          | 75001=75001/FR
            de-AT | 1010 Wien                              | 1010=1010/AT
            nl    | Dam 1\\n1012 JS Amsterdam              | 1012 JS=1012 JS/NL
            en    | 1010 Things To Do                      |
            en    | 25000 Americans, 12345, about 10001    |
            en    | In 2020, 25000 Americans, and more     |
            en    | 10115 Berliners voted. IN 2024         |
            en    | D-00000 Nowhere, AB1 2CDE, ZZ1 1ZZ     |
            """)
    void postalCodes(String languageTag, String text, String expected) {
        check(new PostalCodeRecognizer(), languageTag, text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            at 12 Baker Street in London          | 12 Baker Street
            221b Baker St., London                | 221b Baker St.
            1600 Pennsylvania Avenue NW, DC       | 1600 Pennsylvania Avenue NW
            45 West 34th Street                   | 45 West 34th Street
            Hauptstraße 5, Berlin                 | Hauptstraße 5
            Lange Straße 12a, Kölner Str. 7       | Lange Straße 12a; Kölner Str. 7
            12 rue de Rivoli, Paris               | 12 rue de Rivoli
            12 Rue Lepic, 5 Place de la Bourse    | 12 Rue Lepic; 5 Place de la Bourse
            12 Place Settings, 3 Avenue Q Songs   |
            Baker Street, 5 streets, Wall Street  |
            $5 Main Street, 3 ways                |
            PO Box 27 Cedar Lane                  |
            On Jan. 31, Oregon Federal Court      |
            """)
    void streetAddresses(String text, String expected) {
        check(new StreetAddressRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            DE89 3704 0044 0532 0130 00.              | DE89 3704 0044 0532 0130 00=DE89370400440532013000/DE
            DE89370400440532013000 BIC COBADEFF       | DE89370400440532013000=DE89370400440532013000/DE
            GB82 WEST 1234 5698 7654 32               | GB82 WEST 1234 5698 7654 32=GB82WEST12345698765432/GB
            de89-3704-0044-0532-0130-00               | de89-3704-0044-0532-0130-00=DE89370400440532013000/DE
            FR14 2004 1010 0505 0001 3M02 606         | FR14 2004 1010 0505 0001 3M02 606=FR1420041010050500013M02606/FR
            DE89 3704 0044 0532 0130 01               |
            DE89 3704 0044 0532 0130                  |
            DE893704004405320130009, XX89370400440532 |
            XDE89370400440532013000                   |
            """)
    void ibans(String text, String expected) {
        check(new IbanRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            4111 1111 1111 1111, ok        | 4111 1111 1111 1111=4111111111111111/VISA
            4111111111111111 exp 01/30     | 4111111111111111=4111111111111111/VISA
            5555-5555-5555-4444            | 5555-5555-5555-4444=5555555555554444/MASTERCARD
            2223003122003222               | 2223003122003222=2223003122003222/MASTERCARD
            3782 822463 10005              | 3782 822463 10005=378282246310005/AMERICAN_EXPRESS
            6011111111111117               | 6011111111111117=6011111111111117/DISCOVER
            30569309025904                 | 30569309025904=30569309025904/DINERS_CLUB
            3530111333300000               | 3530111333300000=3530111333300000/JCB
            4111 1111 1111 1112            |
            4111 1111-1111 1111            |
            9111111111111111, 0000000000000000 |
            41111111111111111111111, A4111111111111111 |
            """)
    void creditCards(String text, String expected) {
        check(new CreditCardRecognizer(), "en", text, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            DATE         | en    | 3 November 2025        | 2025-11-03
            DATE         | en-GB | 11/03/2025             | 2025-03-11
            DATE         | en    | some day               |
            DATE         | en    | 3 November 2025, Rome  |
            PHONE_NUMBER | en    | +49 30 1234567         | +49301234567
            PHONE_NUMBER | de    | 030 1234567            | +49301234567
            PHONE_NUMBER | en    | 12                     |
            POSTAL_CODE  | de    | 10115                  | 10115
            POSTAL_CODE  | en    | nw16xe                 | NW1 6XE
            IBAN         | en    | de89370400440532013000 | DE89370400440532013000
            MONEY        | en    | $5                     | 5.00 USD
            """)
    void normalFormIsOfTheWholeText(String type, String languageTag, String text, String expected) {
        EntityRecognizer recognizer = new EntityRecognizer(new FakeModel(), List.of(), Recognizer.standard());

        assertThat(recognizer
                        .normalize(type, text, Locale.forLanguageTag(languageTag))
                        .orElse(null))
                .isEqualTo(expected);
    }

    /** Five letters of two UTF-16 units each before, so that positions in another unit would show. */
    @ParameterizedTest
    @MethodSource("standard")
    void positionsAreUtf16(Recognizer recognizer) {
        String before = "\uD835\uDD38".repeat(5) + " \uD83D\uDE00 e\u0301, ";

        List<Match> matches = recognizer.find(before + recognizer.example(), Locale.US);

        assertThat(matches).isNotEmpty();
        for (Match match : recognizer.find(recognizer.example(), Locale.US)) {
            assertThat(matches)
                    .contains(new Match(
                            match.begin() + before.length(),
                            match.end() + before.length(),
                            match.subtype(),
                            match.value(),
                            match.validated()));
        }
    }
}
