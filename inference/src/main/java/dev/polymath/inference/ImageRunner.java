package dev.polymath.inference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs batches of images through a graph that says something of each image. All outputs are taken. */
final class ImageRunner<Q> implements BatchRunner<PreparedImage<Q>, List<ModelArray>> {
    private static final Logger LOG = LoggerFactory.getLogger(ImageRunner.class);

    private final LoadedModel model;
    private final String device;
    private final ImagePreprocessing preprocessing;
    private final ImageInput input;
    private final boolean batches;

    private ImageRunner(
            LoadedModel model, String device, ImagePreprocessing preprocessing, ImageInput input, boolean batches) {
        this.model = model;
        this.device = device;
        this.preprocessing = preprocessing;
        this.input = input;
        this.batches = batches;
    }

    /**
     * A runner for a graph of which is found out by trying how it takes images, and whether several at once: DJL knows no more
     * of its inputs than their names.
     *
     * @param rows of the largest batch
     * @throws RuntimeException of the engine, about the usual way, if it fails in all
     */
    static <Q> ImageRunner<Q> probe(
            LoadedModel model, String device, ImagePreprocessing preprocessing, int rows, Q question) {
        RuntimeException failure = null;
        PreparedImage<Q> black = black(preprocessing, question);
        for (ImageInput input : ImageInput.candidates(model.inputs(), preprocessing)) {
            try {
                ImageRunner<Q> one = new ImageRunner<>(model, device, preprocessing, input, false);
                one.run(List.of(black));
                return new ImageRunner<>(model, device, preprocessing, input, one.takes(rows, black));
            } catch (RuntimeException e) {
                failure = failure == null ? e : failure;
            }
        }
        throw failure == null ? new IllegalStateException("no inputs") : failure;
    }

    /** Whether it takes several images at once; a graph with a fixed batch of 1 does not. */
    boolean batches() {
        return batches;
    }

    /** Another one for the same graph. */
    ImageRunner<Q> another() {
        return new ImageRunner<>(model, device, preprocessing, input, batches);
    }

    /** What the graph says of a black image. */
    List<ModelArray> sample(Q question) {
        return run(List.of(black(preprocessing, question))).get(0);
    }

    private static <Q> PreparedImage<Q> black(ImagePreprocessing preprocessing, Q question) {
        return new PreparedImage<>(
                new float[preprocessing.size()],
                new Placement(1, 1, 0, 0),
                preprocessing.width(),
                preprocessing.height(),
                question);
    }

    /** Whether the graph takes so many images, and says something of each. */
    private boolean takes(int rows, PreparedImage<Q> image) {
        if (rows == 1) {
            return false;
        }
        try (NDManager manager = model.newManager()) {
            NDList results = forward(manager, Collections.nCopies(rows, image));
            return results.stream().allMatch(result -> {
                Shape shape = result.getShape();
                return shape.dimension() > 0 && shape.get(0) == rows;
            });
        } catch (RuntimeException e) {
            LOG.info("{}: takes one image at a time ({})", device, e.getMessage());
            return false;
        }
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public List<List<ModelArray>> run(List<PreparedImage<Q>> batch) {
        try (NDManager manager = model.newManager()) {
            NDList results = forward(manager, batch);
            List<List<ModelArray>> rows = new ArrayList<>(batch.size());
            batch.forEach(image -> rows.add(new ArrayList<>(results.size())));
            for (NDArray result : results) {
                read(result, rows);
            }
            return rows;
        }
    }

    private NDList forward(NDManager manager, List<PreparedImage<Q>> batch) {
        return model.forward(manager, input.arrays(manager, model.inputs(), batch, preprocessing));
    }

    private void read(NDArray result, List<List<ModelArray>> rows) {
        long[] shape = result.getShape().getShape();
        float[] values = values(result);
        if (rows.size() == 1) {
            boolean batched = batches && shape.length > 0;
            rows.get(0)
                    .add(new ModelArray(
                            result.getName(), batched ? Arrays.copyOfRange(shape, 1, shape.length) : shape, values));
            return;
        }
        int size = values.length / rows.size();
        long[] each = Arrays.copyOfRange(shape, 1, shape.length);
        for (int row = 0; row < rows.size(); row++) {
            rows.get(row)
                    .add(new ModelArray(
                            result.getName(), each, Arrays.copyOfRange(values, row * size, (row + 1) * size)));
        }
    }

    /** Of whatever type: classes and counts are often whole numbers. */
    private static float[] values(NDArray array) {
        switch (array.getDataType()) {
            case INT64 -> {
                long[] whole = array.toLongArray();
                float[] values = new float[whole.length];
                for (int i = 0; i < whole.length; i++) {
                    values[i] = whole[i];
                }
                return values;
            }
            case INT32 -> {
                int[] whole = array.toIntArray();
                float[] values = new float[whole.length];
                for (int i = 0; i < whole.length; i++) {
                    values[i] = whole[i];
                }
                return values;
            }
            default -> {
                return SequenceRunner.floats(array);
            }
        }
    }
}
