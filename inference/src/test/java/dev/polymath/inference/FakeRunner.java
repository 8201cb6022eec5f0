package dev.polymath.inference;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A runner that shows each batch to the test and runs it when the test says so. The answer to an item is its name. */
final class FakeRunner implements BatchRunner<FakeRunner.Item, String> {
    /** An item; the runner fails on batches with a poisonous one. */
    record Item(String name, int length, boolean poison) {
        Item(String name, int length) {
            this(name, length, false);
        }
    }

    private final String device;
    private final BlockingQueue<List<String>> started = new LinkedBlockingQueue<>();
    private final Semaphore go = new Semaphore(0);

    /** Most tokens of a batch, padded, that its memory suffices for. */
    volatile int memory = Integer.MAX_VALUE;

    volatile boolean closed;

    FakeRunner(String device) {
        this.device = device;
    }

    /** The next batch that reaches the runner. */
    List<String> started() throws InterruptedException {
        List<String> batch = started.poll(20, TimeUnit.SECONDS);
        if (batch == null) {
            throw new AssertionError("no batch was started");
        }
        return batch;
    }

    /** Whether a batch has reached the runner that the test has not looked at. */
    boolean hasStarted() {
        return !started.isEmpty();
    }

    /** Lets {@code batches} batches finish. */
    void finish(int batches) {
        go.release(batches);
    }

    /** Lets all batches finish from now on. */
    void finishAll() {
        go.release(1_000_000);
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public List<String> run(List<Item> batch) {
        started.add(batch.stream().map(Item::name).toList());
        go.acquireUninterruptibly();
        if (batch.size() * batch.stream().mapToInt(Item::length).max().orElse(0) > memory) {
            throw new IllegalStateException(
                    "Error code - ORT_FAIL",
                    new IllegalStateException("Failed to allocate memory for requested buffer"));
        }
        if (batch.stream().anyMatch(Item::poison)) {
            throw new IllegalStateException("poison");
        }
        return batch.stream().map(Item::name).toList();
    }

    @Override
    public void close() {
        closed = true;
    }
}
