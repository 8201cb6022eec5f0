package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TokenClassification;
import dev.polymath.inference.TokenClassifier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The library serves TorchScript by the PyTorch engine as it serves ONNX by ONNX Runtime. Here, because this module has that
 * engine on its class path.
 */
class TorchScriptModelTest {
    /** Logits that tell of a token's id what it is modulo 5, 3 and 2; where the mask is 0 they are far away. */
    private static final String CODE = """
            class Remainders(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              def forward(self: __torch__.Remainders,
                input_ids: Tensor,
                attention_mask: Tensor,
                token_type_ids: Tensor) -> Tensor:
                ids = torch.unsqueeze(input_ids, 2)
                mask = torch.unsqueeze(attention_mask, 2)
                three = torch.cat([torch.remainder(ids, 5), torch.remainder(ids, 3), torch.remainder(ids, 2)], 2)
                return torch.mul(torch.mul(three, mask), 0.5)
            """;

    @TempDir
    Path folder;

    @Test
    void torchScriptAnswersWhatItsCodeSaysAloneAndInABatch() throws IOException {
        try (TokenClassifier model = TokenClassifier.load(
                ModelDirectory.open(write()), InferenceOptions.defaults(), new InferenceListener() {})) {
            List<String> texts = List.of("The river rose.", "Nobody in the village had seen it so high before.");
            List<CompletableFuture<TokenClassification>> together = texts.stream()
                    .map(text -> model.classify(text, Call.unbounded()))
                    .toList();

            for (int i = 0; i < texts.size(); i++) {
                TokenClassification read = together.get(i).join();
                int[] ids =
                        read.tokens().sequence(read.tokens().windows().get(0)).ids();
                // the first id is that of [CLS]
                for (int token = 0; token < read.tokens().size(); token++) {
                    int id = ids[token + 1];
                    double[] exp = {Math.exp(0.5 * (id % 5)), Math.exp(0.5 * (id % 3)), Math.exp(0.5 * (id % 2))};
                    for (int label = 0; label < 3; label++) {
                        assertThat((double) read.probability(token, label))
                                .isCloseTo(exp[label] / (exp[0] + exp[1] + exp[2]), within(1e-5));
                    }
                }
                assertThat(model.classify(texts.get(i), Call.unbounded()).join().probabilities())
                        .containsExactly(read.probabilities(), org.assertj.core.data.Offset.offset(1e-6f));
            }
        }
    }

    private Path write() throws IOException {
        ModelDirectoryWriter model = new ModelDirectoryWriter(folder.resolve("remainders/1"));
        Files.write(model.file("model.pt"), torchScript());
        Files.copy(Path.of("../models/ner-en/1/tokenizer.json"), model.file("tokenizer.json"));
        Files.writeString(
                model.file("config.json"),
                "{\"max_position_embeddings\": 128, \"id2label\": {\"0\": \"O\", \"1\": \"B-A\", \"2\": \"I-A\"}}");
        model.writeServingProperties(Map.of("engine", "PyTorch"));
        return model.complete();
    }

    /** An archive as {@code torch.jit.save} writes it, of a module without weights. */
    private static byte[] torchScript() throws IOException {
        // Pickle, protocol 2: an object of the class below, whose state is {"training": False}.
        byte[] data =
                "\u0080\u0002c__torch__\nRemainders\nq\u0000)\u0081}(X\u0008\u0000\u0000\u0000trainingq\u0001\u0089ubq\u0002."
                        .getBytes(StandardCharsets.ISO_8859_1);
        byte[] noConstants = "\u0080\u0002).".getBytes(StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "model/data.pkl", data);
            store(zip, "model/code/__torch__.py", CODE.getBytes(StandardCharsets.UTF_8));
            store(zip, "model/constants.pkl", noConstants);
            store(zip, "model/version", "3\n".getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
