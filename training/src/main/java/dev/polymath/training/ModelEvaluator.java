package dev.polymath.training;

import dev.polymath.inference.ModelDirectory;
import java.io.IOException;
import java.util.List;

/** Measures the models of one task on data, through the code that serves them. May have options of its own for a command line. */
public interface ModelEvaluator {
    /**
     * @param data {@code [NAME=]FILE} each
     * @return a report in Markdown
     * @throws BadDataException if a file is not what the task reads
     */
    String evaluate(ModelDirectory model, List<String> data) throws IOException;
}
