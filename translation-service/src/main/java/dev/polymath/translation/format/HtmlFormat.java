package dev.polymath.translation.format;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Attributes;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.Range;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;
import org.jsoup.parser.Tag;
import org.jsoup.select.NodeVisitor;

/**
 * HTML, a fragment or a whole page. It is parsed as browsers do, so that broken HTML means what they show; but only what is
 * translated is written anew, and all else stays as it was, down to the last quotation mark.
 */
public final class HtmlFormat implements TextFormat {
    private static final Set<String> KEPT =
            Set.of("script", "style", "code", "pre", "kbd", "samp", "var", "textarea", "svg", "math");

    private static final Set<String> INLINE = Set.of(
            "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
            "img", "input", "ins", "kbd", "label", "mark", "math", "nobr", "q", "ruby", "s", "samp", "small", "span",
            "strike", "strong", "sub", "sup", "svg", "time", "tt", "u", "var", "wbr");

    private static final Set<String> ATTRIBUTES = Set.of("alt", "title", "placeholder", "aria-label");
    private static final Set<String> BUTTONS = Set.of("submit", "reset", "button");

    @Override
    public TranslatableText read(String source) {
        Document document = Parser.htmlParser().setTrackPosition(true).parseInput(source, "");
        List<TextNode> texts = new ArrayList<>();
        List<Unit> units = new ArrayList<>();
        document.traverse(new NodeVisitor() {
            /** Whether the elements that are open are translated, the innermost first. */
            private final Deque<Boolean> translated = new ArrayDeque<>(List.of(true));

            @Override
            public void head(Node node, int depth) {
                if (node instanceof TextNode text) {
                    if (text.sourceRange().isTracked() && translated.element()) {
                        texts.add(text);
                    }
                } else if (node instanceof Element element) {
                    translated.push(isTranslated(element, translated.element()));
                    if (translated.element()) {
                        attributes(element, source, units);
                    }
                }
            }

            @Override
            public void tail(Node node, int depth) {
                if (node instanceof Element) {
                    translated.pop();
                }
            }
        });
        texts.sort(Comparator.comparingInt(text -> text.sourceRange().startPos()));

        MarkupReader reader = new MarkupReader(source, units, HtmlFormat::isInline, HtmlFormat::escape);
        int at = -1;
        for (TextNode text : texts) {
            // jsoup takes the text of a broken noscript once more, and counts one more in a title that the file ends in
            int begin = Math.max(text.sourceRange().startPos(), at);
            int end = Math.min(text.sourceRange().endPos(), source.length());
            if (begin >= end) {
                continue;
            }
            if (at >= 0 && begin > at) {
                reader.markup(at, begin);
            }
            reader.unit().text(Parser.unescapeEntities(source.substring(begin, end), false), begin, end);
            at = end;
        }
        reader.flush();
        return new TranslatableText(source, units);
    }

    static boolean isInline(String name) {
        return INLINE.contains(name) || !Tag.isKnownTag(name);
    }

    private static boolean isTranslated(Element element, boolean parent) {
        String translate = element.attr("translate").toLowerCase(Locale.ROOT);
        boolean kept = KEPT.contains(element.normalName()) || translate.equals("no") || element.hasClass("notranslate");
        return !kept && (parent || translate.equals("yes"));
    }

    private static void attributes(Element element, String source, List<Unit> units) {
        if (element.attributesSize() == 0) {
            return;
        }
        Attributes attributes = element.attributes();
        for (Attribute attribute : attributes) {
            boolean label = attribute.getKey().equals("value")
                    && element.nameIs("input")
                    && BUTTONS.contains(element.attr("type").toLowerCase(Locale.ROOT));
            Range range = attributes.sourceRange(attribute.getKey()).valueRange();
            if ((label || ATTRIBUTES.contains(attribute.getKey())) && range.isTracked()) {
                int begin = range.startPos();
                int end = range.endPos();
                char quote = begin == 0 ? ' ' : source.charAt(begin - 1);
                UnitBuilder unit = new UnitBuilder();
                unit.text(Parser.unescapeEntities(source.substring(begin, end), true), begin, end);
                Unit built = unit.build(quoted(quote));
                if (built != null) {
                    units.add(built);
                }
            }
        }
    }

    private static UnaryOperator<String> quoted(char quote) {
        return switch (quote) {
            case '"' -> value -> escape(value).replace("\"", "&quot;");
            case '\'' -> value -> escape(value).replace("'", "&#39;");
            // without quotes every character that could end the value is escaped
            default ->
                value -> {
                    StringBuilder escaped = new StringBuilder();
                    escape(value).chars().forEach(c -> {
                        if (c <= ' ' || "\"'`=<>".indexOf(c) >= 0) {
                            escaped.append("&#").append(c).append(';');
                        } else {
                            escaped.append((char) c);
                        }
                    });
                    return escaped.toString();
                };
        };
    }

    /** Text as it stands between tags. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\u00A0", "&nbsp;");
    }
}
