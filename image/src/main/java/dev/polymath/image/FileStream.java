package dev.polymath.image;

import java.io.IOException;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory for a reader. One that goes on reading behind the end, where some readers find zeros for as many pixels as
 * a broken file promises, is stopped.
 */
final class FileStream extends ImageInputStreamImpl {
    /** Readers that look ahead do so a few times. */
    private static final int MAX_READS_BEHIND_END = 1000;

    private final byte[] file;
    private int behindEnd;

    FileStream(byte[] file) {
        this.file = file;
    }

    @Override
    public int read() throws IOException {
        bitOffset = 0;
        if (streamPos >= file.length) {
            return end();
        }
        return file[(int) streamPos++] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        bitOffset = 0;
        if (length == 0) {
            return 0;
        }
        if (streamPos >= file.length) {
            return end();
        }
        int count = (int) Math.min(length, file.length - streamPos);
        System.arraycopy(file, (int) streamPos, to, offset, count);
        streamPos += count;
        return count;
    }

    @Override
    public long length() {
        return file.length;
    }

    private int end() throws IOException {
        if (++behindEnd > MAX_READS_BEHIND_END) {
            throw new IIOException("reads behind the end");
        }
        return -1;
    }
}
