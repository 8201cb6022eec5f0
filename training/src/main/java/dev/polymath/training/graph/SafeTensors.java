package dev.polymath.training.graph;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The safetensors file format for 32-bit floats: the length of a JSON header as 8 little-endian bytes, the header with type,
 * shape and byte range of each tensor, then the elements, little-endian and row-major.
 */
public final class SafeTensors {

    private static final long LONGEST_HEADER = 100_000_000;

    /** A dense tensor; {@code values} are row-major. */
    public record Tensor(long[] shape, float[] values) {}

    private SafeTensors() {}

    /** Writes the tensors in the map's order, replacing the file. */
    public static void write(Path file, Map<String, Tensor> tensors) throws IOException {
        JsonObject header = new JsonObject();
        JsonObject metadata = new JsonObject();
        metadata.addProperty("format", "pt");
        header.add("__metadata__", metadata);
        long offset = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            if (OnnxGraph.count(tensor.shape) != tensor.values.length) {
                throw new IllegalArgumentException("%s: %d elements (expected: those of shape %s)"
                        .formatted(entry.getKey(), tensor.values.length, Arrays.toString(tensor.shape)));
            }
            JsonObject described = new JsonObject();
            described.addProperty("dtype", "F32");
            JsonArray shape = new JsonArray();
            for (long size : tensor.shape) {
                shape.add(size);
            }
            described.add("shape", shape);
            JsonArray range = new JsonArray();
            range.add(offset);
            offset += (long) Float.BYTES * tensor.values.length;
            range.add(offset);
            described.add("data_offsets", range);
            header.add(entry.getKey(), described);
        }
        StringBuilder json = new StringBuilder(header.toString());
        while (json.toString().getBytes(StandardCharsets.UTF_8).length % 8 != 0) {
            json.append(' ');
        }
        byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(file);
                var channel = Channels.newChannel(out)) {
            channel.write(littleEndian(Long.BYTES).putLong(0, text.length));
            channel.write(ByteBuffer.wrap(text));
            for (Tensor tensor : tensors.values()) {
                ByteBuffer bytes = littleEndian(Float.BYTES * tensor.values.length);
                bytes.asFloatBuffer().put(tensor.values);
                channel.write(bytes);
            }
        }
    }

    /**
     * Reads all tensors in the order of the header.
     *
     * @throws IOException if the file is no safetensors file or holds another type than F32
     */
    public static Map<String, Tensor> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        long length = bytes.remaining() < Long.BYTES ? -1 : bytes.getLong();
        if (length < 2 || length > Math.min(LONGEST_HEADER, bytes.remaining())) {
            throw new IOException(file + ": header of " + length + " bytes (expected: a safetensors file)");
        }
        byte[] text = new byte[(int) length];
        bytes.get(text);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try {
            JsonObject header = JsonParser.parseString(new String(text, StandardCharsets.UTF_8))
                    .getAsJsonObject();
            header.remove("__metadata__");
            for (String name : header.keySet()) {
                JsonObject described = header.getAsJsonObject(name);
                String type = described.get("dtype").getAsString();
                if (!type.equals("F32")) {
                    throw new IOException("%s: %s has type %s (expected: F32)".formatted(file, name, type));
                }
                long[] shape = described.getAsJsonArray("shape").asList().stream()
                        .mapToLong(size -> size.getAsLong())
                        .toArray();
                float[] values = new float[OnnxGraph.count(shape)];
                int from = described.getAsJsonArray("data_offsets").get(0).getAsInt();
                bytes.slice(bytes.position() + from, Float.BYTES * values.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(values);
                tensors.put(name, new Tensor(shape, values));
            }
        } catch (RuntimeException e) {
            throw new IOException(file + ": broken safetensors header", e);
        }
        return tensors;
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
