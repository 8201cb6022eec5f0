package dev.polymath.training.objectdetection;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import java.util.ArrayList;
import java.util.List;

/**
 * The loss of YOLOX (Ge et al. 2021): binary cross-entropy of the objectness of all predictions and of the classes of those that
 * answer for an object, {@code 5 (1 - IoU^2)} of their boxes, and on request the distance of what they predict from what would be
 * right; the sum over the batch divided by the number of predictions that answer for an object.
 */
final class DetectionLoss {
    private static final float BOX_WEIGHT = 5;
    private static final float LEAST = 1e-9f;

    private final AnchorPoints anchors;
    private final int classes;
    private final SimOta assignment;

    DetectionLoss(AnchorPoints anchors, int classes) {
        this.anchors = anchors;
        this.classes = classes;
        this.assignment = new SimOta(anchors, classes);
    }

    /** A prediction that answers for an object, in the batch. */
    private record Positive(int row, SimOta.Match match, SimOta.Target target) {}

    /**
     * @param outputs of the graph, {@code [batch, anchors, 5 + classes]}, with logits
     * @param targets of each picture of the batch, in pixels of the network's input
     * @param distance whether the L1 distance is part of it
     * @param manager owns what is made here
     * @return a scalar
     */
    NDArray of(NDArray outputs, List<List<SimOta.Target>> targets, boolean distance, NDManager manager) {
        int width = 5 + classes;
        Shape expected = new Shape(targets.size(), anchors.count(), width);
        if (!outputs.getShape().equals(expected)) {
            throw new IllegalArgumentException("output " + outputs.getShape() + " (expected: " + expected + ")");
        }
        float[] values = outputs.toFloatArray();
        List<Positive> positives = new ArrayList<>();
        for (int picture = 0; picture < targets.size(); picture++) {
            int first = picture * anchors.count();
            for (SimOta.Match match : assignment.assign(values, first * width, targets.get(picture))) {
                positives.add(new Positive(
                        first + match.anchor(), match, targets.get(picture).get(match.target())));
            }
        }
        NDArray rows = outputs.reshape(-1, width);
        NDArray objectness = softplus(columns(rows, 4, 5)).sum();
        NDArray share = manager.create(1f / Math.max(1, positives.size()));
        if (positives.isEmpty()) {
            return objectness.mul(share);
        }
        NDArray indices =
                manager.create(positives.stream().mapToLong(Positive::row).toArray());
        NDArray answers = indices.getNDArrayInternal()
                .embedding(indices, rows, SparseFormat.DENSE)
                .head();
        // cross-entropy with logits: softplus(x) - t x
        NDArray loss = objectness.sub(columns(answers, 4, 5).sum());
        NDArray logits = columns(answers, 5, width);
        loss = loss.add(softplus(logits).sum())
                .sub(logits.mul(classTargets(positives, manager)).sum());
        loss = loss.add(boxes(answers, positives, manager).mul(manager.create(BOX_WEIGHT)));
        if (distance) {
            NDArray wanted = manager.create(rawTargets(positives), new Shape(positives.size(), 4));
            loss = loss.add(columns(answers, 0, 4).sub(wanted).abs().sum());
        }
        return loss.mul(share);
    }

    /** One minus the square of the overlap, summed. */
    private NDArray boxes(NDArray answers, List<Positive> positives, NDManager manager) {
        int count = positives.size();
        float[] cells = new float[2 * count];
        float[] strides = new float[count];
        float[] low = new float[2 * count];
        float[] high = new float[2 * count];
        float[] areas = new float[count];
        for (int i = 0; i < count; i++) {
            int anchor = positives.get(i).match.anchor();
            Rectangle box = positives.get(i).target.box();
            strides[i] = anchors.stride(anchor);
            cells[2 * i] = anchors.column(anchor);
            cells[2 * i + 1] = anchors.row(anchor);
            // in steps of the level, so that numbers stay small
            low[2 * i] = box.left() / strides[i];
            low[2 * i + 1] = box.top() / strides[i];
            high[2 * i] = box.right() / strides[i];
            high[2 * i + 1] = box.bottom() / strides[i];
            areas[i] = box.width() * box.height() / strides[i] / strides[i];
        }
        Shape pairs = new Shape(count, 2);
        NDArray middle = columns(answers, 0, 2).add(manager.create(cells, pairs));
        NDArray size = columns(answers, 2, 4).exp();
        NDArray half = size.mul(manager.create(0.5f));
        NDArray left = middle.sub(half).maximum(manager.create(low, pairs));
        NDArray right = middle.add(half).minimum(manager.create(high, pairs));
        NDArray sides = right.sub(left).getNDArrayInternal().relu();
        NDArray both = columns(sides, 0, 1).mul(columns(sides, 1, 2));
        NDArray area = columns(size, 0, 1).mul(columns(size, 1, 2));
        NDArray either = area.add(manager.create(areas, new Shape(count, 1))).sub(both);
        NDArray overlap = both.div(either.add(LEAST));
        return overlap.square().neg().add(1).sum();
    }

    /** The overlap in the place of the object's class: a box that is far off need not be sure. */
    private NDArray classTargets(List<Positive> positives, NDManager manager) {
        float[] values = new float[positives.size() * classes];
        for (int i = 0; i < positives.size(); i++) {
            values[i * classes + positives.get(i).target.label()] =
                    positives.get(i).match.overlap();
        }
        return manager.create(values, new Shape(positives.size(), classes));
    }

    /** What the graph would have to put out. */
    private float[] rawTargets(List<Positive> positives) {
        float[] values = new float[4 * positives.size()];
        for (int i = 0; i < positives.size(); i++) {
            int anchor = positives.get(i).match.anchor();
            Rectangle box = positives.get(i).target.box();
            float stride = anchors.stride(anchor);
            values[4 * i] = (box.left() + box.right()) / 2 / stride - anchors.column(anchor);
            values[4 * i + 1] = (box.top() + box.bottom()) / 2 / stride - anchors.row(anchor);
            values[4 * i + 2] = (float) Math.log(box.width() / stride + 1e-8);
            values[4 * i + 3] = (float) Math.log(box.height() / stride + 1e-8);
        }
        return values;
    }

    private static NDArray softplus(NDArray x) {
        return x.getNDArrayInternal().softPlus();
    }

    private static NDArray columns(NDArray matrix, int from, int to) {
        return matrix.get(new NDIndex().addAllDim().addSliceDim(from, to));
    }
}
