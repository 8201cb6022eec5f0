package dev.polymath.training.captioning;

import dev.polymath.training.captioning.CaptionBatch.Caption;
import dev.polymath.training.generation.BytePairEncoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** The captions of images as batches of one epoch after the other. */
final class CaptionData {
    /** Images whose captions are put into batches together: what an image costs is paid once per batch that it is in. */
    private static final int GROUP = 32;

    private final List<Encoded> images;
    private final int batchTokens;
    private final boolean mirror;

    /** @param captions ids of each */
    private record Encoded(String file, List<int[]> captions) {}

    /**
     * @param batchTokens of the captions with their padding
     * @param maxLength longest caption in tokens; longer ones are left out
     * @param mirror whether an image is seen mirrored every other time
     */
    CaptionData(
            List<CaptionedImage> images,
            CaptionSpelling spelling,
            BytePairEncoder encoder,
            int batchTokens,
            int maxLength,
            boolean mirror) {
        this.images = images.stream()
                .map(image -> new Encoded(
                        image.file(),
                        image.captions().keySet().stream()
                                .flatMap(language -> ids(image, language, spelling, encoder).stream())
                                .filter(ids -> ids.length <= maxLength)
                                .toList()))
                .toList();
        this.batchTokens = batchTokens;
        this.mirror = mirror;
    }

    private static List<int[]> ids(
            CaptionedImage image, String language, CaptionSpelling spelling, BytePairEncoder encoder) {
        return image.captions().getOrDefault(language, List.of()).stream()
                .map(caption -> spelling.apply(caption, language))
                .filter(caption -> !caption.isEmpty())
                .map(caption -> encoder.target(caption, language))
                .toList();
    }

    /** The batches of an epoch in a random order; the same for the same epoch and seed. */
    List<CaptionBatch> epoch(int epoch, long seed) {
        Random random = new Random(seed * 1_000_003 + epoch);
        List<Encoded> order = new ArrayList<>(images);
        Collections.shuffle(order, random);
        List<CaptionBatch> batches = new ArrayList<>();
        for (int from = 0; from < order.size(); from += GROUP) {
            List<Caption> captions = new ArrayList<>();
            for (Encoded image : order.subList(from, Math.min(order.size(), from + GROUP))) {
                boolean mirrored = mirror && random.nextBoolean();
                image.captions.forEach(ids -> captions.add(new Caption(image.file, mirrored, ids)));
            }
            batches.addAll(batches(captions));
        }
        Collections.shuffle(batches, random);
        return batches;
    }

    /** All captions of images that are not mirrored. */
    List<CaptionBatch> inOrder() {
        List<Caption> captions = new ArrayList<>();
        images.forEach(image -> image.captions.forEach(ids -> captions.add(new Caption(image.file, false, ids))));
        return batches(captions);
    }

    /** Puts captions of like length together. */
    private List<CaptionBatch> batches(List<Caption> captions) {
        List<Caption> sorted = new ArrayList<>(captions);
        sorted.sort(Comparator.comparingInt(caption -> caption.ids().length));
        List<CaptionBatch> batches = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < sorted.size(); i++) {
            int rows = i - from + 1;
            if (i > from && rows * sorted.get(i).ids().length > batchTokens) {
                batches.add(new CaptionBatch(sorted.subList(from, i)));
                from = i;
            }
        }
        if (from < sorted.size()) {
            batches.add(new CaptionBatch(sorted.subList(from, sorted.size())));
        }
        return batches;
    }
}
