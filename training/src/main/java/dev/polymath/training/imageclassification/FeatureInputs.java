package dev.polymath.training.imageclassification;

import java.util.Random;

/** The head reads features that are computed already, in training those of the picture or of its mirror image. */
record FeatureInputs(FeatureCache cache, boolean mirror) implements ClassificationTask.Inputs {
    @Override
    public long[] shape() {
        return new long[] {cache.width()};
    }

    @Override
    public void train(LabelledImage picture, Random random, float[] values, int offset) {
        write(picture, mirror && random.nextBoolean(), values, offset);
    }

    @Override
    public void plain(LabelledImage picture, float[] values, int offset) {
        write(picture, false, values, offset);
    }

    private void write(LabelledImage picture, boolean mirrored, float[] values, int offset) {
        System.arraycopy(cache.of(picture.file(), mirrored), 0, values, offset, cache.width());
    }
}
