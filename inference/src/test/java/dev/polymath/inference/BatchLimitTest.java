package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchLimitTest {
    @Test
    void whatOnnxRuntimeSaysOfTooLittleMemoryIsUnderstood() {
        try (LoadedModel model = LoadedModel.load("vast", expanding(1L << 25, 1L << 24), InferenceOptions.defaults());
                NDManager manager = model.newManager()) {
            NDArray one = manager.create(new float[] {1});
            one.setName("x");

            Throwable failure = catchThrowable(() -> model.forward(manager, new NDList(one)));

            assertThat(failure).isNotNull();
            assertThat(BatchLimit.outOfMemory(failure)).as(failure.toString()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CUDA failure 2: out of memory ; GPU=0 ; hostname=a ; file=cuda_call.cc",
                "BFCArena::AllocateRawInternal(size_t) Available memory of 1024 is smaller than requested bytes of 2048",
                "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to"
                        + " allocate 4398046511104 bytes. Error code 12 (Cannot allocate memory)",
                "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED",
                "std::bad_alloc"
            })
    void whatEnginesSayOfTooLittleMemoryIsUnderstood(String message) {
        assertThat(BatchLimit.outOfMemory(new IllegalStateException(new IllegalStateException(message))))
                .isTrue();
    }

    @Test
    void anErrorOfJavaIsTooLittleMemoryToo() {
        assertThat(BatchLimit.outOfMemory(new IllegalStateException(
                        new OutOfMemoryError("Cannot reserve 65536 bytes of direct buffer memory"))))
                .isTrue();
    }

    @Test
    void otherFailuresAreNot() {
        assertThat(BatchLimit.outOfMemory(new IllegalStateException("indices element out of data bounds, idx=99")))
                .isFalse();
        assertThat(BatchLimit.outOfMemory(new NullPointerException())).isFalse();
    }

    @Test
    void theLimitIsNeverLessThanOneTokenAndNeverMoreThanConfigured() {
        BatchLimit limit = new BatchLimit(10);

        assertThat(limit.shrink(1, 0)).isTrue();
        assertThat(limit.tokens()).isEqualTo(1);
        assertThat(limit.shrink(1, 0)).isFalse();
        for (long minute = 1; minute <= 20; minute++) {
            limit.grow(minute * BatchLimit.PATIENCE.toNanos());
        }
        assertThat(limit.tokens()).isEqualTo(10);
        assertThat(limit.grow(100 * BatchLimit.PATIENCE.toNanos())).isFalse();
    }

    /** A graph that needs more memory for its output than there is address space. */
    private static byte[] expanding(long... shape) {
        TensorProto.Builder dimensions = TensorProto.newBuilder()
                .setName("shape")
                .setDataType(TensorProto.DataType.INT64.getNumber())
                .addDims(shape.length);
        for (long dimension : shape) {
            dimensions.addInt64Data(dimension);
        }
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(13))
                .setGraph(GraphProto.newBuilder()
                        .setName("vast")
                        .addInput(floats("x"))
                        .addInitializer(dimensions)
                        .addNode(NodeProto.newBuilder()
                                .setOpType("Expand")
                                .setName("expand")
                                .addInput("x")
                                .addInput("shape")
                                .addOutput("y"))
                        .addOutput(floats("y")))
                .build()
                .toByteArray();
    }

    private static ValueInfoProto floats(String name) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(TensorShapeProto.newBuilder()
                                        .addDim(TensorShapeProto.Dimension.newBuilder()
                                                .setDimParam("n")))))
                .build();
    }
}
