package dev.polymath.translation.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HtmlFormatTest {
    private static final HtmlFormat HTML = new HtmlFormat();

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\u0001',
            value = {
                "<p>One <b>two</b></p>~<p>ONE <b>TWO</b></p>",
                "plain & simple < three~PLAIN &amp; SIMPLE &lt; THREE",
                "<P CLASS=x>One<BR/>two</P>~<P CLASS=x>ONE<BR/>TWO</P>",
                "<td>cell</td>~<td>CELL</td>",
                "<p>one <code>two</code> three</p>~<p>ONE <code>two</code> THREE</p>",
                "<pre>one</pre><kbd>two</kbd>three~<pre>one</pre><kbd>two</kbd>THREE",
                "<script>if (a<b) 'x'</script><style>p{}</style>one~<script>if (a<b) 'x'</script><style>p{}</style>ONE",
                "<p translate=no>one <i>two</i> <b translate='yes'>three</b></p>~<p translate=no>one <i>two</i> <b translate='yes'>THREE</b></p>",
                "<span class=notranslate>one</span> two~<span class=notranslate>one</span> TWO",
                "<img src=a.png alt='one \"two\"' title=\"it's\">~<img src=a.png alt='ONE \"TWO\"' title=\"IT'S\">",
                "<img alt=one src=two>~<img alt=ONE src=two>",
                "<input type=submit value='send'><input type=text value='keep' placeholder='name'>~<input type=submit value='SEND'><input type=text value='keep' placeholder='NAME'>",
                "a &lt;b&gt; &amp; &eacute;&nbsp;c~A &lt;B&gt; &amp; É&nbsp;C",
                "<!-- keep --><!DOCTYPE html>one~<!-- keep --><!DOCTYPE html>ONE",
                "<p>one <b>two <i>three</b> four</i>~<p>ONE <b>TWO <i>THREE</b> FOUR</i>",
                "<p>one <b>two~<p>ONE <b>TWO",
                "<a href='x>y'>link</a> <~<a href='x>y'>LINK</a> &lt;",
                "<x-card heading=h>one</x-card>~<x-card heading=h>ONE</x-card>",
                "<noscript>a<b=[/c></d>/e>~<noscript>A&lt;B=[/C&gt;&lt;/D&gt;/E&gt;",
                "<title>one</ti~<title>ONE&lt;/TI",
                "<p>one<textarea>two</textarea~<p>ONE<textarea>two</textarea",
                "</div>one</p></b>two~</div>ONE</p></b>TWO",
                "<table><tr><td>a</td>stray</tr></table>~<table><tr><td>A</td>STRAY</tr></table>",
            })
    void onlyTextChanges(String source, String expected) {
        assertThat(Shouting.translate(HTML, source)).isEqualTo(expected);
    }

    @Test
    void aPageKeepsItsLines() {
        String page = "<!DOCTYPE html>\r\n<html lang=en>\r\n  <head>\r\n    <title>One</title>\r\n  </head>\r\n"
                + "  <body>\r\n\r\n    <p>Two\r\n       three</p>\r\n  </body>\r\n</html>\r\n";

        assertThat(Shouting.translate(HTML, page))
                .isEqualTo(page.replace("One", "ONE").replace("Two", "TWO").replace("three", "THREE"));
    }

    @Test
    void blocksAreUnitsAndInlineTagsAreMarks() {
        assertThat(Shouting.units(
                        HTML, "<h1>A</h1><p>b <i>c</i><br>d<ul><li>e <a href=x><img alt='f'></a> g</li></ul>"))
                .containsExactly("A", "b |c|", "d", "e | g", "f");
    }

    @Test
    void anAttributeValueWithoutQuotesStaysOne() {
        TranslatableText text = HTML.read("<img alt=one src=x>");

        assertThat(text.render(i -> "two words > \"three\""))
                .isEqualTo("<img alt=two&#32;words&#32;&gt;&#32;&#34;three&#34; src=x>");
    }

    @Test
    void whateverIsBrokenKeepsItsTagsAndWords() {
        Random random = new Random(11);
        String[] parts = {
            "<p>",
            "</p>",
            "<b>",
            "</b>",
            "<i class='x'>",
            "</i>",
            "<br>",
            "<td>",
            "<tr>",
            "</table>",
            "<table>",
            "word ",
            " two",
            "&amp;",
            "&bogus;",
            "&",
            "<",
            ">",
            "<!--c-->",
            "<script>x<y</script>",
            "<li>",
            "<a href=\"q>\">",
            "</a>",
            "\n",
            "  ",
            "<img alt='an image'>",
            "<code>k</code>",
            "</ ",
            "<title>t</title>",
            "<select><option>o",
            "é😀",
            "\0",
            "<svg><text>v</text></svg>"
        };
        for (int round = 0; round < 2000; round++) {
            StringBuilder html = new StringBuilder();
            for (int i = random.nextInt(20); i >= 0; i--) {
                html.append(parts[random.nextInt(parts.length)]);
            }
            String source = html.toString();

            String same = HTML.read(source)
                    .render(i -> HTML.read(source).units().get(i).text());

            assertThat(Jsoup.parse(same).text())
                    .as(source)
                    .isEqualTo(Jsoup.parse(source).text());
            assertThat(unescaped(same)).as(source).isEqualTo(unescaped(source));
        }
    }

    private static String unescaped(String html) {
        return html.replaceAll("&(amp|lt|gt);", "").replaceAll("[&<>\0]", "");
    }
}
