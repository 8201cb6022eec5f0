package dev.polymath.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the chunks of a WebP say.
 *
 * @param largest pixels of the largest image that any chunk says to hold, whatever the header says
 * @param orientation of EXIF, 1 to 8
 */
record WebPFile(long largest, int orientation) {
    static WebPFile read(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < 20 || 8 + Integer.toUnsignedLong(in.getInt(4)) > file.length) {
            throw ImageException.undecodable("WebP that is cut off after " + file.length + " bytes");
        }
        long largest = 0;
        int orientation = 1;
        for (long pos = 12; pos + 8 <= file.length; ) {
            int data = (int) pos + 8;
            long length = Integer.toUnsignedLong(in.getInt((int) pos + 4));
            int available = (int) Math.min(length, file.length - data);
            switch (in.getInt((int) pos)) {
                case 0x20385056 -> { // "VP8 "
                    if (available >= 10) {
                        largest = Math.max(
                                largest, (in.getShort(data + 6) & 0x3FFFL) * (in.getShort(data + 8) & 0x3FFFL));
                    }
                }
                case 0x4C385056 -> { // "VP8L"
                    if (available >= 5) {
                        int bits = in.getInt(data + 1);
                        largest = Math.max(largest, ((bits & 0x3FFFL) + 1) * ((bits >>> 14 & 0x3FFFL) + 1));
                    }
                }
                case 0x46495845 -> { // "EXIF", as it is or as in a JPEG
                    int skip = available > 6 && file[data] == 'E' ? 6 : 0;
                    orientation = new TiffDirectory(file, data + skip, available - skip).orientation();
                }
                default -> {
                    // not of the pixels
                }
            }
            // the chunks of a frame are inside of it, behind 16 bytes
            pos = in.getInt((int) pos) == 0x464D4E41 ? data + 16L : data + length + (length & 1);
        }
        return new WebPFile(largest, orientation);
    }
}
