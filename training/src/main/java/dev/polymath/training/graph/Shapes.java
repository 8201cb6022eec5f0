package dev.polymath.training.graph;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** ONNX's rules for shapes and axes, on plain {@code long[]}. */
final class Shapes {

    /** One axis of a Slice: from {@code start}, before {@code end} (which is -1 for "to the first" backwards). */
    record Range(long start, long end, long step) {
        long count() {
            return Math.max(0, (end - start + step - Long.signum(step)) / step);
        }
    }

    private Shapes() {}

    static int axis(long axis, int rank) {
        long positive = axis < 0 ? axis + rank : axis;
        if (positive < 0 || positive >= rank && !(rank == 0 && positive == 0)) {
            throw new IllegalArgumentException("axis " + axis + " (expected: within rank " + rank + ")");
        }
        return (int) positive;
    }

    static long[] orEmpty(long @Nullable [] values) {
        return values == null ? new long[0] : values;
    }

    static long[] broadcast(long[] a, long[] b) {
        int rank = Math.max(a.length, b.length);
        long[] result = new long[rank];
        for (int i = 1; i <= rank; i++) {
            long left = i > a.length ? 1 : a[a.length - i];
            long right = i > b.length ? 1 : b[b.length - i];
            if (left != right && left != 1 && right != 1) {
                throw new IllegalArgumentException(
                        "shapes %s and %s do not broadcast".formatted(Arrays.toString(a), Arrays.toString(b)));
            }
            result[rank - i] = left == 1 ? right : left;
        }
        return result;
    }

    static long[] reshape(long[] from, long[] wish, boolean allowZero) {
        long[] to = wish.clone();
        int open = -1;
        long known = 1;
        for (int i = 0; i < to.length; i++) {
            if (to[i] == 0 && !allowZero) {
                to[i] = from[i];
            }
            if (to[i] == -1) {
                open = i;
            } else {
                known *= to[i];
            }
        }
        if (open >= 0) {
            to[open] = known == 0 ? 0 : OnnxGraph.count(from) / known;
        }
        return to;
    }

    static long[] unsqueeze(long[] shape, long @Nullable [] axes) {
        long[] at = orEmpty(axes);
        long[] result = new long[shape.length + at.length];
        for (long axis : at) {
            result[axis(axis, result.length)] = 1;
        }
        for (int i = 0, next = 0; i < result.length; i++) {
            if (result[i] == 0) {
                result[i] = shape[next++];
            } else {
                result[i] = 1;
            }
        }
        return result;
    }

    static long[] squeeze(long[] shape, long @Nullable [] axes) {
        boolean[] drop = new boolean[shape.length];
        if (axes == null) {
            for (int i = 0; i < shape.length; i++) {
                drop[i] = shape[i] == 1;
            }
        } else {
            for (long axis : axes) {
                drop[axis(axis, shape.length)] = true;
            }
        }
        long[] result = new long[shape.length];
        int rank = 0;
        for (int i = 0; i < shape.length; i++) {
            if (!drop[i]) {
                result[rank++] = shape[i];
            }
        }
        return Arrays.copyOf(result, rank);
    }

    static long[] gather(long[] data, int axis, long[] indices) {
        long[] result = new long[data.length - 1 + indices.length];
        System.arraycopy(data, 0, result, 0, axis);
        System.arraycopy(indices, 0, result, axis, indices.length);
        System.arraycopy(data, axis + 1, result, axis + indices.length, data.length - axis - 1);
        return result;
    }

    /** Slice's ranges, one per axis of the data, clamped as ONNX says. */
    static Range[] ranges(long[] shape, long[] starts, long[] ends, long @Nullable [] axes, long @Nullable [] steps) {
        Range[] ranges = new Range[shape.length];
        for (int i = 0; i < shape.length; i++) {
            ranges[i] = new Range(0, shape[i], 1);
        }
        for (int i = 0; i < starts.length; i++) {
            int axis = axes == null ? i : axis(axes[i], shape.length);
            long size = shape[axis];
            long step = steps == null ? 1 : steps[i];
            long start = starts[i] < 0 ? starts[i] + size : starts[i];
            long end = ends[i] < 0 ? ends[i] + size : ends[i];
            ranges[axis] = step > 0
                    ? new Range(clamp(start, 0, size), clamp(end, 0, size), step)
                    : new Range(clamp(start, 0, size - 1), clamp(end, -1, size - 1), step);
        }
        return ranges;
    }

    private static long clamp(long value, long low, long high) {
        return Math.max(low, Math.min(high, value));
    }
}
