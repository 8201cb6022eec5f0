package dev.polymath.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * What the chunks of a PNG say, and the file without those that the pixels do not need: texts and profiles are compressed and
 * may be far larger than they look.
 *
 * @param orientation of EXIF, 1 to 8
 * @param bytes to decode
 */
record PngFile(int width, int height, int orientation, byte[] bytes) {
    private static final int SIGNATURE = 8;

    static PngFile read(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(file.length);
        bytes.write(file, 0, SIGNATURE);
        int width = 0;
        int height = 0;
        int orientation = 1;
        boolean ended = false;
        for (int pos = SIGNATURE; !ended && pos + 12 <= file.length; ) {
            long end = pos + 12L + Integer.toUnsignedLong(in.getInt(pos));
            if (end > file.length) {
                throw truncated(file);
            }
            int length = (int) end - pos;
            switch (in.getInt(pos + 4)) {
                case 0x49484452 -> { // IHDR
                    if (length < 25) {
                        throw ImageException.undecodable("PNG with a broken header");
                    }
                    width = in.getInt(pos + 8);
                    height = in.getInt(pos + 12);
                    bytes.write(file, pos, length);
                }
                // PLTE, tRNS, IDAT
                case 0x504C5445, 0x74524E53, 0x49444154 -> bytes.write(file, pos, length);
                case 0x49454E44 -> { // IEND
                    bytes.write(file, pos, length);
                    ended = true;
                }
                // eXIf
                case 0x65584966 -> orientation = new TiffDirectory(file, pos + 8, length - 12).orientation();
                default -> {
                    // not of the pixels
                }
            }
            pos = (int) end;
        }
        if (!ended) {
            throw truncated(file);
        }
        if (width <= 0 || height <= 0) {
            throw ImageException.undecodable("PNG of " + width + "x" + height + " pixels");
        }
        return new PngFile(width, height, orientation, bytes.toByteArray());
    }

    private static ImageException truncated(byte[] file) {
        return ImageException.undecodable("PNG that is cut off after " + file.length + " bytes");
    }
}
