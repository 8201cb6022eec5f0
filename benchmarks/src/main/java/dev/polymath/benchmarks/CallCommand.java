package dev.polymath.benchmarks;

import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import com.google.rpc.ErrorDetailsProto;
import dev.polymath.common.v1.Document;
import dev.polymath.ner.v1.EntityRecognitionServiceGrpc;
import dev.polymath.ner.v1.RecognizeEntitiesRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One call, as a client of a service or of the gateway makes it. */
@Command(name = "call", description = "Recognizes the entities of texts over gRPC and prints the answer as JSON.")
final class CallCommand implements Callable<Integer> {
    @Option(
            names = "--target",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:9090",
            description = "Default: ${DEFAULT-VALUE}, the gateway.")
    String target = "";

    @Parameters(arity = "1..*", paramLabel = "TEXT", description = "Each is one document.")
    List<String> texts = List.of();

    @Override
    public Integer call() throws Exception {
        ManagedChannel channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .build();
        try {
            RecognizeEntitiesRequest.Builder request = RecognizeEntitiesRequest.newBuilder();
            texts.forEach(text -> request.addDocuments(Document.newBuilder().setText(text)));
            var response = EntityRecognitionServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(30, TimeUnit.SECONDS)
                    .recognizeEntities(request.build());
            TypeRegistry details = TypeRegistry.newBuilder()
                    .add(ErrorDetailsProto.getDescriptor().getMessageTypes())
                    .build();
            System.out.println(JsonFormat.printer().usingTypeRegistry(details).print(response));
        } finally {
            channel.shutdownNow();
        }
        return 0;
    }
}
