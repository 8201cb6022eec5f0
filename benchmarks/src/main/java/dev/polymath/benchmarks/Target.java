package dev.polymath.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A server that recognizes entities, reached over one protocol. Thread-safe. */
abstract class Target implements AutoCloseable {
    /** How long a call may take. */
    static final int TIMEOUT_SECONDS = 60;

    /** How a client reaches a server. */
    enum Protocol {
        grpc,
        http
    }

    /** @param address {@code host:port} */
    static Target open(Protocol protocol, String address) {
        return switch (protocol) {
            case grpc -> new GrpcTarget(address);
            case http -> new HttpTarget(address);
        };
    }

    /** All texts as calls of {@code documentsPerCall} documents; the last one may have fewer. */
    List<Request> requests(Corpus corpus, int documentsPerCall) {
        Bench.require(documentsPerCall > 0, "documents", documentsPerCall, "> 0");
        List<Request> requests = new ArrayList<>();
        List<String> texts = corpus.texts();
        for (int from = 0; from < texts.size(); from += documentsPerCall) {
            List<String> documents = texts.subList(from, Math.min(texts.size(), from + documentsPerCall));
            int words = documents.stream().mapToInt(Corpus::words).sum();
            requests.add(new Request(documents.size(), words, encode(documents)));
        }
        return requests;
    }

    /** A call with these documents, encoded; the supplier only sends it. */
    abstract Supplier<CompletableFuture<?>> encode(List<String> texts);

    @Override
    public abstract void close();
}
