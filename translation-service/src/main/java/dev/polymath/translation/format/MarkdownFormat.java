package dev.polymath.translation.format;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.Code;
import org.commonmark.node.Emphasis;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.ListItem;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.StrongEmphasis;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;
import org.jspecify.annotations.Nullable;

/**
 * Markdown: CommonMark with the tables and task lists of GitHub, and front matter. Paragraphs, headings, list items, cells,
 * alternative texts of images and HTML blocks are translated; code, targets of links, labels and front matter stay.
 */
public final class MarkdownFormat implements TextFormat {
    private static final Pattern FRONT_MATTER =
            Pattern.compile("\\A---\\h*\\R(?s:.*?)\\R(?:---|\\.\\.\\.)\\h*(?:\\R|\\z)");
    private static final Pattern ESCAPE = Pattern.compile("\\\\[!-/:-@\\[-`{-~]|&#?\\w{1,40};");
    private static final Pattern TASK = Pattern.compile("\\[[ xX]]\\h+");

    private final Parser parser = Parser.builder()
            .extensions(List.of(TablesExtension.create()))
            .includeSourceSpans(IncludeSourceSpans.BLOCKS_AND_INLINES)
            .build();

    @Override
    public TranslatableText read(String source) {
        Matcher front = FRONT_MATTER.matcher(source);
        int offset = front.find() ? front.end() : 0;
        List<Unit> units = new ArrayList<>();
        new Reader(source, offset, units).block(parser.parse(source.substring(offset)));
        return new TranslatableText(source, units);
    }

    private static final class Reader {
        private final String source;
        private final int offset;
        private final List<Unit> units;
        private final MarkupReader markup;

        /** How far the source has been read in this block; below 0 at its beginning. */
        private int at = -1;

        Reader(String source, int offset, List<Unit> units) {
            this.source = source;
            this.offset = offset;
            this.units = units;
            this.markup = new MarkupReader(source, units, HtmlFormat::isInline, text -> text);
        }

        void block(Node block) {
            if (block instanceof HtmlBlock) {
                html(begin(block), end(block));
            } else if (block instanceof TableCell
                    && isRange(block)
                    && text(block).contains("\\|")) {
                // what stands behind an escaped bar has the wrong place
                escaped(text(block), begin(block));
                markup.flush();
            } else if (block instanceof Paragraph || block instanceof Heading || block instanceof TableCell) {
                at = -1;
                children(block);
                markup.flush();
            } else {
                for (Node child = block.getFirstChild(); child != null; child = child.getNext()) {
                    block(child);
                }
            }
        }

        private void html(int begin, int end) {
            String html = source.substring(begin, end);
            for (Unit unit : new HtmlFormat().read(html).units()) {
                units.add(unit.moved(begin));
            }
        }

        private void children(Node parent) {
            for (Node child = parent.getFirstChild(); child != null; child = child.getNext()) {
                inline(child);
            }
        }

        private void inline(Node node) {
            if (node instanceof SoftLineBreak) {
                return;
            }
            if (node instanceof HardLineBreak) {
                markup.flush();
                at = -1;
                return;
            }
            if (!isRange(node)) {
                children(node);
                return;
            }
            int begin = begin(node);
            int end = end(node);
            if (at >= 0 && begin > at) {
                markup.unit().mark(Mark.Kind.BREAK, source.substring(at, begin), at, begin);
            }
            if (node instanceof Text text) {
                text(text, begin, end);
            } else if (node instanceof HtmlInline) {
                markup.markup(begin, end);
            } else if (node instanceof Image) {
                alternative(node);
                markup.unit().term(begin, end);
            } else if (node instanceof Code || node.getFirstChild() == null || source.charAt(begin) == '<') {
                markup.unit().term(begin, end);
            } else if (node instanceof Emphasis || node instanceof StrongEmphasis || node instanceof Link) {
                pair(node, begin, end);
            } else {
                at = begin;
                children(node);
            }
            at = end;
        }

        private void text(Text text, int begin, int end) {
            int from = begin;
            Node parent = text.getParent();
            if (text.getPrevious() == null && parent != null && parent.getParent() instanceof ListItem) {
                Matcher task = TASK.matcher(source).region(begin, end);
                from = task.lookingAt() ? task.end() : begin;
            }
            escaped(source.substring(from, end), from);
        }

        private void escaped(String raw, int begin) {
            Matcher escape = ESCAPE.matcher(raw);
            int from = 0;
            while (escape.find()) {
                plain(raw, from, escape.start(), begin);
                markup.unit().term(begin + escape.start(), begin + escape.end());
                from = escape.end();
            }
            plain(raw, from, raw.length(), begin);
        }

        private void plain(String raw, int from, int to, int begin) {
            if (from < to) {
                markup.unit().text(raw.substring(from, to), begin + from, begin + to);
            }
        }

        private void pair(Node node, int begin, int end) {
            @Nullable Node first = node.getFirstChild();
            @Nullable Node last = node.getLastChild();
            if (first == null || last == null || !isRange(first) || !isRange(last)) {
                markup.unit().term(begin, end);
                return;
            }
            int inner = begin(first);
            int innerEnd = end(last);
            int pair = markup.unit().open(begin, inner);
            at = inner;
            children(node);
            String closing = source.substring(innerEnd, end);
            if (node instanceof Link && (closing.equals("]") || closing.equals("][]"))) {
                // the text is also the label of the target
                markup.unit().close(pair, "][" + source.substring(inner, innerEnd) + "]", innerEnd, end);
            } else {
                markup.unit().close(pair, innerEnd, end);
            }
        }

        /** What is read instead of an image, a unit of its own within the image's mark. */
        private void alternative(Node image) {
            @Nullable Node first = image.getFirstChild();
            @Nullable Node last = image.getLastChild();
            if (first instanceof Text && first == last && isRange(first) && end(first) < end(image) - 1) {
                UnitBuilder unit = new UnitBuilder();
                unit.text(source.substring(begin(first), end(first)), begin(first), end(first));
                Unit built = unit.build(text -> text);
                if (built != null) {
                    units.add(built);
                }
            }
        }

        private static boolean isRange(Node node) {
            return !node.getSourceSpans().isEmpty();
        }

        private String text(Node node) {
            return source.substring(begin(node), end(node));
        }

        private int begin(Node node) {
            return offset + node.getSourceSpans().get(0).getInputIndex();
        }

        private int end(Node node) {
            List<SourceSpan> spans = node.getSourceSpans();
            SourceSpan last = spans.get(spans.size() - 1);
            return offset + last.getInputIndex() + last.getLength();
        }
    }
}
