package dev.polymath.service;

import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.ListModelsResponse;
import dev.polymath.models.v1.LoadModelRequest;
import dev.polymath.models.v1.LoadModelResponse;
import dev.polymath.models.v1.ModelServiceGrpc;
import dev.polymath.models.v1.SetModelTrafficRequest;
import dev.polymath.models.v1.SetModelTrafficResponse;
import dev.polymath.models.v1.UnloadModelRequest;
import dev.polymath.models.v1.UnloadModelResponse;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;

/** Lists and changes the loaded models of the service. */
@GrpcService
public class ModelGrpcService implements ModelServiceGrpc.AsyncService, BindableService {
    private final ModelSlots slots;
    private final ModelChanges changes;
    private final GrpcCalls calls;

    @Inject
    ModelGrpcService(ModelSlots slots, ModelChanges changes, GrpcCalls calls) {
        this.slots = slots;
        this.changes = changes;
        this.calls = calls;
    }

    @Override
    public ServerServiceDefinition bindService() {
        return InHandlerParsing.of(ModelServiceGrpc.bindService(this));
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
        ListModelsResponse.Builder response = ListModelsResponse.newBuilder();
        slots.all().forEach(slot -> response.addAllModels(slot.descriptions()));
        observer.onNext(response.build());
        observer.onCompleted();
    }

    @Override
    public void loadModel(LoadModelRequest request, StreamObserver<LoadModelResponse> observer) {
        calls.answer(observer, call -> changes.load(request));
    }

    @Override
    public void unloadModel(UnloadModelRequest request, StreamObserver<UnloadModelResponse> observer) {
        calls.answer(observer, call -> changes.unload(request));
    }

    @Override
    public void setModelTraffic(SetModelTrafficRequest request, StreamObserver<SetModelTrafficResponse> observer) {
        calls.answer(observer, call -> changes.setTraffic(request));
    }
}
