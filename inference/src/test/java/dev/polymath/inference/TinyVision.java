package dev.polymath.inference;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.gson.Gson;
import dev.polymath.image.ImagePreprocessing;
import dev.polymath.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Writes models that read images and say what they are told to: each output is {@code base + slope * brightness}, where the
 * brightness of an image is the mean of the numbers that the graph reads. All outputs of an image that is brighter than 0.99
 * are NaN.
 */
final class TinyVision {
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("tiny");
    private final Map<String, Object> config = new LinkedHashMap<>();
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final boolean fixedBatch;

    private TinyVision(boolean fixedBatch) {
        this.fixedBatch = fixedBatch;
    }

    /** A graph that reads {@code [batch, 3, height, width]}. */
    static TinyVision planes(ImagePreprocessing input) {
        return new TinyVision(false).input(TensorProto.DataType.FLOAT, 3, input.height(), input.width());
    }

    /** As TensorFlow exports: bytes, colours last, a fixed batch of 1. */
    static TinyVision bytes(ImagePreprocessing input) {
        return new TinyVision(true).input(TensorProto.DataType.UINT8, input.height(), input.width(), 3);
    }

    /** A graph with a fixed batch of 1. */
    static TinyVision one(ImagePreprocessing input) {
        return new TinyVision(true).input(TensorProto.DataType.FLOAT, 3, input.height(), input.width());
    }

    /** A graph that reads half precision. */
    static TinyVision halves(ImagePreprocessing input) {
        return new TinyVision(false).input(TensorProto.DataType.FLOAT16, 3, input.height(), input.width());
    }

    private TinyVision input(TensorProto.DataType type, long... shape) {
        graph.addInput(value("images", type, shape))
                .addNode(node("Cast", "numbers", "images").addAttribute(integer("to", 1)))
                .addNode(node("ReduceMean", "mean", "numbers")
                        .addAttribute(integers("axes", 1L, 2L, 3L))
                        .addAttribute(integer("keepdims", 0)))
                .addInitializer(floats("limit", new float[] {0.99f}, 1))
                .addInitializer(floats("zero", new float[] {0}, 1))
                .addNode(node("Cast", "unit", "mean").addAttribute(integer("to", 1)));
        if (type == TensorProto.DataType.UINT8) {
            graph.addInitializer(floats("white", new float[] {255}, 1)).addNode(node("Div", "share", "unit", "white"));
        } else {
            graph.addNode(node("Identity", "share", "unit"));
        }
        graph.addNode(node("Sub", "left", "limit", "share"))
                .addNode(node("Sqrt", "root", "left"))
                .addNode(node("Mul", "poison", "root", "zero"))
                .addNode(node("Add", "brightness", "share", "poison"));
        return this;
    }

    /** A mask, to the sum of which the outputs pay no attention, of so many rows and columns. */
    TinyVision mask(long side) {
        graph.addInput(value("pixel_mask", TensorProto.DataType.INT64, side, side))
                .addNode(node("Cast", "mask", "pixel_mask").addAttribute(integer("to", 1)))
                .addNode(node("ReduceMean", "covered", "mask")
                        .addAttribute(integers("axes", 1L, 2L))
                        .addAttribute(integer("keepdims", 0)))
                .addOutput(value("covered", TensorProto.DataType.FLOAT));
        return this;
    }

    TinyVision output(String name, float[] base, float[] slope, long... shape) {
        return output(name, TensorProto.DataType.FLOAT, base, slope, shape);
    }

    TinyVision constant(String name, TensorProto.DataType type, float[] values, long... shape) {
        return output(name, type, values, new float[values.length], shape);
    }

    private TinyVision output(String name, TensorProto.DataType type, float[] base, float[] slope, long... shape) {
        long[] batched =
                LongStream.concat(LongStream.of(1), Arrays.stream(shape)).toArray();
        graph.addInitializer(floats(name + "_base", base, batched))
                .addInitializer(floats(name + "_slope", slope, batched));
        String light = "brightness";
        if (shape.length > 0) {
            light = name + "_light";
            graph.addInitializer(TensorProto.newBuilder()
                            .setName(name + "_axes")
                            .setDataType(TensorProto.DataType.INT64.getNumber())
                            .addDims(shape.length)
                            .addAllInt64Data(LongStream.rangeClosed(1, shape.length)
                                    .boxed()
                                    .toList()))
                    .addNode(node("Unsqueeze", light, "brightness", name + "_axes"));
        }
        graph.addNode(node("Mul", name + "_more", name + "_slope", light))
                .addNode(node("Add", name + "_sum", name + "_base", name + "_more"))
                .addNode(node("Cast", name, name + "_sum").addAttribute(integer("to", type.getNumber())))
                .addOutput(value(name, type, shape));
        return this;
    }

    TinyVision labels(String... labels) {
        Map<String, String> id2label = new LinkedHashMap<>();
        for (String label : labels) {
            id2label.put(Integer.toString(id2label.size()), label);
        }
        config.put("id2label", id2label);
        return this;
    }

    TinyVision property(String key, String value) {
        properties.put(key, value);
        return this;
    }

    /** Writes {@code tiny/1} below {@code models} and opens it. */
    ModelDirectory write(Path models, ImagePreprocessing preprocessing) throws IOException {
        Path directory = Files.createDirectories(models.resolve("tiny").resolve("1"));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(13))
                .setGraph(graph)
                .build();
        Files.write(directory.resolve("model.onnx"), model.toByteArray());
        Files.writeString(directory.resolve("config.json"), new Gson().toJson(config));
        Files.writeString(
                directory.resolve("preprocessor_config.json"),
                preprocessing.toJson().toString());
        List<String> lines = new ArrayList<>();
        properties.forEach((key, value) -> lines.add(key + "=" + value));
        Files.write(directory.resolve("serving.properties"), lines);
        TinyModel.writeChecksums(directory);
        return ModelDirectory.open(directory);
    }

    /** An image of one grey. */
    static RgbImage grey(int width, int height, int value) {
        byte[] pixels = new byte[3 * width * height];
        Arrays.fill(pixels, (byte) value);
        return new RgbImage(width, height, pixels);
    }

    private static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setName(output)
                .addOutput(output)
                .addAllInput(List.of(inputs));
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static AttributeProto integers(String name, Long... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(List.of(values))
                .build();
    }

    private static TensorProto floats(String name, float[] values, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
        for (long dimension : shape) {
            tensor.addDims(dimension);
        }
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return tensor.build();
    }

    private ValueInfoProto value(String name, TensorProto.DataType type, long... shape) {
        TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
        dimensions.addDim(
                fixedBatch
                        ? TensorShapeProto.Dimension.newBuilder().setDimValue(1)
                        : TensorShapeProto.Dimension.newBuilder().setDimParam("batch"));
        for (long dimension : shape) {
            dimensions.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(dimensions)))
                .build();
    }
}
