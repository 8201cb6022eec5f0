package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.NotEmpty;
import org.jspecify.annotations.NullUnmarked;

/** Templates and paths, whole and broken; docs/fuzzing.md says how to try more. */
@NullUnmarked
public class PathTemplateFuzzTest {
    @Property(seed = "1")
    void whatIsPutIntoAPathIsTakenOutOfIt(@ForAll String first, @ForAll String second) {
        PathTemplate template = new PathTemplate("/v1/{a.b}/c/{d}:verb");
        String path = "/v1/" + escaped(first) + "/c/" + escaped(second) + ":verb";

        Map<String, String> values = template.match(path);

        if (first.isEmpty() || second.isEmpty()) {
            assertThat(values).isNull();
        } else {
            assertThat(values).isEqualTo(Map.of("a.b", utf8(first), "d", utf8(second)));
        }
    }

    @Property(seed = "1")
    void anyPathMatchesOrNot(@ForAll String path) {
        for (String template : List.of("/v1/{a}", "/v1/{a=b/*/c/**}:d", "/**", "/v1/x")) {
            try {
                Map<String, String> values = new PathTemplate(template).match("/v1/" + path);
                assertThat(values == null || values.size() <= 1).isTrue();
            } catch (IllegalArgumentException e) {
                assertThat(path).contains("%");
            }
        }
    }

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** As it is in UTF-8, where half of a surrogate pair is a question mark. */
    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @Property(seed = "1")
    void wordsOfPathsAreMatchedByTheirTemplateAlone(@ForAll List<@AlphaChars @NotEmpty String> words) {
        String path = words.stream().map(word -> "/" + word).collect(Collectors.joining());
        if (!path.isEmpty()) {
            assertThat(new PathTemplate(path).match(path)).isEmpty();
            assertThat(new PathTemplate(path).match(path + "x")).isNull();
        }
    }

    @Property(seed = "1")
    void anyTemplateIsMalformedOrMatchesOrNot(@ForAll String template, @ForAll String path) {
        fuzzerTestOneInput((template + "\n" + path).getBytes(StandardCharsets.UTF_8));
    }

    /** A template in the first line, and then a path, which it matches, or not, or which has a broken escape. */
    public static void fuzzerTestOneInput(byte[] input) {
        String[] lines = new String(input, StandardCharsets.UTF_8).split("\n", 2);
        PathTemplate template;
        try {
            template = new PathTemplate(lines[0]);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).startsWith("path template '");
            return;
        }
        if (lines.length > 1) {
            try {
                Map<String, String> values = template.match(lines[1]);
                assertThat(values == null || template.variables().containsAll(values.keySet()))
                        .isTrue();
            } catch (IllegalArgumentException e) {
                assertThat(lines[1]).contains("%");
            }
        }
    }
}
