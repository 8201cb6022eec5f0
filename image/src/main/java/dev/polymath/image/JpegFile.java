package dev.polymath.image;

import java.io.ByteArrayOutputStream;

/**
 * What the segments of a JPEG say before the pixels, and the file without those that only cost time: colour profiles (the
 * photos that models learn from are read without them), comments, thumbnails.
 *
 * @param width as it is stored
 * @param height as it is stored
 * @param components 1 for grey, 3 for colour, 4 for CMYK
 * @param progressive whether it has several scans, each of which makes the image finer
 * @param orientation of EXIF, 1 to 8
 * @param bytes to decode
 */
record JpegFile(int width, int height, int components, boolean progressive, int orientation, byte[] bytes) {
    /** Each scan costs time, however few bytes it has; encoders write about ten. */
    private static final int MAX_SCANS = 100;

    private static final int SOS = 0xDA;
    private static final int EOI = 0xD9;

    static JpegFile read(byte[] file) {
        int width = 0;
        int height = 0;
        int components = 0;
        boolean framed = false;
        boolean progressive = false;
        int orientation = 1;
        int pos = 2;
        // first without the profiles, which CMYK needs
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        ByteArrayOutputStream profiles = new ByteArrayOutputStream();
        while (true) {
            int start = next(file, pos);
            int marker = file[start + 1] & 0xFF;
            if (marker == EOI) {
                throw ImageException.undecodable("JPEG without pixels");
            }
            if (marker == SOS) {
                break;
            }
            if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
                pos = start + 2;
                continue;
            }
            int end = start + 2 + (start + 3 < file.length ? u16(file, start + 2) : file.length);
            if (end > file.length) {
                throw truncated(file);
            }
            int length = end - start;
            if (isStartOfFrame(marker)) {
                // else the size that is checked could be another than the size that is decoded
                if (framed) {
                    throw ImageException.undecodable("JPEG with more than one frame header");
                }
                if (length < 10 || length != 10 + 3 * (file[start + 9] & 0xFF)) {
                    throw ImageException.undecodable("JPEG with a frame header of " + (length - 2) + " bytes");
                }
                framed = true;
                progressive = marker == 0xC2;
                height = u16(file, start + 5);
                width = u16(file, start + 7);
                components = file[start + 9] & 0xFF;
            } else if (marker == 0xE1 && length > 10 && file[start + 4] == 'E' && file[start + 7] == 'f') {
                orientation = new TiffDirectory(file, start + 10, length - 10).orientation();
            } else if (marker == 0xE2) {
                profiles.write(file, start, length);
            }
            // of the application segments JFIF and Adobe say what the colours are
            if (marker < 0xE0 || marker == 0xE0 || marker == 0xEE) {
                head.write(file, start, length);
            }
            pos = end;
        }
        if (width == 0 || height == 0) {
            throw ImageException.undecodable("JPEG that does not say its width and height before its pixels");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(file.length + 2);
        bytes.write(file, 0, 2);
        if (components == 4) {
            bytes.writeBytes(profiles.toByteArray());
        }
        bytes.writeBytes(head.toByteArray());
        int scans = next(file, pos);
        bytes.write(file, scans, file.length - scans);
        requireFewScans(file, scans);
        return new JpegFile(width, height, components, progressive, orientation, bytes.toByteArray());
    }

    /**
     * The largest JPEG that could be inside of a file of another format, in pixels: a TIFF may hold one that is larger than
     * itself.
     */
    static long largestInside(byte[] file) {
        long largest = 0;
        for (int i = 0; i + 10 < file.length; i++) {
            if (file[i] == (byte) 0xFF && isStartOfFrame(file[i + 1] & 0xFF)) {
                int components = file[i + 9] & 0xFF;
                if (u16(file, i + 2) == 8 + 3 * components && components <= 4) {
                    largest = Math.max(largest, (long) u16(file, i + 5) * u16(file, i + 7));
                }
            }
        }
        return largest;
    }

    static ImageException truncated(byte[] file) {
        return ImageException.undecodable("JPEG that is cut off after " + file.length + " bytes");
    }

    private static void requireFewScans(byte[] file, int from) {
        int scans = 0;
        for (int i = from; i + 1 < file.length; i++) {
            if (file[i] == (byte) 0xFF && file[i + 1] == (byte) SOS && ++scans > MAX_SCANS) {
                throw ImageException.undecodable("JPEG of more than " + MAX_SCANS + " scans");
            }
        }
    }

    /** Where the next marker is. */
    private static int next(byte[] file, int from) {
        for (int i = from; i + 1 < file.length; i++) {
            int marker = file[i + 1] & 0xFF;
            if (file[i] == (byte) 0xFF && marker != 0 && marker != 0xFF) {
                return i;
            }
        }
        throw truncated(file);
    }

    private static boolean isStartOfFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private static int u16(byte[] file, int i) {
        return (file[i] & 0xFF) << 8 | (file[i + 1] & 0xFF);
    }
}
