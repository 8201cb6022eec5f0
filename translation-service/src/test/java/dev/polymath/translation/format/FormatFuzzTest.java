package dev.polymath.translation.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jsoup.parser.Parser;

/** Texts of pieces that mean something to one of the formats; docs/fuzzing.md says how to try more. */
public class FormatFuzzTest {
    private static final Pattern TAG = Pattern.compile("</?[a-z][a-z0-9]*");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{[0-9]}");

    @Provide
    Arbitrary<String> texts() {
        return pieces(
                "Hello world",
                "a",
                " ",
                "\n",
                "\r\n",
                "\t",
                "\\",
                "'",
                "\"",
                "{",
                "}",
                "{0}",
                "{1,number}",
                "{0, plural, one{# file} other{# files}}",
                "<",
                ">",
                "&",
                "&amp;",
                "&#x41;",
                "&nbsp;",
                "<b>",
                "</b>",
                "<br>",
                "<p>",
                "</p>",
                "<script>",
                "</script>",
                "<title>",
                "<textarea>",
                "</title",
                "<!--",
                "-->",
                "<img alt=\"x\">",
                "<![CDATA[",
                "]]>",
                "#",
                "# ",
                "!",
                "=",
                ":",
                "key = ",
                "- ",
                "1. ",
                "* ",
                "**",
                "_",
                "`",
                "```\n",
                "[a](b)",
                "![",
                "](",
                ")",
                "|",
                "| a | b |\n|---|---|\n",
                "---\n",
                "> ",
                "1\n00:00:01,000 --> 00:00:02,000\n",
                "WEBVTT\n\n",
                "00:01.000 --> 00:02.000\n",
                "{\\an8}",
                "\\u0041",
                "\\u00",
                "\uD83D\uDE00",
                "\u00E9",
                "e\u0301",
                "\u4F60\u597D",
                "\uD800",
                "\u0000",
                "\u200B",
                "\uE000",
                "https://example.com/a?b=c",
                "%s",
                "%1$d",
                "${x}");
    }

    @Provide
    Arbitrary<String> properties() {
        return pieces(
                "a",
                "b c",
                "key",
                "=",
                " = ",
                ":",
                " ",
                "\t",
                "\n",
                "\r\n",
                "# comment\n",
                "! comment\n",
                "\\n",
                "\\t",
                "\\\\",
                "\\\n  ",
                "\\:",
                "\\=",
                "\\ ",
                "\\u00e9",
                "{0}",
                "{1}",
                "''",
                "It''s",
                "{0, plural, one{# file} other{# files}}",
                "{0,choice,0#none|1#one}",
                "100 %",
                "\u00E9",
                "\uD83D\uDE00");
    }

    @Provide
    Arbitrary<String> html() {
        return pieces(
                "Hello",
                " ",
                "\n",
                "It is late.",
                "<p>",
                "</p>",
                "<b>",
                "</b>",
                "<i>",
                "</i>",
                "<br>",
                "<br/>",
                "<ul>",
                "<li>",
                "</li>",
                "</ul>",
                "<a href=\"x?a=1&amp;b=2\">",
                "</a>",
                "<img src='a.png'>",
                "<span class=x>",
                "</span>",
                "<code>x &lt; y</code>",
                "<!-- no -->",
                "<script>if (a < b) {}</script>",
                "<style>b {}</style>",
                "&amp;",
                "&lt;",
                "&eacute;",
                "&",
                "\u00E9",
                "<input value=\"1\">",
                "<table>",
                "<tr>",
                "<td>",
                "</td>",
                "</tr>",
                "</table>");
    }

    private static Arbitrary<String> pieces(String... pieces) {
        return Arbitraries.of(pieces).list().ofMaxSize(30).map(all -> String.join("", all));
    }

    private static TranslatableText read(TextFormat format, String source) {
        try {
            return format.read(source);
        } catch (MalformedTextException e) {
            assertThat(e.getMessage()).isNotBlank();
            Assume.that(false);
            throw e;
        }
    }

    private static String same(TranslatableText text) {
        return text.render(i -> text.units().get(i).text());
    }

    private static String upper(TranslatableText text) {
        return text.render(i -> text.units().get(i).text().toUpperCase(Locale.ROOT));
    }

    @Property(seed = "1")
    void anyTextIsReadAndWrittenOrMalformed(@ForAll DocumentKind kind, @ForAll("texts") String source)
            throws IOException {
        check(kind, source);
    }

    /** Any text after the first byte, which chooses the format: see {@link #check}. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length > 0) {
            DocumentKind kind = DocumentKind.values()[(input[0] & 0xFF) % DocumentKind.values().length];
            check(kind, new String(input, 1, input.length - 1, StandardCharsets.UTF_8));
        }
    }

    /**
     * A text is malformed, or it is the same if it is not translated: but for characters that are written as entities, or no longer
     * are. Of properties the values are the same, but for apostrophes, which are doubled in a message format.
     */
    private static void check(DocumentKind kind, String source) throws IOException {
        TranslatableText text;
        try {
            text = kind.format().read(source);
        } catch (MalformedTextException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(text.units()).allSatisfy(unit -> assertThat(unit.begin()).isLessThanOrEqualTo(unit.end()));
        String same = same(text);
        assertThat(text.render(0, source.length(), i -> text.units().get(i).text()))
                .isEqualTo(same);
        if (kind == DocumentKind.PROPERTIES) {
            assertThat(withoutApostrophes(load(same))).isEqualTo(withoutApostrophes(load(source)));
        } else {
            // "&ampx" is "&x" in a text, and itself in an attribute
            assertThat(unescaped(same).equals(unescaped(source))
                            || unescaped(same.replace("&amp;", "&")).equals(unescaped(source.replace("&amp;", "&"))))
                    .as("%s, which was %s", same, source)
                    .isTrue();
        }
    }

    private static String unescaped(String text) {
        return Parser.unescapeEntities(text, false);
    }

    @Property(seed = "1", maxDiscardRatio = 100)
    void propertiesKeepTheirKeysValuesAndPlaceholders(@ForAll("properties") String source) throws IOException {
        TranslatableText text = read(new PropertiesFormat(), source);
        Properties before = load(source);

        assertThat(load(same(text))).isEqualTo(before);
        Properties after = load(upper(text));
        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach((key, value) -> assertThat(found(PLACEHOLDER, String.valueOf(after.get(key))))
                .isEqualTo(found(PLACEHOLDER, value.toString())));
    }

    @Property(seed = "1", maxDiscardRatio = 100)
    void htmlKeepsItsTags(@ForAll("html") String source) {
        TranslatableText text = read(new HtmlFormat(), source);

        assertThat(found(TAG, upper(text))).isEqualTo(found(TAG, source));
    }

    private static Properties load(String source) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(source));
        return properties;
    }

    private static Map<Object, String> withoutApostrophes(Properties properties) {
        return properties.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().toString().replace("'", "")));
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group()).toList();
    }
}
