package dev.polymath.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Files of every format with some of it changed, doubled, left out or put in; docs/fuzzing.md says how to try more. */
public class ImageDecoderFuzzTest {
    private static final List<String> FILES = List.of(
            "baseline.jpg",
            "progressive.jpg",
            "progressive-restarts.jpg",
            "cmyk.jpg",
            "orientation6.jpg",
            "alpha.png",
            "palette.png",
            "grey16.png",
            "orientation6.png",
            "lossy.webp",
            "lossless-alpha.webp",
            "animated.webp",
            "orientation6.webp",
            "offset.gif",
            "first-frame.gif",
            "rgb.bmp",
            "lzw.tif",
            "jpeg.tif",
            "cmyk.tif",
            "pages.tif");
    private static final ImageDecoder DECODER = new ImageDecoder(new ImageLimits(1_000_000, 200_000));

    /**
     * A change.
     *
     * @param place in the file, 0 to 1; its square is used, so that headers are met more often
     */
    record Change(int kind, double place, int length, byte[] bytes) {
        byte[] apply(byte[] file) {
            int from = (int) Math.min(file.length - 1.0, place * place * file.length);
            int to = Math.min(file.length, from + length);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(file, 0, from);
            switch (kind) {
                case 0 -> out.writeBytes(bytes); // in place of what was there
                case 1 -> out.write(file, from, 0); // left out
                case 2 -> { // doubled
                    out.write(file, from, to - from);
                    out.write(file, from, to - from);
                }
                default -> { // put in
                    out.writeBytes(bytes);
                    out.write(file, from, to - from);
                }
            }
            int rest = kind == 0 ? Math.min(file.length, from + bytes.length) : to;
            out.write(file, rest, file.length - rest);
            return out.toByteArray();
        }
    }

    @Provide
    Arbitrary<byte[]> files() {
        Arbitrary<byte[]> bytes = Arbitraries.oneOf(
                Arbitraries.bytes().array(byte[].class).ofMinSize(1).ofMaxSize(8),
                Arbitraries.of(
                        new byte[] {0},
                        new byte[] {-1},
                        new byte[] {0, 0, 0, 0},
                        new byte[] {-1, -1, -1, -1},
                        new byte[] {0x7F, -1, -1, -1},
                        new byte[] {-1, -1, -1, 0x7F},
                        new byte[] {(byte) 0x80, 0, 0, 0}));
        Arbitrary<Change> changes = Combinators.combine(
                        Arbitraries.of(0, 0, 0, 0, 1, 2, 3),
                        Arbitraries.doubles().between(0, 1),
                        Arbitraries.integers().between(1, 200),
                        bytes)
                .as(Change::new);
        return Combinators.combine(
                        Arbitraries.of(FILES), changes.list().ofMinSize(1).ofMaxSize(6))
                .as((name, all) -> {
                    byte[] file = TestImages.resource(name);
                    for (Change change : all) {
                        file = change.apply(file.length == 0 ? new byte[1] : file);
                    }
                    return file;
                });
    }

    @Property(seed = "1")
    void aChangedFileIsAnImageOrAnImageExceptionWithinSeconds(@ForAll("files") byte[] file) {
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> fuzzerTestOneInput(file));
    }

    /** Any bytes are an image within the limits, or an ImageException. */
    public static void fuzzerTestOneInput(byte[] file) {
        try {
            RgbImage image = DECODER.decode(file).pixels();
            assertThat(image.width() * image.height()).isBetween(1, 200_000);
        } catch (ImageException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
