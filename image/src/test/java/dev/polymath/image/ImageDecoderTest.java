package dev.polymath.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
    private static final int RED = 0xFF0000;
    private static final int GREEN = 0x00FF00;
    private static final int BLUE = 0x0000FF;
    private static final int WHITE = 0xFFFFFF;

    private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

    @ParameterizedTest
    @CsvSource({
        "baseline.jpg, JPEG, 12",
        "progressive.jpg, JPEG, 12",
        "cmyk.jpg, JPEG, 60",
        "lossy.webp, WebP, 30",
        "lossless-alpha.webp, WebP, 0",
        "animated.webp, WebP, 30",
        "alpha.png, PNG, 0",
        "palette.png, PNG, 0",
        "first-frame.gif, GIF, 0",
        "rgb.bmp, BMP, 0",
        "lzw.tif, TIFF, 0",
        "jpeg.tif, TIFF, 60",
        "cmyk.tif, TIFF, 60",
        "pages.tif, TIFF, 0"
    })
    void everyFormatGivesTheQuadrantsOnWhite(String file, String format, int tolerance) {
        DecodedImage image = decoder.decode(TestImages.resource(file));

        assertThat(image.header()).isEqualTo(new ImageHeader(format, 48, 32));
        assertThat(decoder.readHeader(TestImages.resource(file))).isEqualTo(image.header());
        assertQuadrants(image.pixels(), tolerance, RED, GREEN, BLUE, WHITE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"orientation6.jpg", "orientation6.webp", "orientation6.png", "orientation6.tif"})
    void orientationIsAppliedToPixelsAndHeader(String file) {
        DecodedImage image = decoder.decode(TestImages.resource(file));

        assertThat(image.header().width()).isEqualTo(32);
        assertThat(image.header().height()).isEqualTo(48);
        assertThat(decoder.readHeader(TestImages.resource(file))).isEqualTo(image.header());
        // turned to the right
        assertQuadrants(image.pixels(), 30, BLUE, RED, WHITE, GREEN);
    }

    @ParameterizedTest
    @CsvSource({
        "1, ff0000, 00ff00, 0000ff, ffffff",
        "2, 00ff00, ff0000, ffffff, 0000ff",
        "3, ffffff, 0000ff, 00ff00, ff0000",
        "4, 0000ff, ffffff, ff0000, 00ff00",
        "5, ff0000, 0000ff, 00ff00, ffffff",
        "6, 0000ff, ff0000, ffffff, 00ff00",
        "7, ffffff, 00ff00, 0000ff, ff0000",
        "8, 00ff00, ffffff, ff0000, 0000ff"
    })
    void eachOrientationPutsTheQuadrantsWhereTheyBelong(int orientation, String a, String b, String c, String d) {
        byte[] jpeg = TestImages.resource("orientation6.jpg");
        int at = indexOf(jpeg, new byte[] {0x12, 0x01, 3, 0, 1, 0, 0, 0}, new byte[] {1, 0x12, 0, 3, 0, 0, 0, 1});
        jpeg[at + (jpeg[at] == 1 ? 9 : 8)] = (byte) orientation;

        RgbImage image = decoder.decode(jpeg).pixels();

        assertThat(image.width()).isEqualTo(orientation < 5 ? 48 : 32);
        assertQuadrants(
                image,
                12,
                Integer.parseInt(a, 16),
                Integer.parseInt(b, 16),
                Integer.parseInt(c, 16),
                Integer.parseInt(d, 16));
    }

    @Test
    void greyKeepsItsValues() {
        RgbImage jpeg = decoder.decode(TestImages.resource("grey.jpg")).pixels();
        assertQuadrants(jpeg, 6, 0x4C4C4C, 0x969696, 0x1D1D1D, WHITE);

        for (String file : new String[] {"grey16.png", "grey16.tif"}) {
            RgbImage image = decoder.decode(TestImages.resource(file)).pixels();
            assertQuadrants(image, 0, 0x808080, 0, 0x808080, 0);
        }
        RgbImage bilevel = decoder.decode(TestImages.resource("bilevel.png")).pixels();
        assertThat(rgb(bilevel, 47, 31)).isEqualTo(WHITE);
    }

    @Test
    void halfTransparentIsBlendedOverWhite() {
        BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 16; i++) {
            image.setRGB(i % 4, i / 4, 0x80FF0000);
        }

        RgbImage pixels = decoder.decode(TestImages.written(image, "png")).pixels();

        assertThat(rgb(pixels, 2, 2)).isEqualTo(0xFF7F7F);
    }

    @Test
    void sixteenBitsOfColourBecomeEight() {
        byte[] row = new byte[1 + 2 * 6];
        ByteBuffer.wrap(row, 1, 6)
                .putShort((short) 0xFFFF)
                .putShort((short) 0x8080)
                .putShort((short) 0x00FF);
        RgbImage image = decoder.decode(TestImages.png(2, 1, 16, 2, TestImages.deflated(row)))
                .pixels();

        assertThat(rgb(image, 0, 0)).isEqualTo(0xFF8001);
    }

    @Test
    void frameOfAGifLiesWhereItBelongsOnItsScreen() {
        RgbImage image = decoder.decode(TestImages.resource("offset.gif")).pixels();

        assertThat(image.toString()).isEqualTo("80x48");
        assertThat(rgb(image, 0, 0)).isEqualTo(WHITE);
        assertThat(rgb(image, 16, 8)).isEqualTo(RED);
        assertThat(rgb(image, 63, 8)).isEqualTo(GREEN);
        assertThat(rgb(image, 64, 8)).isEqualTo(WHITE);
    }

    @Test
    void onePixelIsAnImage() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, GREEN);
        for (String format : new String[] {"png", "gif", "bmp", "tiff"}) {
            assertThat(rgb(decoder.decode(TestImages.written(image, format)).pixels(), 0, 0))
                    .as(format)
                    .isEqualTo(GREEN);
        }
        assertThat(decoder.decode(TestImages.written(image, "jpeg"), 416)
                        .pixels()
                        .toString())
                .isEqualTo("1x1");
    }

    @Test
    void largeJpegIsReadSmallerButLargeEnough() {
        byte[] jpeg = TestImages.written(quadrants(1600, 1200), "jpeg");

        DecodedImage image = decoder.decode(jpeg, 200);

        assertThat(image.header()).isEqualTo(new ImageHeader("JPEG", 1600, 1200));
        assertThat(image.pixels().toString()).isEqualTo("534x400");
        assertQuadrants(image.pixels(), 12, RED, GREEN, BLUE, WHITE);
        assertThat(decoder.decode(jpeg, 301).pixels().toString()).isEqualTo("1600x1200");
        assertThat(decoder.decode(jpeg).pixels().toString()).isEqualTo("1600x1200");
    }

    @Test
    void emptyFileAndOtherFilesAreNamed() {
        assertUndecodable(() -> decoder.decode(new byte[0]), "0 bytes (expected: JPEG, PNG, WebP, GIF, BMP or TIFF)");
        assertUndecodable(
                () -> decoder.decode("<?xml version='1.0'?>\n<svg xmlns=''/>".getBytes(UTF_8)), "SVG (expected");
        assertUndecodable(() -> decoder.decode("%PDF-1.7".getBytes(UTF_8)), "PDF (expected");
        assertUndecodable(() -> decoder.decode("<!DOCTYPE html><p>".getBytes(UTF_8)), "HTML (expected");
        assertUndecodable(() -> decoder.decode("\0\0\0\034ftypavif".getBytes(UTF_8)), "AVIF (expected");
        assertUndecodable(() -> decoder.decode("\0\0\0\034ftypheic".getBytes(UTF_8)), "HEIC (expected");
        assertUndecodable(
                () -> decoder.decode("hello".getBytes(UTF_8)),
                "not an image that is known: 5 bytes that begin with 68 65 6c 6c 6f (expected");
        assertUndecodable(() -> decoder.decode(new byte[] {'B', 'M'}), "BMP");
        assertUndecodable(() -> decoder.decode("GIF89a".getBytes(UTF_8)), "GIF");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "baseline.jpg",
                "progressive.jpg",
                "orientation6.jpg",
                "cmyk.jpg",
                "grey.jpg",
                "lossy.webp",
                "lossless-alpha.webp",
                "animated.webp",
                "orientation6.webp",
                "alpha.png",
                "palette.png",
                "grey16.png",
                "rgb.bmp",
                "lzw.tif",
                "jpeg.tif",
                "cmyk.tif",
                "offset.gif"
            })
    void aFileThatIsCutOffIsAnErrorWhereverThatIs(String name) {
        byte[] file = TestImages.resource(name);
        // a TIFF may have its directory first, a GIF its first frame, and what follows is not read
        int whole = name.endsWith(".gif") ? file.length / 3 : name.endsWith(".tif") ? file.length / 2 : file.length - 3;
        for (int length = 1; length < whole; length += Math.max(1, file.length / 150)) {
            byte[] part = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> decoder.decode(part))
                    .as("%s, %d of %d bytes", name, length, file.length)
                    .isInstanceOfSatisfying(
                            ImageException.class, e -> assertThat(e.kind()).isEqualTo(ImageException.Kind.UNDECODABLE));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "baseline.jpg",
                "progressive.jpg",
                "cmyk.jpg",
                "lossy.webp",
                "lossless-alpha.webp",
                "animated.webp",
                "alpha.png",
                "palette.png",
                "rgb.bmp",
                "lzw.tif",
                "jpeg.tif",
                "offset.gif"
            })
    void aBrokenFileIsAnImageOrAnImageException(String name) {
        byte[] file = TestImages.resource(name);
        ImageDecoder small = new ImageDecoder(new ImageLimits(1_000_000, 1_000_000));
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            byte[] broken = file.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                // headers more often than the rest
                broken[random.nextInt(random.nextBoolean() ? Math.min(200, broken.length) : broken.length)] =
                        (byte) random.nextInt(256);
            }
            try {
                small.decode(broken);
            } catch (ImageException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void tooManyBytesAreRefusedBeforeAnythingElse() {
        ImageDecoder small = new ImageDecoder(new ImageLimits(100, 100));

        assertTooLarge(() -> small.decode(new byte[101]), "101 bytes (expected: <= 100)");
    }

    @Test
    void aDecompressionBombCostsNothing() {
        byte[] png = TestImages.pngOfOneColour(30_000, 30_000);
        assertThat(png.length).isLessThan(200_000);
        byte[] gif = TestImages.resource("first-frame.gif");
        ByteBuffer.wrap(gif)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(6, (short) 65535)
                .putShort(8, (short) 65535);
        byte[] bmp = TestImages.resource("rgb.bmp");
        ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 8_000).putInt(22, 8_000);
        byte[] jpeg = TestImages.resource("baseline.jpg");
        int frame = indexOf(jpeg, new byte[] {(byte) 0xFF, (byte) 0xC0, 0, 17}, new byte[] {(byte) 0xFF, (byte) 0xC0});
        ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) 65500).putShort(frame + 7, (short) 65500);

        assertTooLarge(() -> decoder.decode(png), "PNG of 30000x30000 pixels, 900000000 (expected: <= 50000000)");
        assertTooLarge(() -> decoder.readHeader(png), "PNG of 30000x30000");
        assertTooLarge(() -> decoder.decode(gif), "GIF of 65535x65535");
        assertTooLarge(() -> decoder.decode(bmp), "BMP of 64000000 pixels (expected: <= 50000000)");
        assertTooLarge(() -> decoder.decode(jpeg, 100), "JPEG of 65500x65500");
    }

    @Test
    void anImageThatIsLargerThanItsContainerSaysIsRefused() {
        byte[] webp = TestImages.resource("orientation6.webp");
        int frame = indexOf(webp, "VP8 ".getBytes(UTF_8), "VP8 ".getBytes(UTF_8)) + 8;
        ByteBuffer.wrap(webp)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(frame + 6, (short) 16383)
                .putShort(frame + 8, (short) 16383);
        byte[] tiff = TestImages.resource("jpeg.tif");
        int jpeg = indexOf(tiff, new byte[] {(byte) 0xFF, (byte) 0xC0, 0, 17}, new byte[] {(byte) 0xFF, (byte) 0xC0});
        ByteBuffer.wrap(tiff).putShort(jpeg + 5, (short) 65500).putShort(jpeg + 7, (short) 65500);

        assertTooLarge(() -> decoder.decode(webp), "WebP of 268402689 pixels");
        assertTooLarge(() -> decoder.decode(tiff), "TIFF of 4290250000 pixels");
    }

    @Test
    void aJpegHasOneFrameHeaderOfTheRightLength() {
        for (String name : List.of("baseline.jpg", "progressive.jpg")) {
            byte[] file = TestImages.resource(name);
            int frame =
                    indexOf(file, new byte[] {(byte) 0xFF, (byte) 0xC0, 0, 17}, new byte[] {(byte) 0xFF, (byte) 0xC2});
            byte[] two = Arrays.copyOf(file, file.length + 19);
            System.arraycopy(file, frame, two, frame + 19, file.length - frame);
            ByteBuffer.wrap(two).putShort(frame + 5, (short) 65500).putShort(frame + 7, (short) 65500);
            byte[] small = file.clone();
            small[frame + 3] = 7;

            assertUndecodable(() -> decoder.decode(two), "JPEG with more than one frame header");
            assertUndecodable(() -> decoder.decode(small), "JPEG with a frame header of 7 bytes");
        }
    }

    @Test
    void textsOfAPngAreNotUnpacked() {
        byte[] zeros = new byte[100_000_000];
        byte[] text = TestImages.deflated(zeros);
        byte[] chunk = new byte[text.length + 3];
        chunk[0] = 'x';
        System.arraycopy(text, 0, chunk, 3, text.length);
        // of an image with a palette the JDK would read all chunks
        byte[] png = TestImages.png(
                1,
                1,
                8,
                3,
                TestImages.deflated(new byte[] {0, 0}),
                TestImages.chunk("PLTE", new byte[] {1, 2, 3}),
                TestImages.chunk("zTXt", chunk));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        decoder.decode(png);
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());

        RgbImage image = decoder.decode(png).pixels();

        assertThat(rgb(image, 0, 0)).isEqualTo(0x010203);
        assertThat(threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before)
                .isLessThan(5_000_000);
    }

    @Test
    void aJpegOfEndlessScansIsRefused() {
        byte[] file = TestImages.resource("progressive.jpg");
        int scan = lastIndexOf(file, (byte) 0xDA);
        byte[] last = Arrays.copyOfRange(file, scan, file.length - 2);
        byte[] endless = Arrays.copyOf(file, file.length - 2 + 300 * last.length);
        for (int i = 0; i < 300; i++) {
            System.arraycopy(last, 0, endless, file.length - 2 + i * last.length, last.length);
        }

        assertUndecodable(() -> decoder.decode(endless), "JPEG of more than 100 scans");
    }

    @Test
    void decodesOnManyThreadsWithoutAContextClassLoader() {
        byte[] webp = TestImages.resource("lossy.webp");
        CompletableFuture<?>[] all = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.runAsync(() -> {
                    Thread.currentThread().setContextClassLoader(null);
                    for (int n = 0; n < 20; n++) {
                        assertQuadrants(decoder.decode(webp).pixels(), 30, RED, GREEN, BLUE, WHITE);
                        assertQuadrants(
                                decoder.decode(TestImages.resource("cmyk.jpg")).pixels(), 60, RED, GREEN, BLUE, WHITE);
                    }
                }))
                .toArray(CompletableFuture[]::new);

        CompletableFuture.allOf(all).join();
    }

    static BufferedImage quadrants(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        int[] colours = {RED, GREEN, BLUE, WHITE};
        for (int i = 0; i < 4; i++) {
            graphics.setColor(new Color(colours[i]));
            graphics.fillRect(i % 2 * width / 2, i / 2 * height / 2, width / 2, height / 2);
        }
        graphics.dispose();
        return image;
    }

    static int rgb(RgbImage image, int x, int y) {
        int p = 3 * (y * image.width() + x);
        byte[] bytes = image.pixels();
        return (bytes[p] & 0xFF) << 16 | (bytes[p + 1] & 0xFF) << 8 | (bytes[p + 2] & 0xFF);
    }

    private static void assertQuadrants(RgbImage image, int tolerance, int... colours) {
        for (int i = 0; i < 4; i++) {
            int x = image.width() / 4 + i % 2 * image.width() / 2;
            int y = image.height() / 4 + i / 2 * image.height() / 2;
            int actual = rgb(image, x, y);
            for (int shift = 0; shift < 24; shift += 8) {
                assertThat(actual >> shift & 0xFF)
                        .as("quadrant %d: %06x (expected: %06x)", i, actual, colours[i])
                        .isBetween((colours[i] >> shift & 0xFF) - tolerance, (colours[i] >> shift & 0xFF) + tolerance);
            }
        }
    }

    private static void assertUndecodable(ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ImageException.class, e -> assertThat(e.kind()).isEqualTo(ImageException.Kind.UNDECODABLE))
                .hasMessageStartingWith(message);
    }

    private static void assertTooLarge(ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .hasMessageStartingWith(message)
                .isInstanceOfSatisfying(
                        ImageException.class, e -> assertThat(e.kind()).isEqualTo(ImageException.Kind.TOO_LARGE));
    }

    private static int indexOf(byte[] bytes, byte[] wanted, byte[] orElse) {
        for (byte[] each : new byte[][] {wanted, orElse}) {
            for (int i = 0; i + each.length <= bytes.length; i++) {
                if (Arrays.equals(bytes, i, i + each.length, each, 0, each.length)) {
                    return i;
                }
            }
        }
        throw new IllegalArgumentException("not there");
    }

    private static int lastIndexOf(byte[] bytes, byte marker) {
        for (int i = bytes.length - 2; i >= 0; i--) {
            if (bytes[i] == (byte) 0xFF && bytes[i + 1] == marker) {
                return i;
            }
        }
        throw new IllegalArgumentException("not there");
    }
}
