package dev.polymath.inference;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Generated tokens per second of processor time of a model on one thread, by greedy search and by beams, alone and in batches, beside the loop
 * without past and beside the engine's own time for the same steps. Not part of the tests; on the class path of the tests it
 * runs with {@code -Dpolymath.benchmark.generator=<model directory> -Dpolymath.benchmark.texts=<file, a source per line>}.
 */
class GenerationBenchmark {
    /** What a pass over the texts took. */
    private record Pass(long tokens, long steps, double seconds) {
        double tokensPerSecond() {
            return tokens / seconds;
        }
    }

    /** The rows of each step of a batch. */
    private record Trace(List<TokenSequence> sources, List<Integer> rows) {}

    @Test
    @EnabledIfSystemProperty(named = "polymath.benchmark.generator", matches = ".+")
    void measure(@TempDir Path temporary) throws IOException {
        Path path = Path.of(System.getProperty("polymath.benchmark.generator"));
        ModelDirectory model = ModelDirectory.open(path);
        ModelDirectory withoutPast =
                ModelDirectory.open(withoutPast(path, temporary.resolve("t").resolve("1")));
        List<String> texts = Files.readAllLines(Path.of(System.getProperty("polymath.benchmark.texts"))).stream()
                .limit(Integer.getInteger("polymath.benchmark.limit", 96))
                .toList();
        int rounds = Integer.getInteger("polymath.benchmark.rounds", 3);
        System.out.println(
                "| search | batch | past | tokens/s | engine alone, tokens/s | share of the engine | ms per step |");
        for (int beam : new int[] {1, 4}) {
            for (int batch : new int[] {1, 32}) {
                measure(model, texts, beam, batch, rounds, true);
                measure(withoutPast, texts, beam, batch, 1, false);
            }
        }
    }

    private static void measure(
            ModelDirectory model, List<String> texts, int beam, int batch, int rounds, boolean past) {
        GenerationConfig config = GenerationConfig.of(model);
        GenerationOptions options = config.options().withBeamSize(beam);
        InferenceOptions inference = InferenceOptions.defaults();
        List<Trace> traces = new ArrayList<>();
        try (TextTokenizer tokenizer = TextTokenizer.open(model);
                LoadedModel encoder = LoadedModel.load(model, "encoder_model", inference, Device.cpu());
                Decoder decoder = Decoder.load(model, config, inference, Device.cpu())) {
            List<List<GenerationRunner.Item<TokenSequence>>> batches =
                    batches(tokenizer, texts, config, options, batch);
            List<Integer> rows = new ArrayList<>();
            GenerationRunner<TokenSequence> runner =
                    new GenerationRunner<>(encoder, GenerationRunner.TEXTS, decoder, "cpu", rows::add);
            for (List<GenerationRunner.Item<TokenSequence>> items : batches) {
                rows.clear();
                runner.run(items);
                traces.add(new Trace(
                        items.stream().map(GenerationRunner.Item::source).toList(), List.copyOf(rows)));
            }
            Pass best = new Pass(0, 0, Double.MAX_VALUE);
            double engine = Double.MAX_VALUE;
            for (int round = 0; round < rounds; round++) {
                long tokens = 0;
                long start = cpuNanos();
                for (List<GenerationRunner.Item<TokenSequence>> items : batches) {
                    for (Generation generation : runner.run(items)) {
                        tokens += generation.hypotheses().get(0).tokens().length;
                    }
                }
                double seconds = (cpuNanos() - start) / 1e9;
                long steps = traces.stream().mapToLong(t -> t.rows().size()).sum();
                if (seconds < best.seconds()) {
                    best = new Pass(tokens, steps, seconds);
                }
                if (past) {
                    engine = Math.min(engine, engineSeconds(model, encoder, inference, traces));
                }
            }
            System.out.printf(
                    "| %s | %d | %s | %.0f | %s | %s | %.2f |%n",
                    beam == 1 ? "greedy" : "beam of " + beam,
                    batch,
                    past ? "yes" : "no",
                    best.tokensPerSecond(),
                    past ? String.format("%.0f", best.tokens() / engine) : "",
                    past ? String.format("%.2f", engine / best.seconds()) : "",
                    best.seconds() * 1e3 / best.steps());
        }
    }

    private static List<List<GenerationRunner.Item<TokenSequence>>> batches(
            TextTokenizer tokenizer, List<String> texts, GenerationConfig config, GenerationOptions options, int size) {
        List<GenerationRunner.Item<TokenSequence>> items = texts.stream()
                .map(tokenizer::tokenize)
                .filter(tokens -> tokens.windows().size() == 1)
                .map(tokens -> tokens.sequence(tokens.windows().get(0)))
                .sorted(Comparator.comparingInt(TokenSequence::length))
                .map(source -> new GenerationRunner.Item<>(
                        source, options, Math.min(config.maxTokens(), 3 * source.length() + 16), Call.unbounded()))
                .toList();
        List<List<GenerationRunner.Item<TokenSequence>>> batches = new ArrayList<>();
        for (int i = 0; i < items.size(); i += size) {
            batches.add(items.subList(i, Math.min(items.size(), i + size)));
        }
        return batches;
    }

    /** The time inside the engine for the same steps: of arrays of the same shapes, made before the clock starts. */
    private static double engineSeconds(
            ModelDirectory model, LoadedModel encoder, InferenceOptions options, List<Trace> traces) {
        JsonObject config = model.config();
        int heads = config.get("decoder_attention_heads").getAsInt();
        int width = config.get("d_model").getAsInt();
        long nanos = 0;
        try (LoadedModel first = LoadedModel.load(model, "decoder_model", options, Device.cpu());
                LoadedModel next = LoadedModel.load(model, "decoder_with_past_model", options, Device.cpu())) {
            for (Trace trace : traces) {
                try (NDManager manager = encoder.newManager()) {
                    NDList inputs = SequenceRunner.arrays(manager, encoder.inputs(), true, trace.sources());
                    nanos += time(encoder, manager, inputs);
                }
                int length = trace.sources().stream()
                        .mapToInt(TokenSequence::length)
                        .max()
                        .orElseThrow();
                for (int step = 0; step < trace.rows().size(); step++) {
                    LoadedModel graph = step == 0 ? first : next;
                    try (NDManager manager = graph.newManager()) {
                        NDList inputs = new NDList();
                        for (String name : graph.inputs()) {
                            int rows = trace.rows().get(step);
                            NDArray array;
                            if (name.equals("input_ids")) {
                                array = manager.create(new long[rows], new Shape(rows, 1));
                            } else if (name.equals("encoder_attention_mask")) {
                                array = manager.create(new long[rows * length], new Shape(rows, length));
                            } else if (name.equals("encoder_hidden_states")) {
                                array = manager.create(
                                        new float[rows * length * width], new Shape(rows, length, width));
                            } else {
                                int past = name.contains(".encoder.") ? length : step;
                                array = manager.create(
                                        new float[rows * past * width], new Shape(rows, heads, past, width / heads));
                            }
                            array.setName(name);
                            inputs.add(array);
                        }
                        nanos += time(graph, manager, inputs);
                    }
                }
            }
        }
        return nanos / 1e9;
    }

    private static long time(LoadedModel graph, NDManager manager, NDList inputs) {
        long start = cpuNanos();
        graph.forward(manager, inputs);
        return cpuNanos() - start;
    }

    /** Of this thread, which the engine runs on, so that other work on the machine does not count. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static Path withoutPast(Path model, Path directory) throws IOException {
        Files.createDirectories(directory);
        try (Stream<Path> files = Files.list(model)) {
            for (Path file : files.toList()) {
                if (Files.isRegularFile(file) && !file.getFileName().toString().startsWith("decoder_with_past")) {
                    Files.copy(file, directory.resolve(file.getFileName()));
                }
            }
        }
        TinyModel.writeChecksums(directory);
        return directory;
    }
}
