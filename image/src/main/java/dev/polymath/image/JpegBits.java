package dev.polymath.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The bits between the markers of a JPEG. */
final class JpegBits {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private JpegBits() {}

    /** Reads bits; behind the last one before a marker there are zeros. */
    static final class Reader {
        private final byte[] file;
        private int pos;
        private long buffer;
        private int available;
        private boolean ended;

        Reader(byte[] file, int pos) {
            this.file = file;
            this.pos = pos;
        }

        /** The next bits, at most 16, which stay. */
        int peek(int count) {
            if (available < 16) {
                fill();
            }
            return (int) (buffer >>> (64 - count));
        }

        void skip(int count) {
            buffer <<= count;
            available -= count;
        }

        /** The next bits, at most 16 and at least 1. */
        int bits(int count) {
            int bits = peek(count);
            skip(count);
            return bits;
        }

        /** A number of so many bits; those that begin with 0 are negative. */
        int signed(int size) {
            int value = bits(size);
            return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
        }

        /** Goes on behind the next marker, which must be one for a restart. */
        void restart() {
            buffer = 0;
            available = 0;
            ended = false;
            while (pos + 1 < file.length) {
                int marker = file[pos + 1] & 0xFF;
                if (file[pos] == (byte) 0xFF && marker >= 0xD0 && marker <= 0xD7) {
                    pos += 2;
                    return;
                }
                if (file[pos] == (byte) 0xFF && marker != 0 && marker != 0xFF) {
                    break;
                }
                pos++;
            }
            ended = true;
        }

        /** Where the marker is that ends the bits, or a place before it. */
        int position() {
            return pos;
        }

        private void fill() {
            if (!ended && pos + 8 <= file.length) {
                long next = (long) LONGS.get(file, pos);
                long holes = ~next;
                // no byte is 0xFF; what does not fit is put there again, the same, next time
                if (((holes - 0x0101010101010101L) & next & 0x8080808080808080L) == 0) {
                    int bytes = (64 - available) >> 3;
                    buffer |= next >>> available;
                    pos += bytes;
                    available += 8 * bytes;
                    return;
                }
            }
            while (available <= 56) {
                int next = 0;
                if (!ended) {
                    if (pos >= file.length) {
                        ended = true;
                    } else {
                        next = file[pos] & 0xFF;
                        if (next != 0xFF) {
                            pos++;
                        } else if (pos + 1 < file.length && file[pos + 1] == 0) {
                            pos += 2;
                        } else {
                            ended = true;
                            next = 0;
                        }
                    }
                }
                buffer |= (long) next << (56 - available);
                available += 8;
            }
        }
    }

    /** Writes a file with bits in it. */
    static final class Writer {
        private byte[] file;
        private int size;
        private long buffer;
        private int pending;

        Writer(int capacity) {
            this.file = new byte[capacity];
        }

        void bytes(byte[] from, int at, int length) {
            reserve(length);
            System.arraycopy(from, at, file, size, length);
            size += length;
        }

        void u8(int value) {
            reserve(1);
            file[size++] = (byte) value;
        }

        void u16(int value) {
            u8(value >> 8);
            u8(value);
        }

        void marker(int marker) {
            u8(0xFF);
            u8(marker);
        }

        /** The code of a symbol, and the lowest bits of a number, of which those of negative ones are one less. */
        void code(ProgressiveJpeg.Codes codes, int symbol, int number, int bits) {
            int low = (number < 0 ? number - 1 : number) & ((1 << bits) - 1);
            int length = codes.lengthOf(symbol) + bits;
            buffer |= (((long) codes.codeOf(symbol) << bits) | low) << (64 - pending - length);
            pending += length;
            if (pending >= 32) {
                drain();
            }
        }

        /** Fills up the last byte. */
        void flush() {
            drain();
            if (pending > 0) {
                buffer |= -1L >>> pending;
                pending = 8;
                drain();
            }
            buffer = 0;
        }

        byte[] toByteArray() {
            return Arrays.copyOf(file, size);
        }

        private void drain() {
            reserve(16);
            for (; pending >= 8; pending -= 8) {
                byte next = (byte) (buffer >>> 56);
                file[size++] = next;
                if (next == (byte) 0xFF) {
                    file[size++] = 0;
                }
                buffer <<= 8;
            }
        }

        private void reserve(int more) {
            if (size + more > file.length) {
                file = Arrays.copyOf(file, Math.max(2 * file.length, size + more));
            }
        }
    }
}
