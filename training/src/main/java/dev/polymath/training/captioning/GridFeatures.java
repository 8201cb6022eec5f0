package dev.polymath.training.captioning;

import ai.djl.util.Float16Utils;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.polymath.training.BadDataException;
import dev.polymath.training.vision.ImageFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What a {@link GridNetwork} says of images and of their mirror images, computed once and kept in a file in half precision, an image
 * after the other. Owns the open file. Reading is thread-safe.
 */
final class GridFeatures implements AutoCloseable {
    private static final int VIEWS = 2;
    private static final int IMAGES_PER_MESSAGE = 500;

    /** Every value that 16 bits can stand for. */
    private static final float[] HALF_TO_FLOAT = new float[1 << 16];

    static {
        for (int bits = 0; bits < HALF_TO_FLOAT.length; bits++) {
            HALF_TO_FLOAT[bits] = Float16Utils.halfToFloat((short) bits);
        }
    }

    private final FileChannel file;
    private final Map<String, Integer> rows;
    private final int length;

    private GridFeatures(FileChannel file, List<String> images, int length) {
        this.file = file;
        this.rows = new HashMap<>();
        for (int row = 0; row < images.size(); row++) {
            rows.put(images.get(row), row);
        }
        this.length = length;
    }

    /**
     * Opens what was computed before by the same network of the same files, or computes it.
     *
     * @param folder of the images
     * @param images files below it, each once
     * @param cache where it is kept; {@code cache + ".key"} says of what it is
     * @param workers threads
     * @throws BadDataException if a file is no image
     */
    static GridFeatures open(GridNetwork network, Path folder, List<String> images, Path cache, int workers)
            throws IOException {
        String key = key(network, folder, images);
        Path keyFile = cache.resolveSibling(cache.getFileName() + ".key");
        if (!Files.isRegularFile(cache)
                || !Files.isRegularFile(keyFile)
                || !Files.readString(keyFile).equals(key)) {
            Files.createDirectories(cache.toAbsolutePath().getParent());
            Files.deleteIfExists(keyFile);
            Path partial = cache.resolveSibling(cache.getFileName() + ".partial");
            compute(network, folder, images, partial, workers);
            Files.move(partial, cache, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(keyFile, key);
        }
        return new GridFeatures(
                FileChannel.open(cache, StandardOpenOption.READ),
                images,
                network.size().places() * network.size().width());
    }

    /** Values of one image. */
    int length() {
        return length;
    }

    /** Copies {@link #length()} values, place after place. */
    void read(String image, boolean mirrored, float[] to, int offset) {
        Integer row = rows.get(image);
        if (row == null) {
            throw new IllegalArgumentException("no features of " + image);
        }
        ByteBuffer bytes = ByteBuffer.allocate(2 * length).order(ByteOrder.LITTLE_ENDIAN);
        try {
            long begin = ((long) row * VIEWS + (mirrored ? 1 : 0)) * bytes.capacity();
            while (bytes.hasRemaining() && file.read(bytes, begin + bytes.position()) >= 0) {
                // until all is there
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ShortBuffer halves = bytes.flip().asShortBuffer();
        for (int i = 0; i < length; i++) {
            to[offset + i] = HALF_TO_FLOAT[halves.get(i) & 0xffff];
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static void compute(GridNetwork network, Path folder, List<String> images, Path file, int workers)
            throws IOException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession session = environment.createSession(network.graph().toBytes(), options);
                    FileChannel out = FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE)) {
                List<Callable<Void>> tasks = new ArrayList<>();
                for (int i = 0; i < images.size(); i++) {
                    int row = i;
                    Path image = folder.resolve(images.get(i));
                    tasks.add(() -> {
                        write(views(network, image, session, environment), out, row);
                        return null;
                    });
                }
                run(tasks, workers);
            }
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
    }

    /** Returns, or throws, only when no worker runs any more: they use what the caller closes then. */
    private static void run(List<Callable<Void>> tasks, int workers) throws IOException {
        ExecutorService pool = Executors.newFixedThreadPool(workers);
        try {
            List<Future<Void>> futures = tasks.stream().map(pool::submit).toList();
            for (int i = 0; i < futures.size(); i++) {
                futures.get(i).get();
                if ((i + 1) % IMAGES_PER_MESSAGE == 0 || i + 1 == futures.size()) {
                    System.out.printf(Locale.ROOT, "features of %,d of %,d images%n", i + 1, futures.size());
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("features: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the features were computed", e);
        } finally {
            pool.shutdownNow();
            boolean interrupted = false;
            while (!pool.isTerminated()) {
                try {
                    boolean unused = pool.awaitTermination(1, TimeUnit.HOURS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Of the image and of its mirror image. */
    private static float[] views(GridNetwork network, Path image, OrtSession session, OrtEnvironment environment)
            throws IOException, OrtException {
        float[] planes = ImageFiles.planes(image, network.preprocessing());
        int width = network.preprocessing().width();
        float[] both = Arrays.copyOf(planes, VIEWS * planes.length);
        for (int i = 0; i < planes.length; i++) {
            int column = i % width;
            both[planes.length + i - column + width - 1 - column] = planes[i];
        }
        long[] shape = {VIEWS, 3, network.preprocessing().height(), width};
        try (OnnxTensor pixels = OnnxTensor.createTensor(environment, FloatBuffer.wrap(both), shape);
                OrtSession.Result result = session.run(Map.of(GridNetwork.INPUT, pixels))) {
            FloatBuffer grid = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] values = new float[grid.remaining()];
            grid.get(values);
            return values;
        }
    }

    private static void write(float[] values, FileChannel file, int row) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putShort(Float16Utils.floatToHalf(value));
        }
        bytes.flip();
        long begin = (long) row * bytes.remaining();
        while (bytes.hasRemaining()) {
            file.write(bytes, begin + bytes.position());
        }
    }

    /** What the features depend on: network, pixels, files. */
    private static String key(GridNetwork network, Path folder, List<String> images) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(network.graph().toBytes());
            digest.update(network.preprocessing().toJson().toString().getBytes(StandardCharsets.UTF_8));
            for (String image : images) {
                Path path = folder.resolve(image);
                String file = "\n" + image + "\t" + Files.size(path) + "\t"
                        + Files.getLastModifiedTime(path).toMillis();
                digest.update(file.getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
