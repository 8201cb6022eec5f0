package dev.polymath.image;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Node;

/**
 * Decodes JPEG, PNG, WebP, GIF (the first frame), BMP and TIFF (the first page) files to what a person sees: EXIF orientation
 * applied, transparent parts over white, grey, palettes, CMYK and 16 bits as 8-bit RGB. Colour profiles are not applied,
 * except to CMYK. Thread-safe; decodes on the calling thread.
 *
 * <p>All limits are checked before anything is decoded, so that a file that promises too much costs nothing. A broken file is
 * an error and not the part of the image that can be read.
 */
public final class ImageDecoder {
    /** How much finer than asked for a JPEG is read at least, because what is left out is not averaged. */
    private static final int OVERSAMPLING = 2;

    private static final int MAX_SAMPLES_PER_PIXEL = 8;

    private static final ImageReaderSpi JPEG = new JPEGImageReaderSpi();
    private static final ImageReaderSpi WEBP = new WebPImageReaderSpi();
    private static final ImageReaderSpi TIFF = new TIFFImageReaderSpi();

    static {
        ImageIO.setUseCache(false);
        // By hand, because ImageIO looks for plug-ins where the class loader of whatever thread is first finds them.
        for (ImageReaderSpi provider : new ImageReaderSpi[] {JPEG, WEBP, TIFF}) {
            IIORegistry.getDefaultInstance().registerServiceProvider(provider, ImageReaderSpi.class);
        }
    }

    private final ImageLimits limits;

    /**
     * What is to be decoded of a file.
     *
     * @param width as it is stored
     * @param height as it is stored
     * @param orientation of EXIF, 1 to 8
     * @param jpeg if it is one
     * @param bytes for the reader
     */
    private record Source(
            ImageFormat format,
            int width,
            int height,
            int orientation,
            @Nullable JpegFile jpeg,
            byte[] bytes) {
        ImageHeader header() {
            return Orientation.swaps(orientation)
                    ? new ImageHeader(format.toString(), height, width)
                    : new ImageHeader(format.toString(), width, height);
        }
    }

    /** Warnings that the image is not whole. */
    private static final class Truncation implements IIOReadWarningListener {
        private boolean found;

        @Override
        public void warningOccurred(ImageReader source, String warning) {
            String lower = warning.toLowerCase(Locale.ROOT);
            found |= lower.contains("truncated file") || lower.contains("unexpected end of file");
        }
    }

    /** A decoder with limits for each file. */
    public ImageDecoder(ImageLimits limits) {
        this.limits = limits;
    }

    /** The limits for each file. */
    public ImageLimits limits() {
        return limits;
    }

    /**
     * Reads what a file says of itself.
     *
     * @throws ImageException UNDECODABLE or TOO_LARGE, as {@link #decode(byte[])} would
     */
    public ImageHeader readHeader(byte[] file) {
        return source(file).header();
    }

    /**
     * Decodes a file.
     *
     * @throws ImageException UNDECODABLE if it is not a whole image of a known format, TOO_LARGE if it has more bytes or
     *     pixels than the limits; the message says which and what was expected
     */
    public DecodedImage decode(byte[] file) {
        return decode(file, Integer.MAX_VALUE);
    }

    /**
     * Decodes a file with at least the pixels that a model of a given input size needs; a large JPEG is then read at a third
     * of its width and height, say, which takes less time and memory.
     *
     * @param minSide the larger side of what the model reads, at least 1; the shorter side of the image stays at least twice
     *     as long if it is
     * @throws ImageException as {@link #decode(byte[])}
     */
    public DecodedImage decode(byte[] file, int minSide) {
        RgbImage.require(minSide >= 1, "minSide", minSide, ">= 1");
        Source source = source(file);
        int step = (int) Math.max(1, Math.min(source.width(), source.height()) / ((long) OVERSAMPLING * minSide));
        RgbImage image = read(source, step);
        return new DecodedImage(source.header(), Orientation.upright(image, source.orientation()));
    }

    private Source source(byte[] file) {
        if (file.length > limits.maxBytes()) {
            throw new ImageException(
                    ImageException.Kind.TOO_LARGE,
                    file.length + " bytes (expected: <= " + limits.maxBytes() + ")",
                    null);
        }
        ImageFormat format = ImageFormat.of(file);
        Source source = switch (format) {
            case JPEG -> {
                JpegFile jpeg = JpegFile.read(file);
                yield new Source(format, jpeg.width(), jpeg.height(), jpeg.orientation(), jpeg, jpeg.bytes());
            }
            case PNG -> {
                PngFile png = PngFile.read(file);
                yield new Source(format, png.width(), png.height(), png.orientation(), null, png.bytes());
            }
            case WEBP -> {
                WebPFile webp = WebPFile.read(file);
                requirePixels(format, webp.largest());
                yield measured(format, webp.orientation(), file);
            }
            case TIFF -> {
                TiffDirectory directory = new TiffDirectory(file, 0, file.length);
                requirePixels(format, JpegFile.largestInside(file));
                long samples = directory.number(TiffDirectory.SAMPLES_PER_PIXEL, 1);
                if (samples > MAX_SAMPLES_PER_PIXEL) {
                    throw ImageException.undecodable(
                            "TIFF with " + samples + " samples per pixel (expected: <= " + MAX_SAMPLES_PER_PIXEL + ")");
                }
                yield measured(format, directory.orientation(), file);
            }
            case BMP -> {
                requirePixels(format, bmpPixels(file));
                yield measured(format, 1, file);
            }
            case GIF -> measured(format, 1, file);
        };
        requirePixels(source);
        return source;
    }

    /** Of a format whose reader tells the size. */
    private Source measured(ImageFormat format, int orientation, byte[] file) {
        return with(format, file, reader -> {
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            if (format == ImageFormat.GIF) {
                width = Math.max(u16(file, 6), width + gifOffset(reader, "imageLeftPosition"));
                height = Math.max(u16(file, 8), height + gifOffset(reader, "imageTopPosition"));
            } else if (format == ImageFormat.TIFF) {
                // a tile is unpacked whole, however little of it the image shows
                requirePixels(format, (long) reader.getTileWidth(0) * reader.getTileHeight(0));
            } else if (format == ImageFormat.BMP && file.length > 30 && (file[30] == 4 || file[30] == 5)) {
                throw ImageException.undecodable("BMP with a JPEG or PNG in it (expected: pixels)");
            }
            return new Source(format, width, height, orientation, null, file);
        });
    }

    private void requirePixels(Source source) {
        long pixels = (long) source.width() * source.height();
        if (pixels > limits.maxPixels()) {
            throw new ImageException(
                    ImageException.Kind.TOO_LARGE,
                    source.format() + " of " + source.width() + "x" + source.height() + " pixels, " + pixels
                            + " (expected: <= " + limits.maxPixels() + ")",
                    null);
        }
    }

    private void requirePixels(ImageFormat format, long pixels) {
        if (pixels > limits.maxPixels()) {
            throw new ImageException(
                    ImageException.Kind.TOO_LARGE,
                    format + " of " + pixels + " pixels (expected: <= " + limits.maxPixels() + ")",
                    null);
        }
    }

    /** What the header says; 0 for the oldest kind of header, whose numbers are small. */
    private static long bmpPixels(byte[] file) {
        if (file.length < 26 || file[14] == 12) {
            return 0;
        }
        ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        return Math.abs((long) header.getInt(18)) * Math.abs((long) header.getInt(22));
    }

    private static RgbImage read(Source source, int step) {
        return with(source.format(), bytes(source), reader -> {
            Truncation truncation = new Truncation();
            reader.addIIOReadWarningListener(truncation);
            ImageReadParam parameters = reader.getDefaultReadParam();
            JpegFile jpeg = source.jpeg();
            if (jpeg != null) {
                parameters.setSourceSubsampling(step, step, 0, 0);
                if (jpeg.components() == 3) {
                    parameters.setDestination(
                            Pixels.newRgb((source.width() + step - 1) / step, (source.height() + step - 1) / step));
                }
            }
            BufferedImage image = reader.read(0, parameters);
            if (truncation.found) {
                throw cutOff(source.format(), source.bytes(), null);
            }
            return source.format() == ImageFormat.GIF ? onScreen(source, reader, image) : Pixels.of(image);
        });
    }

    private static byte[] bytes(Source source) {
        JpegFile jpeg = source.jpeg();
        byte[] sequential = jpeg != null && jpeg.progressive() ? ProgressiveJpeg.sequential(source.bytes()) : null;
        return sequential == null ? source.bytes() : sequential;
    }

    /** A frame where it belongs on the screen that the GIF is for. */
    private static RgbImage onScreen(Source source, ImageReader reader, BufferedImage image) throws IOException {
        RgbImage frame = Pixels.of(image);
        if (frame.width() == source.width() && frame.height() == source.height()) {
            return frame;
        }
        byte[] screen = new byte[3 * source.width() * source.height()];
        Arrays.fill(screen, (byte) 255);
        int left = gifOffset(reader, "imageLeftPosition");
        int top = gifOffset(reader, "imageTopPosition");
        for (int y = 0; y < frame.height(); y++) {
            System.arraycopy(
                    frame.pixels(),
                    3 * y * frame.width(),
                    screen,
                    3 * ((top + y) * source.width() + left),
                    3 * frame.width());
        }
        return new RgbImage(source.width(), source.height(), screen);
    }

    private static int gifOffset(ImageReader reader, String attribute) throws IOException {
        IIOMetadata metadata = reader.getImageMetadata(0);
        for (Node node = metadata.getAsTree(metadata.getNativeMetadataFormatName())
                        .getFirstChild();
                node != null;
                node = node.getNextSibling()) {
            if (node.getNodeName().equals("ImageDescriptor")) {
                return Integer.parseInt(
                        node.getAttributes().getNamedItem(attribute).getNodeValue());
            }
        }
        return 0;
    }

    @FunctionalInterface
    private interface Reading<R> {
        R with(ImageReader reader) throws IOException;
    }

    private static <R> R with(ImageFormat format, byte[] file, Reading<R> reading) {
        ImageReader reader = null;
        try (FileStream in = new FileStream(file)) {
            reader = reader(format);
            reader.setInput(in, false, format != ImageFormat.GIF);
            return reading.with(reader);
        } catch (ImageException e) {
            throw e;
        } catch (IOException | RuntimeException e) { // readers throw anything at broken files
            throw broken(format, file, e);
        } finally {
            if (reader != null) {
                reader.dispose();
            }
        }
    }

    private static ImageException broken(ImageFormat format, byte[] file, Exception failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof EOFException) {
                return cutOff(format, file, failure);
            }
        }
        return new ImageException(
                ImageException.Kind.UNDECODABLE,
                format + " that is broken or of an unknown kind, " + file.length + " bytes",
                failure);
    }

    private static ImageException cutOff(ImageFormat format, byte[] file, @Nullable Exception failure) {
        return new ImageException(
                ImageException.Kind.UNDECODABLE, format + " that is cut off after " + file.length + " bytes", failure);
    }

    private static int u16(byte[] file, int i) {
        return (file[i] & 0xFF) | (file[i + 1] & 0xFF) << 8;
    }

    private static ImageReader reader(ImageFormat format) throws IOException {
        return switch (format) {
            case JPEG -> JPEG.createReaderInstance();
            case WEBP -> WEBP.createReaderInstance();
            case TIFF -> TIFF.createReaderInstance();
            case PNG, GIF, BMP -> {
                // those of the JDK, which are always registered
                Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.name());
                if (!readers.hasNext()) {
                    throw new IIOException("no reader for " + format);
                }
                yield readers.next();
            }
        };
    }
}
