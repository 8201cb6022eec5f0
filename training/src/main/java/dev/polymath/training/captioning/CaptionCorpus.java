package dev.polymath.training.captioning;

import dev.polymath.training.generation.BytePairLearner;
import dev.polymath.training.generation.TextNormalizer;
import dev.polymath.training.generation.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * All captioned images of a training, parted: {@code val} chooses the best weights, {@code test} chooses nothing.
 *
 * @param languages in the order of the data
 */
record CaptionCorpus(
        List<CaptionedImage> train, List<CaptionedImage> val, List<CaptionedImage> test, List<String> languages) {
    /** Images that are held out together: a photographer's photos of one scene have names that follow each other. */
    private static final int NEIGHBOURS = 20;

    /** A character that is rarer is left to its bytes. */
    private static final int RAREST = 5;

    /**
     * Parts the images by their splits; of those for training, some are held out where a split has none.
     *
     * @param val wanted where no image is of that split
     * @param test likewise
     */
    static CaptionCorpus of(List<CaptionedImage> images, int val, int test) {
        List<CaptionedImage> train = ofSplit(images, "train");
        List<CaptionedImage> vals = ofSplit(images, "val");
        List<CaptionedImage> tests = ofSplit(images, "test");
        int wantedVal = vals.isEmpty() ? val : 0;
        int wantedTest = tests.isEmpty() ? test : 0;
        if (train.size() <= wantedVal + wantedTest) {
            throw new IllegalArgumentException("images for training: " + train.size() + " (expected: more than the "
                    + (wantedVal + wantedTest) + " that are held out)");
        }
        List<List<CaptionedImage>> runs = runs(train);
        if (wantedVal > 0) {
            vals = take(runs, wantedVal);
        }
        if (wantedTest > 0) {
            tests = take(runs, wantedTest);
        }
        if (vals.isEmpty()) {
            throw new IllegalArgumentException("val-images: 0 (expected: >= 1, for the data have no split val)");
        }
        Set<CaptionedImage> held = new HashSet<>(vals);
        held.addAll(tests);
        Set<String> languages = new LinkedHashSet<>();
        images.forEach(image -> languages.addAll(image.captions().keySet()));
        return new CaptionCorpus(
                train.stream().filter(image -> !held.contains(image)).toList(), vals, tests, List.copyOf(languages));
    }

    private static List<CaptionedImage> ofSplit(List<CaptionedImage> images, String split) {
        return images.stream().filter(image -> image.split().equals(split)).toList();
    }

    /** Neighbours by name, in the order of a hash, so that another order of the file holds out the same ones. */
    private static List<List<CaptionedImage>> runs(List<CaptionedImage> images) {
        List<CaptionedImage> sorted = new ArrayList<>(images);
        sorted.sort(Comparator.comparing(CaptionedImage::file));
        int length = Math.max(1, Math.min(NEIGHBOURS, images.size() / 50));
        Map<String, List<CaptionedImage>> runs = new TreeMap<>();
        for (int from = 0; from < sorted.size(); from += length) {
            List<CaptionedImage> run = sorted.subList(from, Math.min(sorted.size(), from + length));
            runs.put(hash(run.get(0).file()), run);
        }
        return new ArrayList<>(runs.values());
    }

    /** Takes whole runs away until there are at least so many images. */
    private static List<CaptionedImage> take(List<List<CaptionedImage>> runs, int images) {
        List<CaptionedImage> taken = new ArrayList<>();
        while (taken.size() < images) {
            taken.addAll(runs.remove(0));
        }
        return List.copyOf(taken);
    }

    private static String hash(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** What was read, an item each. */
    List<String> report() {
        return List.of(line("train", train), line("val", val), line("test", test));
    }

    private String line(String role, List<CaptionedImage> images) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%s: %,d images", role, images.size()));
        for (String language : languages) {
            line.append(String.format(
                    Locale.ROOT,
                    ", %,d captions (%s)",
                    images.stream()
                            .mapToInt(image -> image.captions()
                                    .getOrDefault(language, List.of())
                                    .size())
                            .sum(),
                    language));
        }
        return line.toString();
    }

    /** A vocabulary of all languages, learnt from the captions that are trained on. */
    Vocabulary vocabulary(CaptionSpelling spelling, int size) {
        Map<String, Long> pieces = new HashMap<>();
        for (CaptionedImage image : train) {
            image.captions()
                    .forEach((language, captions) -> captions.forEach(caption -> {
                        List<String> parts = new ArrayList<>();
                        TextNormalizer.split(TextNormalizer.normalize(spelling.apply(caption, language)), true, parts);
                        parts.forEach(part -> pieces.merge(part, 1L, Long::sum));
                    }));
        }
        return BytePairLearner.learn(pieces, languages, size, RAREST);
    }
}
