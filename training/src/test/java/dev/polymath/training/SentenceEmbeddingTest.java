package dev.polymath.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.polymath.inference.Call;
import dev.polymath.inference.InferenceListener;
import dev.polymath.inference.InferenceOptions;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.inference.TextEncoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command from an encoder to a served model. */
class SentenceEmbeddingTest {
    private static final String CAT = "A cat sleeps on the sofa.";
    private static final String KITTEN = "A kitten naps on the couch.";
    private static final String BANK = "The bank raised its rates.";

    @TempDir
    private Path folder;

    private final StringWriter err = new StringWriter();

    @Test
    void quantisedEncoderFindsTheSameTextsAlikeAndServes() throws IOException {
        Path pairs = Files.writeString(
                folder.resolve("pairs.csv"),
                String.join(
                        "\n",
                        CAT + "," + KITTEN + ",5",
                        CAT + "," + BANK + ",0",
                        "It rains.,The weather is wet.,4",
                        "It rains.,He plays the violin.,0.5",
                        ""));
        Path model = folder.resolve("models/vectors/1");

        int status = run("sentence-embedding", "--dev=pairs=" + pairs, "--int8", "--int8-loss=0.1", "--out=" + model);

        assertThat(status).as(err.toString()).isZero();
        ModelDirectory directory = ModelDirectory.open(model);
        assertThat(directory.property("polymath.pooling")).isEqualTo("mean");
        assertThat(Files.readString(directory.path().resolve("README.md")))
                .contains("# vectors 1", "| int8 (served) |", "./train sentence-embedding --dev=pairs=");
        try (TextEncoder encoder = TextEncoder.load(directory, InferenceOptions.defaults(), InferenceListener.NONE)) {
            float[] cat = vector(encoder, CAT);
            assertThat(cosine(cat, cat)).isCloseTo(1, within(1e-5));
            assertThat(cosine(cat, vector(encoder, KITTEN))).isGreaterThan(0.6);
            assertThat(cosine(cat, vector(encoder, BANK))).isLessThan(0.2);
        }
    }

    @Test
    void scoreThatIsNoNumberIsToldWithFileAndLine() throws IOException {
        Path pairs = Files.writeString(folder.resolve("pairs.csv"), "a,b,1\nc,d,much\n");

        int status = run("sentence-embedding", "--dev=pairs=" + pairs, "--out=" + folder.resolve("m/1"));

        assertThat(status).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("train: " + pairs + ":2: score 'much' (expected: a number)")
                .doesNotContain("\tat ");
    }

    private static float[] vector(TextEncoder encoder, String text) {
        return encoder.embed(text, Call.unbounded()).join().vector();
    }

    private static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }

    private int run(String... arguments) {
        CommandLine commandLine = Train.commandLine();
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
