package dev.polymath.service;

import dev.polymath.models.v1.ListModelsRequest;
import dev.polymath.models.v1.ListModelsResponse;
import dev.polymath.models.v1.Model;
import dev.polymath.models.v1.ModelServiceGrpc;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;

/** Lists the loaded models of the service. */
@GrpcService
public class ModelGrpcService extends ModelServiceGrpc.ModelServiceImplBase {
    private final ModelSlots slots;

    @Inject
    ModelGrpcService(ModelSlots slots) {
        this.slots = slots;
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
        ListModelsResponse.Builder response = ListModelsResponse.newBuilder();
        for (ModelSlot<?> slot : slots.all()) {
            Model model = slot.description();
            if (model != null) {
                response.addModels(model);
            }
        }
        observer.onNext(response.build());
        observer.onCompleted();
    }
}
