package dev.polymath.training.imageclassification;

import dev.polymath.image.ImagePreprocessing;
import dev.polymath.training.graph.OnnxGraph;
import dev.polymath.training.vision.ImageFiles;
import dev.polymath.training.vision.OnnxImageModel;
import dev.polymath.training.vision.Prefetch;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a network that is not trained says of each picture and of its mirror image, computed once: a file per network and
 * preprocessing, to which new pictures are added. A picture is known by its bytes, so that a set may be moved, split and merged; a
 * computation that was interrupted goes on. The values are in memory. Immutable once read.
 */
final class FeatureCache {
    private static final int VIEWS = 2;
    private static final int BATCH = 8;
    private static final int PICTURES_PER_MESSAGE = 500;
    private static final int DIGEST = 32;

    private final Map<Path, String> digests;
    private final Map<String, float[][]> features;
    private final int width;

    private FeatureCache(Map<Path, String> digests, Map<String, float[][]> features, int width) {
        this.digests = digests;
        this.features = features;
        this.width = width;
    }

    /** A batch on its way through the network. */
    private record Views(List<String> digests, float[] pixels) {}

    /**
     * @param network features are its first output
     * @param folder where the file is, and where it is made if it is not there
     * @param prefetch reads the pictures
     * @throws dev.polymath.training.BadDataException if a picture cannot be decoded
     */
    static FeatureCache of(
            OnnxGraph network,
            ImagePreprocessing preprocessing,
            Iterable<Path> pictures,
            Path folder,
            Prefetch prefetch)
            throws IOException {
        Files.createDirectories(folder);
        byte[] model = network.toBytes();
        String key = sha256(model, preprocessing.toJson().toString().getBytes(StandardCharsets.UTF_8));
        Path file = folder.resolve("features-" + key.substring(0, 16) + ".bin");
        Map<Path, String> digests = new LinkedHashMap<>();
        Map<String, Path> wanted = new LinkedHashMap<>();
        for (Path picture : pictures) {
            if (!digests.containsKey(picture)) {
                String digest = sha256(Files.readAllBytes(picture));
                digests.put(picture, digest);
                wanted.putIfAbsent(digest, picture);
            }
        }
        Map<String, float[][]> features = read(file, wanted.keySet());
        Set<String> missing = new LinkedHashSet<>(wanted.keySet());
        missing.removeAll(features.keySet());
        if (!missing.isEmpty()) {
            Path graph = folder.resolve("features.onnx");
            Files.write(graph, model);
            compute(graph, preprocessing, missing, wanted, features, file, prefetch);
        }
        int width = features.values().iterator().next()[0].length;
        return new FeatureCache(digests, features, width);
    }

    /** Values of a picture. */
    int width() {
        return width;
    }

    /** The features of a picture; not to be changed. */
    float[] of(Path picture, boolean mirrored) {
        return Objects.requireNonNull(features.get(Objects.requireNonNull(digests.get(picture))))[mirrored ? 1 : 0];
    }

    private static Map<String, float[][]> read(Path file, Set<String> wanted) throws IOException {
        Map<String, float[][]> features = new HashMap<>();
        if (!Files.isRegularFile(file)) {
            return features;
        }
        long whole = 0;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            while (true) {
                byte[] digest = in.readNBytes(DIGEST);
                if (digest.length < DIGEST) {
                    break;
                }
                float[][] views = new float[VIEWS][in.readInt()];
                for (float[] view : views) {
                    for (int i = 0; i < view.length; i++) {
                        view[i] = in.readFloat();
                    }
                }
                whole += DIGEST + 4 + 4L * VIEWS * views[0].length;
                String name = HexFormat.of().formatHex(digest);
                if (wanted.contains(name)) {
                    features.put(name, views);
                }
            }
        } catch (EOFException e) {
            // the last one was being written when the run ended
        }
        if (whole < Files.size(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(whole);
            }
        }
        return features;
    }

    private static void compute(
            Path graph,
            ImagePreprocessing preprocessing,
            Set<String> missing,
            Map<String, Path> wanted,
            Map<String, float[][]> features,
            Path file,
            Prefetch prefetch)
            throws IOException {
        List<String> digests = List.copyOf(missing);
        int batches = (digests.size() + BATCH - 1) / BATCH;
        List<Prefetch.Batch<Views>> list = prefetch.batches(
                batches,
                index -> Math.min(BATCH, digests.size() - index * BATCH),
                index -> views(
                        preprocessing,
                        digests.subList(index * BATCH, Math.min(digests.size(), (index + 1) * BATCH)),
                        wanted));
        int done = 0;
        try (OnnxImageModel model = new OnnxImageModel(graph);
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                        Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)))) {
            for (Prefetch.Batch<Views> batch : list) {
                Views views = batch.get();
                float[] values = model.outputs(views.pixels, preprocessing.height(), preprocessing.width())[0];
                int width = values.length / views.digests.size() / VIEWS;
                for (int i = 0; i < views.digests.size(); i++) {
                    float[][] both = new float[VIEWS][];
                    for (int view = 0; view < VIEWS; view++) {
                        int from = (VIEWS * i + view) * width;
                        both[view] = Arrays.copyOfRange(values, from, from + width);
                    }
                    write(out, views.digests.get(i), both);
                    features.put(views.digests.get(i), both);
                }
                int before = done;
                done += batch.size();
                if (done / PICTURES_PER_MESSAGE > before / PICTURES_PER_MESSAGE || done == digests.size()) {
                    System.out.printf(Locale.ROOT, "features of %,d of %,d pictures%n", done, digests.size());
                }
            }
        }
    }

    private static Views views(ImagePreprocessing preprocessing, List<String> digests, Map<String, Path> files) {
        int size = preprocessing.size();
        int side = preprocessing.width();
        float[] pixels = new float[VIEWS * digests.size() * size];
        for (int i = 0; i < digests.size(); i++) {
            Path file = Objects.requireNonNull(files.get(digests.get(i)));
            int from = VIEWS * i * size;
            preprocessing.apply(ImageFiles.pixels(file, preprocessing), pixels, from);
            for (int p = 0; p < size; p++) {
                int column = p % side;
                pixels[from + size + p - column + side - 1 - column] = pixels[from + p];
            }
        }
        return new Views(new ArrayList<>(digests), pixels);
    }

    private static void write(DataOutputStream out, String digest, float[][] views) throws IOException {
        out.write(HexFormat.of().parseHex(digest));
        out.writeInt(views[0].length);
        for (float[] view : views) {
            for (float value : view) {
                out.writeFloat(value);
            }
        }
    }

    private static String sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
