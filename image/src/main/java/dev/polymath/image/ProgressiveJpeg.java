package dev.polymath.image;

import java.io.Serial;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes a progressive JPEG sequential, without loss: the coefficients of all scans are read and written as one scan. Java's
 * reader makes pixels of each scan of a progressive one, about ten times the work, and cannot be told to wait for the last.
 */
final class ProgressiveJpeg {
    private static final int SOF0 = 0xC0;
    private static final int SOF2 = 0xC2;
    private static final int DHT = 0xC4;
    private static final int EOI = 0xD9;
    private static final int SOS = 0xDA;
    private static final int DQT = 0xDB;
    private static final int DRI = 0xDD;
    private static final int MAX_BLOCKS_OF_MCU = 10;

    private final byte[] file;
    private final Codes[] dc = new Codes[4];
    private final Codes[] ac = new Codes[4];
    private final JpegBits.Writer out;
    private Component[] components = {};
    private int pos = 2;
    private int frame;
    private int width;
    private int height;
    private int maxH = 1;
    private int maxV = 1;
    private int restart;

    /** A colour: its blocks of 64 coefficients in zigzag order, row by row; rows are filled up to whole MCUs. */
    private static final class Component {
        private final int id;
        private final int h;
        private final int v;
        private int blocksX;
        private int blocksY;
        private int stride;
        private short[] coefficients = {};
        /** Of each block, which coefficients are not 0. */
        private long[] present = {};

        private int predicted;

        Component(int id, int h, int v) {
            this.id = id;
            this.h = h;
            this.v = v;
        }
    }

    /** Something that this does not read; Java's reader may. */
    private static final class Unsupported extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1L;

        Unsupported(String message) {
            super(message, null, false, false);
        }
    }

    private ProgressiveJpeg(byte[] file) {
        this.file = file;
        this.out = new JpegBits.Writer(file.length + file.length / 4 + 1024);
    }

    /**
     * The same image in one scan.
     *
     * @param file as {@link JpegFile} leaves it
     * @return null if it is not progressive, or is broken or made in some way that is left to Java's reader
     * @throws ImageException if it is cut off
     */
    static byte @Nullable [] sequential(byte[] file) {
        try {
            return new ProgressiveJpeg(file).transcode();
        } catch (Unsupported | ArrayIndexOutOfBoundsException e) {
            return null;
        }
    }

    private byte[] transcode() {
        out.bytes(file, 0, 2);
        boolean scanned = false;
        while (true) {
            int marker = nextMarker();
            if (marker == EOI) {
                break;
            }
            if (marker >= 0xD0 && marker <= 0xD7) {
                continue;
            }
            int length = pos + 2 <= file.length ? u16(pos) : file.length;
            int end = pos + length;
            if (end > file.length) {
                throw JpegFile.truncated(file);
            }
            switch (marker) {
                case SOF2 -> frame();
                case DHT -> tables(end);
                case DRI -> restart = u16(pos + 2);
                case SOS -> {
                    scan();
                    scanned = true;
                    end = pos;
                }
                default -> {
                    require(!scanned && (marker == DQT || marker >= 0xE0), "segment");
                    out.bytes(file, pos - 2, length + 2);
                }
            }
            pos = end;
        }
        require(scanned, "no scan");
        write();
        return out.toByteArray();
    }

    private int nextMarker() {
        while (pos + 1 < file.length) {
            int marker = file[pos + 1] & 0xFF;
            if (file[pos] == (byte) 0xFF && marker != 0 && marker != 0xFF) {
                pos += 2;
                return marker;
            }
            pos++;
        }
        throw JpegFile.truncated(file);
    }

    private void frame() {
        require(components.length == 0 && file[pos + 2] == 8, "frame");
        frame = pos;
        height = u16(pos + 3);
        width = u16(pos + 5);
        int count = file[pos + 7];
        require(height > 0 && width > 0 && count >= 1 && count <= 4, "frame");
        components = new Component[count];
        int blocks = 0;
        for (int i = 0; i < components.length; i++) {
            int at = pos + 8 + 3 * i;
            Component component = new Component(file[at] & 0xFF, file[at + 1] >> 4 & 15, file[at + 1] & 15);
            require(component.h >= 1 && component.h <= 4 && component.v >= 1 && component.v <= 4, "sampling");
            components[i] = component;
            blocks += component.h * component.v;
            maxH = Math.max(maxH, component.h);
            maxV = Math.max(maxV, component.v);
        }
        require(blocks <= MAX_BLOCKS_OF_MCU, "sampling");
        if (components.length == 1) {
            // the only colour is not subsampled, whatever is said of it
            components[0] = new Component(components[0].id, 1, 1);
            maxH = 1;
            maxV = 1;
        }
        for (Component component : components) {
            component.blocksX = ceil(ceil(width * component.h, maxH), 8);
            component.blocksY = ceil(ceil(height * component.v, maxV), 8);
            component.stride = mcusX() * component.h;
            long size = 64L * component.stride * mcusY() * component.v;
            require(size <= Integer.MAX_VALUE - 8, "size");
            component.coefficients = new short[(int) size];
            component.present = new long[(int) (size / 64)];
        }
    }

    private int mcusX() {
        return ceil(width, 8 * maxH);
    }

    private int mcusY() {
        return ceil(height, 8 * maxV);
    }

    private void tables(int end) {
        int at = pos + 2;
        while (at < end) {
            int id = file[at] & 15;
            require(id < 4, "table");
            Codes codes = Codes.read(file, at + 1);
            (file[at] >> 4 == 0 ? dc : ac)[id] = codes;
            at += 17 + codes.count();
        }
    }

    private void scan() {
        int count = file[pos + 2];
        require(components.length > 0 && count >= 1 && count <= components.length, "scan");
        Component[] parts = new Component[count];
        Codes[] tables = new Codes[count];
        int at = pos + 3 + 2 * count;
        int first = file[at];
        int last = file[at + 1];
        int high = file[at + 2] >> 4 & 15;
        int low = file[at + 2] & 15;
        require(first >= 0 && first <= last && last <= 63 && low <= 13 && (first > 0 || last == 0), "scan");
        require(first == 0 || count == 1, "scan");
        for (int i = 0; i < count; i++) {
            int id = file[pos + 3 + 2 * i] & 0xFF;
            int table = file[pos + 4 + 2 * i];
            parts[i] = Arrays.stream(components)
                    .filter(component -> component.id == id)
                    .findFirst()
                    .orElseThrow(() -> new Unsupported("component"));
            Codes codes = first == 0 ? dc[table >> 4 & 3] : ac[table & 3];
            require(codes != null || first == 0 && high > 0, "table");
            tables[i] = codes == null ? Codes.DC : codes;
            parts[i].predicted = 0;
        }
        JpegBits.Reader bits = new JpegBits.Reader(file, at + 3);
        if (count == 1) {
            Component part = parts[0];
            int done = 0;
            int run = 0;
            for (int y = 0; y < part.blocksY; y++) {
                for (int x = 0; x < part.blocksX; x++) {
                    if (restart > 0 && done == restart) {
                        bits.restart();
                        part.predicted = 0;
                        run = 0;
                        done = 0;
                    }
                    done++;
                    int block = y * part.stride + x;
                    if (first == 0) {
                        direct(bits, part, tables[0], block, high, low);
                    } else if (high > 0) {
                        run = refined(bits, part, block, tables[0], first, last, low, run);
                    } else if (run > 0) {
                        run--;
                    } else {
                        run = alternating(bits, part, block, tables[0], first, last, low);
                    }
                }
            }
        } else {
            interleaved(bits, parts, tables, high, low);
        }
        pos = bits.position();
    }

    private void interleaved(JpegBits.Reader bits, Component[] parts, Codes[] tables, int high, int low) {
        int done = 0;
        for (int mcuY = 0; mcuY < mcusY(); mcuY++) {
            for (int mcuX = 0; mcuX < mcusX(); mcuX++) {
                if (restart > 0 && done == restart) {
                    bits.restart();
                    for (Component part : parts) {
                        part.predicted = 0;
                    }
                    done = 0;
                }
                done++;
                for (int i = 0; i < parts.length; i++) {
                    Component part = parts[i];
                    for (int y = 0; y < part.v; y++) {
                        for (int x = 0; x < part.h; x++) {
                            int block = (mcuY * part.v + y) * part.stride + mcuX * part.h + x;
                            direct(bits, part, tables[i], block, high, low);
                        }
                    }
                }
            }
        }
    }

    /** The mean of a block. */
    private static void direct(JpegBits.Reader bits, Component part, Codes codes, int block, int high, int low) {
        if (high == 0) {
            int size = codes.decode(bits);
            part.predicted += size == 0 ? 0 : bits.signed(size);
            part.coefficients[64 * block] = (short) (part.predicted << low);
        } else {
            part.coefficients[64 * block] |= (short) (bits.bits(1) << low);
        }
    }

    /** The other coefficients of a block for the first time; returns how many blocks after it have none. */
    private static int alternating(
            JpegBits.Reader bits, Component part, int block, Codes codes, int first, int last, int low) {
        long present = 0;
        int run = 0;
        for (int k = first; k <= last; k++) {
            int code = codes.decode(bits);
            int zeros = code >> 4;
            int size = code & 15;
            if (size != 0) {
                k += zeros;
                require(k <= last, "run");
                part.coefficients[64 * block + k] = (short) (bits.signed(size) << low);
                present |= 1L << k;
            } else if (zeros == 15) {
                k += 15;
            } else {
                run = (1 << zeros) - 1 + (zeros == 0 ? 0 : bits.bits(zeros));
                break;
            }
        }
        part.present[block] |= present;
        return run;
    }

    /** A bit more of each coefficient; {@code run} and what is returned are blocks that get no new ones. */
    private static int refined(
            JpegBits.Reader bits, Component part, int block, Codes codes, int first, int last, int low, int run) {
        // those that are there already; the new ones are not refined at once
        long present = part.present[block] & (-1L << first) & (-1L >>> (63 - last));
        int left = run;
        while (left == 0 && first <= last) {
            int code = codes.decode(bits);
            int zeros = code >> 4;
            int value = 0;
            if ((code & 15) != 0) {
                value = bits.bits(1) == 1 ? 1 << low : -1 << low;
            } else if (zeros < 15) {
                left = (1 << zeros) + (zeros == 0 ? 0 : bits.bits(zeros));
                break;
            }
            // to the coefficient behind so many that are 0
            while (present != 0) {
                int next = Long.numberOfTrailingZeros(present);
                if (zeros < next - first) {
                    break;
                }
                zeros -= next - first;
                refine(bits, part.coefficients, 64 * block + next, low);
                present &= present - 1;
                first = next + 1;
            }
            first += zeros;
            if (value != 0) {
                require(first <= last, "run");
                part.coefficients[64 * block + first] = (short) value;
                part.present[block] |= 1L << first;
            }
            first++;
        }
        if (left > 0) {
            for (; present != 0; present &= present - 1) {
                refine(bits, part.coefficients, 64 * block + Long.numberOfTrailingZeros(present), low);
            }
            left--;
        }
        return left;
    }

    private static void refine(JpegBits.Reader bits, short[] coefficients, int i, int low) {
        int value = coefficients[i];
        if (bits.bits(1) == 1 && (value & (1 << low)) == 0) {
            coefficients[i] += (short) (value >= 0 ? 1 << low : -1 << low);
        }
    }

    private void write() {
        int frameLength = u16(frame);
        out.marker(SOF0);
        out.bytes(file, frame, frameLength);
        out.marker(DHT);
        out.u16(2 + 2 * 17 + Codes.DC.count() + Codes.AC.count());
        Codes.DC.write(out, 0x00);
        Codes.AC.write(out, 0x10);
        out.marker(SOS);
        out.u16(6 + 2 * components.length);
        out.u8(components.length);
        for (Component component : components) {
            out.u8(component.id);
            out.u8(0);
            component.predicted = 0;
        }
        out.u8(0);
        out.u8(63);
        out.u8(0);
        if (components.length == 1) {
            Component only = components[0];
            for (int y = 0; y < only.blocksY; y++) {
                for (int x = 0; x < only.blocksX; x++) {
                    write(only, y * only.stride + x);
                }
            }
        } else {
            for (int mcu = 0; mcu < mcusX() * mcusY(); mcu++) {
                for (Component part : components) {
                    int block = mcu / mcusX() * part.v * part.stride + mcu % mcusX() * part.h;
                    for (int y = 0; y < part.v; y++) {
                        for (int x = 0; x < part.h; x++) {
                            write(part, block + y * part.stride + x);
                        }
                    }
                }
            }
        }
        out.flush();
        out.marker(EOI);
    }

    private void write(Component part, int block) {
        int mean = part.coefficients[64 * block];
        int difference = mean - part.predicted;
        part.predicted = mean;
        int size = size(difference);
        require(size <= 11, "range");
        out.code(Codes.DC, size, difference, size);
        int before = 0;
        for (long present = part.present[block]; present != 0; present &= present - 1) {
            int k = Long.numberOfTrailingZeros(present);
            int zeros = k - before - 1;
            for (; zeros > 15; zeros -= 16) {
                out.code(Codes.AC, 0xF0, 0, 0);
            }
            int value = part.coefficients[64 * block + k];
            int bits = size(value);
            require(bits >= 1 && bits <= 10, "range");
            out.code(Codes.AC, (zeros << 4) | bits, value, bits);
            before = k;
        }
        if (before < 63) {
            out.code(Codes.AC, 0, 0, 0);
        }
    }

    private static int size(int value) {
        return 32 - Integer.numberOfLeadingZeros(Math.abs(value));
    }

    private int u16(int at) {
        return (file[at] & 0xFF) << 8 | (file[at + 1] & 0xFF);
    }

    private static int ceil(int value, int unit) {
        return (value + unit - 1) / unit;
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new Unsupported(what);
        }
    }

    /** A Huffman table of a JPEG, to read and to write. */
    static final class Codes {
        /** The tables of the standard (ITU T.81, K.3 and K.5), which have a code for everything. */
        static final Codes DC = Codes.read(
                new byte[] {0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 0);

        static final Codes AC = Codes.read(standardAc(), 0);

        private static final int FAST = 9;

        private final byte[] table;
        /** By the next bits, the length and the value of the code that they begin with; 0 for a longer one. */
        private final short[] fast = new short[1 << FAST];

        private final int[] firstOfLength = new int[18];
        private final int[] indexOfLength = new int[17];
        private final int[] codeOf = new int[256];
        private final byte[] lengthOf = new byte[256];

        private Codes(byte[] table) {
            this.table = table;
            int code = 0;
            int index = 0;
            for (int length = 1; length <= 16; length++) {
                firstOfLength[length] = code;
                indexOfLength[length] = index;
                for (int i = 0; i < (table[length - 1] & 0xFF); i++, code++, index++) {
                    require(code < 1 << length, "table");
                    int value = table[16 + index] & 0xFF;
                    codeOf[value] = code;
                    lengthOf[value] = (byte) length;
                    if (length <= FAST) {
                        int from = code << (FAST - length);
                        Arrays.fill(fast, from, from + (1 << (FAST - length)), (short) ((length << 8) | value));
                    }
                }
                code <<= 1;
            }
        }

        /** Of the numbers of codes of each length, and their values. */
        static Codes read(byte[] file, int at) {
            int count = 0;
            for (int i = 0; i < 16; i++) {
                count += file[at + i] & 0xFF;
            }
            require(count <= 256, "table");
            return new Codes(Arrays.copyOfRange(file, at, at + 16 + count));
        }

        int count() {
            return table.length - 16;
        }

        int decode(JpegBits.Reader bits) {
            int next = bits.peek(16);
            int known = fast[next >> (16 - FAST)];
            if (known != 0) {
                bits.skip(known >> 8);
                return known & 0xFF;
            }
            for (int length = FAST + 1; length <= 16; length++) {
                int i = (next >> (16 - length)) - firstOfLength[length];
                if (i >= 0 && i < (table[length - 1] & 0xFF)) {
                    bits.skip(length);
                    return table[16 + indexOfLength[length] + i] & 0xFF;
                }
            }
            throw new Unsupported("code");
        }

        int codeOf(int value) {
            return codeOf[value];
        }

        int lengthOf(int value) {
            return lengthOf[value];
        }

        void write(JpegBits.Writer out, int id) {
            out.u8(id);
            out.bytes(table, 0, table.length);
        }

        private static byte[] standardAc() {
            byte[] table = new byte[16 + 162];
            byte[] lengths = {0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D};
            int[] firsts = {
                0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22,
                        0x71,
                0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0, 0x24, 0x33, 0x62,
                        0x72,
                0x82
            };
            System.arraycopy(lengths, 0, table, 0, 16);
            boolean[] seen = new boolean[256];
            int at = 16;
            for (int value : firsts) {
                table[at++] = (byte) value;
                seen[value] = true;
            }
            // the rest in order
            for (int value = 0x09; value <= 0xFA; value++) {
                if (!seen[value] && (value & 15) >= 1 && (value & 15) <= 10) {
                    table[at++] = (byte) value;
                }
            }
            return table;
        }
    }
}
