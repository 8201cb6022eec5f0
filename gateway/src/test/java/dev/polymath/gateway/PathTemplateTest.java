package dev.polymath.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

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

    @Test
    void malformedTemplateIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PathTemplate("v1"))
                .withMessageContaining("'v1'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PathTemplate("/v1/{a"))
                .withMessageContaining("{a");
    }
}
