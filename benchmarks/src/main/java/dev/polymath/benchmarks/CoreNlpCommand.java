package dev.polymath.benchmarks;

import dev.polymath.training.tokenclassification.EntityScores;
import dev.polymath.training.tokenclassification.LabelMap;
import dev.polymath.training.tokenclassification.SentenceReader;
import dev.polymath.training.tokenclassification.TaggedSentence;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The quality of the embedded model beside its best-known peer in Java, Stanford CoreNLP's CRF (Finkel, Grenager and
 * Manning 2005), counted in the same way. CoreNLP runs as a process of its own: it is a peer to measure against and no part
 * of the product.
 */
@Command(
        name = "corenlp",
        description = "Entity-level precision, recall and F1 (conlleval) of Stanford CoreNLP and of a model directory.")
final class CoreNlpCommand implements Callable<Integer> {
    private static final String CLASSIFIER = "edu/stanford/nlp/models/ner/english.all.3class.distsim.crf.ser.gz";

    @Option(
            names = "--data",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "CoNLL or JSON lines, plain or gzip.")
    List<Path> data = List.of();

    @Option(
            names = "--map",
            defaultValue = "person=PERSON,PER=PERSON,location=LOCATION,LOC=LOCATION,corporation=ORGANIZATION,"
                    + "group=ORGANIZATION,ORG=ORGANIZATION,*=O",
            description = "Types of the data as types of the models. Default: ${DEFAULT-VALUE}.")
    String map = "";

    @Option(names = "--model", paramLabel = "DIRECTORY", description = "A model directory to evaluate beside it.")
    @Nullable
    Path model;

    @Option(
            names = "--corenlp",
            paramLabel = "DIRECTORY",
            defaultValue = "benchmarks/target/corenlp",
            description = "Its jars. Default: ${DEFAULT-VALUE}.")
    Path jars = Path.of("");

    @Override
    public Integer call() throws Exception {
        SentenceReader reader =
                new SentenceReader(LabelMap.parse(map, Set.of("PERSON", "LOCATION", "ORGANIZATION")), null, null);
        for (Path file : data) {
            List<TaggedSentence> sentences = reader.read(file);
            List<List<String>> gold =
                    sentences.stream().map(TaggedSentence::labels).toList();
            System.out.printf("%s: %d sentences%n%nStanford CoreNLP, its 3-class CRF%n%n", file, sentences.size());
            System.out.println(EntityScores.of(gold, coreNlpLabels(sentences)).toMarkdown());
            if (model != null) {
                System.out.printf("%s%n%n", model);
                System.out.println(
                        EntityScores.of(gold, ModelLabels.of(model, sentences)).toMarkdown());
            }
        }
        return 0;
    }

    /** Labels of CoreNLP for the data's own words; it tells a type per word, not where an entity begins. */
    private List<List<String>> coreNlpLabels(List<TaggedSentence> sentences) throws IOException, InterruptedException {
        if (!Files.isDirectory(jars)) {
            throw new IOException(jars + ": missing (expected: the jars that the Maven profile corenlp copies there)");
        }
        String classPath;
        try (Stream<Path> files = Files.list(jars)) {
            classPath = files.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        }
        Path words = Files.createTempFile("words", ".tsv");
        Path output = Files.createTempFile("labels", ".tsv");
        try {
            List<String> lines = new ArrayList<>();
            for (TaggedSentence sentence : sentences) {
                // The second column is where it expects the truth; it must not see any.
                sentence.words().forEach(word -> lines.add(word.text() + "\tO"));
                lines.add("");
            }
            Files.write(words, lines);
            Process process = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElse("java"),
                            "-Xmx3g",
                            "-Dfile.encoding=UTF-8",
                            "-cp",
                            classPath,
                            "edu.stanford.nlp.ie.crf.CRFClassifier",
                            "-loadClassifier",
                            CLASSIFIER,
                            "-testFile",
                            words.toString(),
                            "-map",
                            "word=0,answer=1")
                    .redirectOutput(output.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IOException("CoreNLP ended with exit code " + exit + " (expected: 0)");
            }
            return parse(Files.readAllLines(output));
        } finally {
            Files.delete(words);
            Files.delete(output);
        }
    }

    /**
     * @param lines word, truth and answer separated by tabs; an empty line after each sentence
     * @return labels in IOB form, all of them {@code O} or {@code I-}
     */
    static List<List<String>> parse(List<String> lines) {
        List<List<String>> sentences = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (String line : lines) {
            if (line.isEmpty()) {
                if (!labels.isEmpty()) {
                    sentences.add(labels);
                    labels = new ArrayList<>();
                }
                continue;
            }
            String answer = line.substring(line.lastIndexOf('\t') + 1);
            labels.add(answer.equals("O") ? "O" : "I-" + answer);
        }
        if (!labels.isEmpty()) {
            sentences.add(labels);
        }
        return sentences;
    }
}
