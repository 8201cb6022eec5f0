package dev.polymath.training;

import dev.polymath.inference.ModelDirectory;
import java.io.IOException;

/**
 * Measures the models of one task on data, through the code that serves them. A picocli command: its options say what the data are
 * and how they are read.
 */
@FunctionalInterface
public interface ModelEvaluator {
    /**
     * @return a report in Markdown
     * @throws BadDataException if a file is not what the task reads
     */
    String evaluate(ModelDirectory model) throws IOException;
}
