package dev.polymath.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class OverloadCommandTest {
    private static final List<OverloadCommand.Row> ROWS = List.of(
            new OverloadCommand.Row(0.5, 50, 50, 100, 0, 0, 300, 200),
            new OverloadCommand.Row(1, 100, 90, 1000, 2, 0.1, 310, 200),
            new OverloadCommand.Row(10, 1000, 80, 10_000, 5, 0.92, 320, 210));

    @Test
    void theTableHasALineForEachLoad() {
        assertThat(OverloadCommand.csv(ROWS).lines())
                .hasSize(4)
                .last()
                .isEqualTo("10.0,1000.0,80.0,10000.0,5.0,0.920,320,210");
    }

    @Test
    void theGraphHasADotForEachValueAndTheHigherIsHigher() throws Exception {
        Document svg = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(OverloadChart.svg(100, ROWS).getBytes(StandardCharsets.UTF_8)));

        assertThat(svg.getElementsByTagName("circle").getLength())
                .as("three of goodput, three of answers, two of refusals")
                .isEqualTo(8);
        assertThat(height(svg, 0)).isLessThan(height(svg, 1));
        assertThat(height(svg, 3)).isLessThan(height(svg, 5));
        assertThat(svg.getDocumentElement().getTextContent()).contains("0.5 x", "10 x", "100 documents per second");
    }

    private static double height(Document svg, int dot) {
        Element circle = (Element) svg.getElementsByTagName("circle").item(dot);
        return 1000 - Double.parseDouble(circle.getAttribute("cy"));
    }
}
