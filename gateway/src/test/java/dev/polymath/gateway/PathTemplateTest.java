package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class PathTemplateTest {

    @Test
    void literalMatchesItselfAlone() {
        PathTemplate template = new PathTemplate("/v1/entities:recognize");

        assertThat(template.match("/v1/entities:recognize")).isEmpty();
        assertThat(template.match("/v1/entities")).isNull();
        assertThat(template.match("/v1/entities:recognize/")).isNull();
        assertThat(template.match("/v1/entitiesXrecognize")).isNull();
    }

    @Test
    void variableTakesOneSegmentDecoded() {
        PathTemplate template = new PathTemplate("/v1/{a.b}/c/{d}:verb");

        assertThat(template.match("/v1/x%20y%2Fz+/c/1:verb")).isEqualTo(Map.of("a.b", "x y/z+", "d", "1"));
        assertThat(template.match("/v1/x/y/c/1:verb")).isNull();
        assertThat(template.match("/v1//c/1:verb")).isNull();
        assertThat(template.openApiPath()).isEqualTo("/v1/{a.b}/c/{d}:verb");
    }

    @Test
    void variableWithAPatternTakesItsSegments() {
        PathTemplate template = new PathTemplate("/v1/{name=shelves/*/books/**}");

        assertThat(template.match("/v1/shelves/1/books/2/3%2F4")).isEqualTo(Map.of("name", "shelves/1/books/2/3%2F4"));
        assertThat(template.match("/v1/shelves/1/2/books/3")).isNull();
        assertThat(template.openApiPath()).isEqualTo("/v1/{name}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "v1",
                "/v1/",
                "/v1//x",
                "/v1/{a",
                "/v1/a}",
                "/v1/{}",
                "/v1/{a=}",
                "/v1/x*",
                "/v1/{a}{b}",
                "/v1/{a}x",
                "/v1/***",
                "/v1/**/x",
                "/v1/{a=**}/x",
                "/v1/{a=**/x}",
                "/v1/{a={b}}",
                "/v1/**/{a}:x"
            })
    void malformedTemplateIsRefused(String source) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PathTemplate(source))
                .withMessageStartingWith("path template '" + source + "' (expected: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1",
                "/v1/a-b.c~d:e",
                "/*",
                "/**",
                "/**:x",
                "/v1/*:x",
                "/{a=*}",
                "/v1/{a=**}:x",
                "/v1/{a=b/*/c/**}:x",
                "/v1/{a_1.b}/*/{c=d/*}/e"
            })
    void templateOfTheGrammarIsTaken(String source) {
        assertThat(new PathTemplate(source)).hasToString(source);
    }

    @Test
    void matchingTakesNoLongerTheMoreStarsThereAre() {
        PathTemplate template = new PathTemplate("/a" + "/*/*".repeat(50) + "/{rest=**}:verb");

        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(template.match("/a" + "/x:verb".repeat(20_000) + "/x"))
                        .isNull());
    }
}
