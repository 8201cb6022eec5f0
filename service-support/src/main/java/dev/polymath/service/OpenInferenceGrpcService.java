package dev.polymath.service;

import com.google.protobuf.ByteString;
import dev.polymath.inference.Call;
import dev.polymath.inference.ModelDirectory;
import dev.polymath.openinference.v2.GRPCInferenceServiceGrpc;
import dev.polymath.openinference.v2.InferTensorContents;
import dev.polymath.openinference.v2.ModelInferRequest;
import dev.polymath.openinference.v2.ModelInferRequest.InferInputTensor;
import dev.polymath.openinference.v2.ModelInferResponse;
import dev.polymath.openinference.v2.ModelInferResponse.InferOutputTensor;
import dev.polymath.openinference.v2.ModelMetadataRequest;
import dev.polymath.openinference.v2.ModelMetadataResponse;
import dev.polymath.openinference.v2.ModelMetadataResponse.TensorMetadata;
import dev.polymath.openinference.v2.ModelReadyRequest;
import dev.polymath.openinference.v2.ModelReadyResponse;
import dev.polymath.openinference.v2.ServerLiveRequest;
import dev.polymath.openinference.v2.ServerLiveResponse;
import dev.polymath.openinference.v2.ServerMetadataRequest;
import dev.polymath.openinference.v2.ServerMetadataResponse;
import dev.polymath.openinference.v2.ServerReadyRequest;
import dev.polymath.openinference.v2.ServerReadyResponse;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.arc.All;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** The Open Inference Protocol, version 2, for the {@link OpenInferenceModel}s of the service. */
@GrpcService
public class OpenInferenceGrpcService implements GRPCInferenceServiceGrpc.AsyncService, BindableService {
    private static final String BYTES = "BYTES";

    private final List<OpenInferenceModel> models;
    private final ModelSlots slots;
    private final GrpcCalls calls;
    private final String service;
    private final String version;

    @Inject
    OpenInferenceGrpcService(
            @All List<OpenInferenceModel> models,
            ModelSlots slots,
            GrpcCalls calls,
            @ConfigProperty(name = "quarkus.application.name") String service,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.models = models;
        this.slots = slots;
        this.calls = calls;
        this.service = service;
        this.version = version;
    }

    /** A model, and what answers for it. */
    private record Hosted(OpenInferenceModel model, ModelVersion<?> version) {}

    @Override
    public ServerServiceDefinition bindService() {
        return InHandlerParsing.of(GRPCInferenceServiceGrpc.bindService(this));
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
        answer(observer, () -> ServerLiveResponse.newBuilder().setLive(true).build());
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
        answer(
                observer,
                () -> ServerReadyResponse.newBuilder().setReady(slots.ready()).build());
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
        answer(observer, () -> {
            boolean found = find(request.getName(), request.getVersion()) != null;
            if (!found && slots.ready()) {
                throw notFound(request.getName(), request.getVersion());
            }
            return ModelReadyResponse.newBuilder().setReady(found).build();
        });
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
        answer(
                observer,
                () -> ServerMetadataResponse.newBuilder()
                        .setName(service)
                        .setVersion(version)
                        .build());
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
        answer(observer, () -> {
            Hosted hosted = get(request.getName(), request.getVersion());
            String name = hosted.version().directory().name();
            boolean pyTorch = hosted.version().description().getEngine().equals("PyTorch");
            return ModelMetadataResponse.newBuilder()
                    .setName(name)
                    .addAllVersions(hosted.model().slots().stream()
                            .flatMap(slot -> slot.versions().stream())
                            .filter(version -> version.is(name, request.getVersion()))
                            .map(version -> version.directory().version())
                            .distinct()
                            .sorted(ModelSlots::compareVersions)
                            .toList())
                    .setPlatform(pyTorch ? "pytorch_libtorch" : "onnxruntime_onnx")
                    .addInputs(tensor(hosted.model().input()))
                    .addOutputs(tensor(hosted.model().output()))
                    .build();
        });
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
        calls.answer(observer, call -> infer(request, call));
    }

    private CompletionStage<ModelInferResponse> infer(ModelInferRequest request, Call call) {
        Hosted hosted = get(request.getModelName(), request.getModelVersion());
        OpenInferenceModel model = hosted.model();
        List<ByteString> elements = elements(request, model);
        ModelDirectory directory = hosted.version().directory();
        return model.infer(hosted.version().ref(), elements, call).thenApply(answers -> {
            InferOutputTensor.Builder output = InferOutputTensor.newBuilder()
                    .setName(model.output())
                    .setDatatype(BYTES)
                    .addAllShape(request.getInputs(0).getShapeList());
            ModelInferResponse.Builder response = ModelInferResponse.newBuilder()
                    .setModelName(directory.name())
                    .setModelVersion(directory.version())
                    .setId(request.getId());
            if (request.getRawInputContentsCount() > 0) {
                response.addRawOutputContents(toRaw(answers));
            } else {
                output.setContents(InferTensorContents.newBuilder().addAllBytesContents(answers));
            }
            return response.addOutputs(output).build();
        });
    }

    private static List<ByteString> elements(ModelInferRequest request, OpenInferenceModel model) {
        Violations violations = new Violations();
        for (int i = 0; i < request.getOutputsCount(); i++) {
            if (!request.getOutputs(i).getName().equals(model.output())) {
                violations.add(
                        "outputs[" + i + "].name",
                        Violations.quote(request.getOutputs(i).getName()) + " (expected: " + model.output() + ")");
            }
        }
        if (request.getInputsCount() != 1) {
            violations.add("inputs", request.getInputsCount() + " tensors (expected: 1)");
            throw violations.exception();
        }
        InferInputTensor input = request.getInputs(0);
        if (!input.getName().equals(model.input())) {
            violations.add("inputs[0].name", Violations.quote(input.getName()) + " (expected: " + model.input() + ")");
        }
        if (!input.getDatatype().equals(BYTES)) {
            violations.add("inputs[0].datatype", Violations.quote(input.getDatatype()) + " (expected: " + BYTES + ")");
        }
        List<ByteString> elements = request.getRawInputContentsCount() == 0
                ? input.getContents().getBytesContentsList()
                : fromRaw(request.getRawInputContentsList(), violations);
        List<Long> shape = input.getShapeList();
        boolean flat = shape.size() == 1 || shape.size() == 2 && shape.get(1) == 1;
        if (!flat || shape.get(0) != elements.size()) {
            violations.add(
                    "inputs[0].shape",
                    shape + " with " + elements.size() + " elements (expected: [n] or [n, 1] with n elements)");
        }
        violations.throwIfAny();
        return elements;
    }

    private static List<ByteString> fromRaw(List<ByteString> raw, Violations violations) {
        List<ByteString> elements = new ArrayList<>();
        if (raw.size() == 1) {
            ByteBuffer buffer = raw.get(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            while (buffer.remaining() >= 4) {
                int length = buffer.getInt();
                if (length < 0 || length > buffer.remaining()) {
                    break;
                }
                elements.add(ByteString.copyFrom(buffer, length));
            }
            if (!buffer.hasRemaining()) {
                return elements;
            }
        }
        violations.add(
                "raw_input_contents",
                raw.size() + " tensors (expected: 1, each element after its length in 4 bytes, little endian)");
        return elements;
    }

    private static ByteString toRaw(List<ByteString> elements) {
        ByteBuffer buffer = ByteBuffer.allocate(
                        elements.stream().mapToInt(e -> 4 + e.size()).sum())
                .order(ByteOrder.LITTLE_ENDIAN);
        for (ByteString element : elements) {
            buffer.putInt(element.size());
            element.copyTo(buffer);
        }
        return ByteString.copyFrom(buffer.flip());
    }

    private Hosted get(String name, String modelVersion) {
        Hosted hosted = find(name, modelVersion);
        if (hosted == null) {
            slots.all().forEach(ModelSlot::current);
            throw notFound(name, modelVersion);
        }
        return hosted;
    }

    /** One that is being loaded is none yet. */
    private @Nullable Hosted find(String name, String modelVersion) {
        for (OpenInferenceModel model : models) {
            for (ModelSlot<?> slot : model.slots()) {
                if (slot.ready() && !name.isEmpty()) {
                    ModelVersion<?> version =
                            modelVersion.isEmpty() ? slot.current(name) : slot.find(name, modelVersion);
                    if (version != null) {
                        return new Hosted(model, version);
                    }
                }
            }
        }
        return null;
    }

    private RuntimeException notFound(String name, String modelVersion) {
        return ErrorStatus.modelNotFound(
                "model_name",
                modelVersion.isEmpty() ? name : name + "/" + modelVersion,
                ModelSlots.loaded(slots.all()));
    }

    private <R> void answer(StreamObserver<R> observer, Supplier<R> response) {
        calls.answer(observer, call -> CompletableFuture.completedFuture(response.get()));
    }

    private static TensorMetadata tensor(String name) {
        return TensorMetadata.newBuilder()
                .setName(name)
                .setDatatype(BYTES)
                .addShape(-1)
                .build();
    }
}
