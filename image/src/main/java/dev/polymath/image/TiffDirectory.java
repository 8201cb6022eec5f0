package dev.polymath.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The first directory of a TIFF structure, which EXIF is too: single whole numbers, read in place, whatever else the
 * structure claims.
 */
final class TiffDirectory {
    static final int COMPRESSION = 259;
    static final int ORIENTATION = 274;
    static final int SAMPLES_PER_PIXEL = 277;

    private static final int SHORT = 3;
    private static final int LONG = 4;

    private final ByteBuffer bytes;
    private final int first;
    private final int entries;

    /** Of bytes that may be anything. */
    TiffDirectory(byte[] file, int offset, int length) {
        ByteBuffer slice = ByteBuffer.wrap(file, offset, length).slice();
        boolean little = length >= 8 && slice.get(0) == 'I';
        this.bytes = slice.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = length >= 8 ? Integer.toUnsignedLong(bytes.getInt(4)) : length;
        if (directory + 2 > length) {
            this.first = 0;
            this.entries = 0;
        } else {
            this.first = (int) directory + 2;
            this.entries = Math.min(bytes.getShort((int) directory) & 0xFFFF, (length - first) / 12);
        }
    }

    /** A number, or {@code fallback} if there is none. */
    long number(int tag, long fallback) {
        for (int i = 0; i < entries; i++) {
            int entry = first + 12 * i;
            if ((bytes.getShort(entry) & 0xFFFF) == tag && bytes.getInt(entry + 4) == 1) {
                return switch (bytes.getShort(entry + 2)) {
                    case SHORT -> bytes.getShort(entry + 8) & 0xFFFF;
                    case LONG -> Integer.toUnsignedLong(bytes.getInt(entry + 8));
                    default -> fallback;
                };
            }
        }
        return fallback;
    }

    /** How the image is stored: 1 (upright) to 8; 1 also if nothing sensible is said. */
    int orientation() {
        long orientation = number(ORIENTATION, 1);
        return orientation >= 1 && orientation <= 8 ? (int) orientation : 1;
    }
}
