package dev.polymath.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polymath.inference.Batcher.Output;
import dev.polymath.inference.FakeRunner.Item;
import dev.polymath.inference.InferenceException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // where a test looks at another future than this one
class BatcherTest {
    private static final Duration FOREVER = Duration.ofDays(1);
    private static final BatchOptions OPTIONS = new BatchOptions(100, 8, 0.25, FOREVER, 20, 400);
    private static final BatchOptions ROOMY = new BatchOptions(100, 8, 0.25, FOREVER, 1000, 10_000);
    private static final Caller A = new Caller("a", 1);
    private static final Caller B = new Caller("b", 1);

    /** The time, which passes only when a test says so; it starts where nanoTime may well be: about to overflow. */
    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1000);

    private final FakeRunner runner = new FakeRunner("cpu");
    private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
    private @Nullable Batcher<Item, String> batcher;
    private final List<FakeRunner> runners = new ArrayList<>();

    @AfterEach
    void everyPermitIsReturned() {
        if (batcher != null) {
            runners.forEach(FakeRunner::finishAll);
            batcher.close();
            assertThat(batcher.admittedItems()).isZero();
            assertThat(batcher.admittedTokens()).isZero();
            assertThat(runners).allMatch(fake -> fake.closed);
        }
    }

    @Test
    void anIdleDeviceTakesASingleItemAtOnce() throws Exception {
        start(OPTIONS, runner);

        CompletableFuture<Output<String>> a = submit("a", 10);

        assertThat(runner.started()).containsExactly("a");
        runner.finish(1);
        assertThat(a.join().value()).isEqualTo("a");
        assertThat(a.join().batchSize()).isEqualTo(1);
        assertThat(a.join().device()).isEqualTo("cpu");
    }

    @Test
    void itemsThatCameWhileTheDeviceWasBusyRunTogetherAsSoonAsItIsIdle() throws Exception {
        start(OPTIONS, runner);
        submit("a", 10);
        runner.started();

        submit("b", 10);
        submit("c", 10);
        runner.finish(1);

        assertThat(runner.started()).containsExactly("b", "c");
    }

    @Test
    void aBatchKeepsWithinTheTokenBudget() throws Exception {
        startBusy(OPTIONS);

        submit(items("b", 30, 5));
        runner.finish(1);

        assertThat(runner.started()).hasSize(3);
        runner.finish(1);
        assertThat(runner.started()).hasSize(2);
    }

    @Test
    void aBatchKeepsWithinTheNumberOfItems() throws Exception {
        startBusy(OPTIONS);

        submit(items("b", 1, 10));
        runner.finish(1);

        assertThat(runner.started()).hasSize(8);
        runner.finish(1);
        assertThat(runner.started()).hasSize(2);
    }

    @Test
    void anItemLongerThanTheTokenBudgetRunsAlone() throws Exception {
        startBusy(OPTIONS);

        submit("long", 150);
        submit("also long", 150);
        runner.finish(1);

        assertThat(runner.started()).containsExactly("long");
        runner.finish(1);
        assertThat(runner.started()).containsExactly("also long");
    }

    @Test
    void itemsOfLikeLengthRunTogether() throws Exception {
        startBusy(OPTIONS);

        submit("10", 10);
        submit("40", 40);
        submit("11", 11);
        submit("39", 39);
        submit("12", 12);
        runner.finish(1);

        assertThat(runner.started()).containsExactly("10", "11", "12");
        runner.finish(1);
        assertThat(runner.started()).containsExactly("40", "39");
    }

    @Test
    void theItemThatCameFirstIsInTheNextBatchHoweverManyLikeOnesWait() throws Exception {
        startBusy(OPTIONS);

        submit("long", 90);
        submit(items("short", 1, 15));
        runner.finish(1);

        assertThat(runner.started()).containsExactly("long");
    }

    @Test
    void aLongDocumentDoesNotHoldUpTheShortOneBehindIt() throws Exception {
        startBusy(new BatchOptions(100, 1, 0.25, FOREVER, 20, 400));

        submit(items("window", 20, 4));
        submit("short", 5);
        runner.finish(1);

        assertThat(runner.started()).containsExactly("window0");
        runner.finish(1);
        assertThat(runner.started()).containsExactly("short");
        runner.finish(1);
        assertThat(runner.started()).containsExactly("window1");
    }

    @Test
    void callersShareABatchHoweverManyItemsOneOfThemHasWaiting() throws Exception {
        startBusy(ROOMY);

        submit(items("a", 10, 40), A);
        submit(items("b", 10, 40), B);
        runner.finish(1);

        assertThat(runner.started()).containsExactlyInAnyOrder("a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3");
        runner.finish(1);
        assertThat(runner.started()).containsExactlyInAnyOrder("a4", "a5", "a6", "a7", "b4", "b5", "b6", "b7");
    }

    @Test
    void callersShareInProportionToTheirWeights() throws Exception {
        startBusy(ROOMY);

        submit(items("a", 10, 40), A);
        submit(items("c", 10, 40), new Caller("c", 3));
        runner.finish(1);

        assertThat(runner.started()).containsExactlyInAnyOrder("a0", "a1", "c0", "c1", "c2", "c3", "c4", "c5");
    }

    @Test
    void callersShareTokensAndNotItems() throws Exception {
        startBusy(new BatchOptions(100, 1, 0.25, FOREVER, 1000, 10_000));

        submit(items("a", 40, 10), A);
        submit(items("b", 10, 40), B);
        runner.finish(1);

        List<String> order = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            order.addAll(runner.started());
            runner.finish(1);
        }
        assertThat(order).filteredOn(name -> name.startsWith("a")).hasSize(5);
        assertThat(order).filteredOn(name -> name.startsWith("b")).hasSize(20);
    }

    /** Of 2,000 items of a flood are 250 batches made; without the turns the last would run before what comes after them. */
    @Test
    void theFloodOfOneCallerDelaysAnotherByOneBatchAtMost() throws Exception {
        startBusy(new BatchOptions(100, 8, 0.25, FOREVER, 10_000, 100_000));
        submit(items("flood", 10, 2_000), A);

        for (int call = 0; call < 50; call++) {
            submit(items("b" + call + ".", 10, 1), B);
            runner.finish(1);
            List<String> next = runner.started();
            assertThat(next).contains("b" + call + ".0").hasSize(8);
        }
        assertThat(batcher().admittedItems())
                .as("what is left of the flood")
                .isEqualTo(2_000 + 1 + 50 - 50 * 8 + 8 - 1);
    }

    @Test
    void whoComesAnewBeginsWhereTheOthersAreAndHasSavedNothing() throws Exception {
        startBusy(ROOMY);
        submit(items("a", 10, 60), A);
        for (int batch = 0; batch < 4; batch++) {
            runner.finish(1);
            runner.started();
        }

        submit(items("b", 10, 60), B);
        List<String> order = new ArrayList<>();
        for (int batch = 0; batch < 4; batch++) {
            runner.finish(1);
            order.addAll(runner.started());
        }

        assertThat(order).hasSize(32);
        assertThat(order)
                .as("half, and at most the batch that ran when it came")
                .filteredOn(name -> name.startsWith("b"))
                .hasSizeBetween(16, 20);
    }

    @Test
    void aKnownCallerLeavesAsMuchFreeAsItHolds() throws Exception {
        start(new BatchOptions(100, 8, 0.25, FOREVER, 20, 400), runner);
        submit(items("a", 1, 10), A);

        assertThatThrownBy(() -> submit(items("a", 1, 1), A))
                .hasMessage(
                        "fake: 10 items with 10 tokens of the caller are waiting (expected: <= what is left free for"
                                + " others, 9 items and 389 tokens, with the 1 and 1 of this request)")
                .isInstanceOfSatisfying(
                        InferenceException.class,
                        e -> assertThat(e.retryAfter()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(30)));
        submit(items("b", 1, 5), B);
        assertKind(Kind.OVERLOADED, () -> submit(items("b", 1, 1), B));
        submit(items("c", 1, 1), new Caller("c", 1));
        submit(items("unknown", 1, 4));
        assertThat(batcher().admittedItems()).isEqualTo(20);
    }

    @Test
    void whoWaitsForRoomWaitsBehindItsOwnOnly() throws Exception {
        startBusy(new BatchOptions(100, 8, 0.25, FOREVER, 20, 400));
        submit(items("a", 1, 8), A);
        Call call = Call.unbounded(A);
        CompletableFuture<?> waiting =
                CompletableFuture.runAsync(() -> batcher().submitWhenAdmitted(items("more", 1, 4), call));
        while (batcher().waiting() == 0) {
            Thread.onSpinWait();
        }

        batcher().submitWhenAdmitted(items("b", 1, 4), Call.unbounded(B));

        assertThat(waiting).isNotDone();
        call.cancel();
        assertThat(failure(waiting).kind()).isEqualTo(Kind.CANCELLED);
    }

    @Test
    void whileAnotherWorkerKeepsTheDeviceBusyAnItemWaitsTheDelayForCompanions() throws Exception {
        FakeRunner second = new FakeRunner("cpu");
        start(OPTIONS, runner, second);
        submit("a", 10);
        FakeRunner idle = firstToStart(runner, second) == runner ? second : runner;

        submit("b", 10);
        submit("c", 10);
        clock.addAndGet(FOREVER.toNanos());

        assertThat(idle.started()).containsExactly("b", "c");
    }

    @Test
    void aFullBatchDoesNotWaitForTheDelay() throws Exception {
        FakeRunner second = new FakeRunner("cpu");
        start(OPTIONS, runner, second);
        submit("a", 10);
        FakeRunner idle = firstToStart(runner, second) == runner ? second : runner;

        submit(items("b", 50, 2));

        assertThat(idle.started()).containsExactly("b0", "b1");
    }

    @Test
    void anotherIdleDeviceDoesNotWait() throws Exception {
        FakeRunner second = new FakeRunner("gpu1");
        start(OPTIONS, runner, second);
        submit("a", 10);
        FakeRunner idle = firstToStart(runner, second) == runner ? second : runner;

        submit("b", 10);

        assertThat(idle.started()).containsExactly("b");
    }

    @Test
    void aCancelledItemIsDroppedFromTheQueue() throws Exception {
        startBusy(OPTIONS);
        Call call = Call.unbounded();
        CompletableFuture<Output<String>> b =
                batcher().submit(List.of(new Item("b", 10)), call).get(0);
        submit("c", 10);

        call.cancel();
        runner.finish(1);

        assertThat(runner.started()).containsExactly("c");
        assertThat(failure(b).kind()).isEqualTo(Kind.CANCELLED);
    }

    @Test
    void anItemWhoseFutureIsCancelledIsDroppedFromTheQueue() throws Exception {
        startBusy(OPTIONS);
        CompletableFuture<Output<String>> b = submit("b", 10);
        submit("c", 10);

        b.cancel(false);
        runner.finish(1);

        assertThat(runner.started()).containsExactly("c");
    }

    @Test
    void anItemPastItsDeadlineIsDroppedFromTheQueue() throws Exception {
        startBusy(OPTIONS);
        Call call = Call.withDeadline(clock.get() + 5000);
        CompletableFuture<Output<String>> b =
                batcher().submit(List.of(new Item("b", 10)), call).get(0);
        submit("c", 10);

        clock.addAndGet(5000);
        runner.finish(1);

        assertThat(runner.started()).containsExactly("c");
        assertThat(failure(b).kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    }

    @Test
    void anItemBeforeItsDeadlineIsRun() throws Exception {
        startBusy(OPTIONS);
        Call call = Call.withDeadline(clock.get() + 5000);
        CompletableFuture<Output<String>> b =
                batcher().submit(List.of(new Item("b", 10)), call).get(0);

        clock.addAndGet(4999);
        runner.finish(2);

        assertThat(runner.started()).containsExactly("b");
        assertThat(b.join().queue()).isEqualTo(Duration.ofNanos(4999));
    }

    @Test
    void whenTheQueueIsFullInItemsASubmissionIsOverloadedAndTellsWhenToRetry() throws Exception {
        startBusy(OPTIONS);
        submit(items("b", 1, 19));

        assertKind(Kind.OVERLOADED, () -> submit("one more", 1));
        assertThatThrownBy(() -> submit("one more", 1))
                .hasMessage("fake: 20 items with 29 tokens are waiting (expected: <= 20 items and <= 400 tokens with"
                        + " the 1 and 1 of this request)")
                .isInstanceOfSatisfying(
                        InferenceException.class,
                        e -> assertThat(e.retryAfter()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(30)));
        assertThat(events).contains("rejected OVERLOADED");
    }

    @Test
    void whenTheQueueIsFullInTokensASubmissionIsOverloaded() throws Exception {
        startBusy(OPTIONS);
        submit("b", 390);

        assertKind(Kind.OVERLOADED, () -> submit("one more", 1));
    }

    @Test
    void whatWouldWaitForMoreThanHalfOfItsTimeIsRefusedAtOnce() throws Exception {
        start(ROOMY, runner);
        submit("measured", 10);
        runner.started();
        clock.addAndGet(10_000_000); // a millisecond for a token
        runner.finish(1);
        submit(items("b", 10, 10));
        runner.started();

        batcher().submit(List.of(new Item("patient", 10)), Call.withDeadline(clock.get() + 300_000_000));
        assertThatThrownBy(() ->
                        batcher().submit(List.of(new Item("hasty", 10)), Call.withDeadline(clock.get() + 200_000_000)))
                .hasMessage("fake: 110 tokens come first, for about 110 ms (expected: <= half of the 200 ms that the"
                        + " call has left)")
                .isInstanceOfSatisfying(InferenceException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.OVERLOADED);
                    assertThat(e.retryAfter()).isEqualTo(Duration.ofMillis(50));
                });
        batcher().submit(List.of(new Item("of another", 10)), Call.withDeadline(clock.get() + 20_000_000, A));
    }

    @Test
    void whatWouldBeRefusedAnywayIsRefusedBeforeThereAreItems() throws Exception {
        startBusy(OPTIONS);
        submit(items("b", 1, 17));
        batcher().requireRoom(2, Call.unbounded());

        assertKind(Kind.OVERLOADED, () -> batcher().requireRoom(3, Call.unbounded()));
        assertKind(Kind.DEADLINE_EXCEEDED, () -> batcher().requireRoom(1, Call.withDeadline(clock.get() - 1)));

        assertThat(batcher().admittedItems()).isEqualTo(18);
        assertThat(events).contains("rejected OVERLOADED");
    }

    @Test
    void aSubmissionIsAdmittedWholeOrNotAtAll() throws Exception {
        startBusy(OPTIONS);
        submit(items("b", 1, 10));

        assertKind(Kind.OVERLOADED, () -> submit(items("c", 1, 10)));

        assertThat(batcher().admittedItems()).isEqualTo(11);
    }

    @Test
    void whatIsAnsweredMakesRoom() throws Exception {
        startBusy(OPTIONS);
        List<CompletableFuture<Output<String>>> first = submit(items("b", 1, 19));
        runner.finish(2);

        first.get(0).join();

        submit("one more", 1);
    }

    @Test
    void whatNobodyWantsAnyMoreMakesRoom() throws Exception {
        startBusy(OPTIONS);
        Call call = Call.unbounded();
        List<CompletableFuture<Output<String>>> cancelled = batcher().submit(items("b", 1, 19), call);

        call.cancel();
        submit("one more", 1);

        assertThat(cancelled)
                .allSatisfy(future -> assertThat(failure(future).kind()).isEqualTo(Kind.CANCELLED));
    }

    @Test
    void aSubmissionLargerThanTheBoundIsAdmittedWhenNothingElseIs() throws Exception {
        start(OPTIONS, runner);

        List<CompletableFuture<Output<String>>> document = submit(items("window", 100, 30));

        assertKind(Kind.OVERLOADED, () -> submit("one more", 1));
        runner.finish(30);
        document.forEach(CompletableFuture::join);
        submit("one more", 1);
    }

    @Test
    void aWaitingSubmissionIsAdmittedWhenThereIsRoom() throws Exception {
        startBusy(OPTIONS);
        submit("b", 390);
        CompletableFuture<CompletableFuture<Output<String>>> waiting = CompletableFuture.supplyAsync(() -> batcher()
                .submitWhenAdmitted(List.of(new Item("c", 10)), Call.unbounded())
                .get(0));

        runner.finishAll();

        assertThat(waiting.join().join().value()).isEqualTo("c");
    }

    @Test
    void aWaitingSubmissionEndsWhenItsCallIsCancelled() throws Exception {
        startBusy(OPTIONS);
        submit("b", 390);
        Call call = Call.unbounded();
        CompletableFuture<?> waiting =
                CompletableFuture.supplyAsync(() -> batcher().submitWhenAdmitted(List.of(new Item("c", 10)), call));

        call.cancel();

        assertThat(failure(waiting).kind()).isEqualTo(Kind.CANCELLED);
    }

    @Test
    void aWaitingSubmissionEndsAtItsDeadline() throws Exception {
        startBusy(OPTIONS);
        submit("b", 390);
        Call call = Call.withDeadline(clock.get() + 5000);
        CompletableFuture<?> waiting =
                CompletableFuture.supplyAsync(() -> batcher().submitWhenAdmitted(List.of(new Item("c", 10)), call));

        clock.addAndGet(5000);

        assertThat(failure(waiting).kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    }

    @Test
    void aPoisonousItemFailsAloneAndItsBatchIsAnswered() throws Exception {
        startBusy(OPTIONS);
        List<Item> items = new ArrayList<>(items("b", 1, 7));
        items.add(5, new Item("poison", 1, true));

        List<CompletableFuture<Output<String>>> futures = submit(items);
        runner.finishAll();

        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).poison()) {
                assertThat(failure(futures.get(i)).kind()).isEqualTo(Kind.ENGINE_FAILURE);
                assertThat(failure(futures.get(i))).hasRootCauseMessage("poison");
            } else {
                assertThat(futures.get(i).join().value()).isEqualTo(items.get(i).name());
            }
        }
    }

    @Test
    void aBatchThatMemoryDoesNotSufficeForIsHalvedAndLaterOnesAreNoLarger() throws Exception {
        startBusy(OPTIONS);
        runner.memory = 40;
        List<CompletableFuture<Output<String>>> futures = submit(items("b", 10, 8));
        runner.finish(1 + 7);

        assertThat(runner.started()).as("80 tokens, too many").hasSize(8);
        assertThat(runner.started()).hasSize(4);
        assertThat(runner.started()).hasSize(4);
        assertThat(futures)
                .allSatisfy(future -> assertThat(future.join().value()).startsWith("b"));

        submit(items("c", 10, 8));
        assertThat(runner.started()).as("the limit is 40 now").hasSizeBetween(1, 4);
        assertThat(events).contains("limit 40");
    }

    @Test
    void theLimitOfBatchesGrowsByAQuarterForEachMinuteWithoutAFailure() throws Exception {
        startBusy(OPTIONS);
        runner.memory = 40;
        submit(items("b", 10, 8));
        runner.finish(1 + 3);
        for (int batch = 0; batch < 3; batch++) {
            runner.started();
        }
        runner.memory = Integer.MAX_VALUE;
        submit("again busy", 90);
        runner.started();

        clock.addAndGet(BatchLimit.PATIENCE.toNanos());
        submit(items("c", 10, 8));
        runner.finish(1);

        assertThat(runner.started()).hasSize(5);
        clock.addAndGet(BatchLimit.PATIENCE.toNanos());
        runner.finish(1);
        assertThat(runner.started()).hasSize(3);
        assertThat(events).containsSubsequence("limit 100", "limit 40", "limit 50", "limit 62");
        for (int minute = 0; minute < 3; minute++) {
            clock.addAndGet(BatchLimit.PATIENCE.toNanos());
            submit("later", 90);
            runner.finish(1);
            runner.started();
        }
        assertThat(events).containsSubsequence("limit 77", "limit 96", "limit 100");
    }

    @Test
    void anItemThatMemoryDoesNotSufficeForFailsAloneAndSaysSo() throws Exception {
        startBusy(OPTIONS);
        runner.memory = 40;
        List<CompletableFuture<Output<String>>> futures =
                submit(List.of(new Item("small", 40), new Item("large", 50), new Item("small too", 40)));
        runner.finishAll();

        assertThat(futures.get(0).join().value()).isEqualTo("small");
        assertThat(futures.get(2).join().value()).isEqualTo("small too");
        assertThat(failure(futures.get(1)))
                .hasMessage("fake: the memory of cpu does not suffice for this input of 50 tokens")
                .satisfies(failure -> assertThat(failure.kind()).isEqualTo(Kind.ENGINE_FAILURE))
                .satisfies(failure -> assertThat(failure.metadata()).containsEntry("outOfMemory", "cpu"));
    }

    @Test
    void anItemThatMemorySufficesForOnlyWhenNothingElseRunsIsTriedAgainThen() throws Exception {
        FakeRunner other = new FakeRunner("cpu");
        start(OPTIONS, runner, other);
        submit("busy", 10);
        FakeRunner busy = firstToStart(runner, other);
        FakeRunner idle = busy == runner ? other : runner;
        idle.memory = 40;

        CompletableFuture<Output<String>> large = submit("large", 50);
        clock.addAndGet(FOREVER.toNanos()); // so that it does not wait for companions
        idle.started();
        idle.finish(1);
        while (!events.contains("limit 25")) {
            Thread.onSpinWait();
        }
        idle.memory = 50;
        idle.finish(1);

        assertThat(idle.hasStarted()).as("while the other one runs").isFalse();
        busy.finish(1);
        assertThat(large.join().value()).isEqualTo("large");
    }

    @Test
    void anEarlyAnswerReturnsItsPermitsAndStaysWhenTheBatchFailsLater() {
        List<List<String>> batches = new ArrayList<>();
        List<Integer> admitted = new ArrayList<>();
        CountDownLatch submitted = new CountDownLatch(1);
        BatchRunner<Item, String> early = new BatchRunner<>() {
            @Override
            public String device() {
                return "cpu";
            }

            @Override
            public List<String> run(List<Item> batch) {
                throw new AssertionError("not asked for");
            }

            @Override
            public List<String> run(List<Item> batch, Early<String> answers) {
                awaitUninterruptibly(submitted);
                batches.add(batch.stream().map(Item::name).toList());
                if (batch.size() == 4) {
                    answers.answer(1, "early");
                    admitted.add(batcher().admittedItems());
                    assertThat(batcher().admittedTokens()).isEqualTo(3 * 5 * 2);
                }
                if (batch.stream().anyMatch(Item::poison)) {
                    throw new IllegalStateException("poison");
                }
                return batch.stream().map(Item::name).toList();
            }
        };
        batcher = new Batcher<>(
                "fake", OPTIONS, Item::length, item -> 2, List.of(early), InferenceListener.NONE, clock::get);

        List<CompletableFuture<Output<String>>> futures =
                submit(List.of(new Item("a", 5), new Item("b", 5), new Item("c", 5, true), new Item("d", 5)));
        submitted.countDown();

        assertThat(futures.get(0).join().value()).isEqualTo("a");
        assertThat(futures.get(1).join().value()).isEqualTo("early");
        assertThat(failure(futures.get(2)).kind()).isEqualTo(Kind.ENGINE_FAILURE);
        assertThat(futures.get(3).join().value()).isEqualTo("d");
        assertThat(admitted).containsExactly(3);
        assertThat(batches.get(0)).containsExactly("a", "b", "c", "d");
        assertThat(batches.subList(1, batches.size()))
                .as("what was answered is not run again")
                .noneMatch(batch -> batch.contains("b"));
        assertThat(batcher().admittedItems()).isZero();
        assertThat(batcher().admittedTokens()).isZero();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRunnerWithTooFewOutputsIsAnEngineFailure() {
        Batcher<Item, String> broken = new Batcher<>(
                "fake",
                OPTIONS,
                Item::length,
                List.of(new BatchRunner<Item, String>() {
                    @Override
                    public String device() {
                        return "cpu";
                    }

                    @Override
                    public List<String> run(List<Item> batch) {
                        return List.of();
                    }
                }),
                InferenceListener.NONE);
        try (broken) {
            CompletableFuture<Output<String>> a =
                    broken.submit(List.of(new Item("a", 1)), Call.unbounded()).get(0);

            assertThat(failure(a).kind()).isEqualTo(Kind.ENGINE_FAILURE);
        }
    }

    @Test
    void closeAnswersWhatWasAdmittedAndRefusesTheRest() throws Exception {
        startBusy(OPTIONS);
        List<CompletableFuture<Output<String>>> admitted = submit(items("b", 10, 12));
        Batcher<Item, String> closing = batcher();
        Thread closer = new Thread(closing::close);
        closer.start();
        while (closing.isOpen()) {
            Thread.onSpinWait();
        }

        assertKind(Kind.SHUTTING_DOWN, () -> submit("c", 1));
        assertKind(Kind.SHUTTING_DOWN, () -> closing.submitWhenAdmitted(List.of(new Item("c", 1)), Call.unbounded()));
        runner.finishAll();
        closer.join();

        assertThat(admitted).allSatisfy(future -> assertThat(future).isCompleted());
        assertThat(runner.closed).isTrue();
    }

    @Test
    void anInterruptedCloseFailsWhatStillWaits() throws Exception {
        startBusy(OPTIONS);
        List<CompletableFuture<Output<String>>> admitted = submit(items("b", 10, 12));
        Thread closer = new Thread(batcher()::close);
        closer.start();
        while (batcher().isOpen()) {
            Thread.onSpinWait();
        }

        closer.interrupt();
        // the interrupt is seen at some time; until then batches are answered, so none is let through
        while (closer.isInterrupted()) {
            Thread.onSpinWait();
        }
        runner.finish(1);
        runner.finish(100);
        closer.join();

        assertThat(admitted).allSatisfy(future -> assertThat(future).isDone());
        assertThat(admitted.stream().filter(CompletableFuture::isCompletedExceptionally))
                .allSatisfy(future -> assertThat(failure(future).kind()).isEqualTo(Kind.SHUTTING_DOWN));
    }

    @Test
    void theListenerIsToldOfBatchesPaddingAndTheQueue() throws Exception {
        startBusy(OPTIONS);

        submit("b", 30);
        submit("c", 24);
        runner.finish(2);
        runner.started();
        batcher().close();

        assertThat(events)
                .containsSubsequence("queue 1 30", "queue 2 54", "queue 0 0")
                .contains("batch 2 padding 0.10")
                .contains("dequeued");
    }

    @Test
    void aListenerThatThrowsStopsNothing() {
        Batcher<Item, String> loud =
                new Batcher<>("fake", OPTIONS, Item::length, List.of(runner), new InferenceListener() {
                    @Override
                    public void batchCompleted(String model, int size, double paddingRatio, Duration elapsed) {
                        throw new IllegalStateException("listener");
                    }

                    @Override
                    public void queueChanged(String model, int items, long tokens) {
                        throw new IllegalStateException("listener");
                    }
                });
        runner.finishAll();
        try (loud) {
            for (String name : List.of("a", "b")) {
                assertThat(loud.submit(List.of(new Item(name, 1)), Call.unbounded())
                                .get(0)
                                .join()
                                .value())
                        .isEqualTo(name);
            }
        }
    }

    private Batcher<Item, String> batcher() {
        if (batcher == null) {
            throw new IllegalStateException("not started");
        }
        return batcher;
    }

    private void start(BatchOptions options, FakeRunner... fakes) {
        runners.addAll(Arrays.asList(fakes));
        batcher = new Batcher<>("fake", options, Item::length, item -> 1, runners, recorder(), clock::get);
    }

    /** Starts with the device busy with an item of 10 tokens. */
    private void startBusy(BatchOptions options) throws InterruptedException {
        start(options, runner);
        submit("busy", 10);
        runner.started();
    }

    private CompletableFuture<Output<String>> submit(String name, int length) {
        return submit(List.of(new Item(name, length))).get(0);
    }

    private List<CompletableFuture<Output<String>>> submit(List<Item> items) {
        return batcher().submit(items, Call.unbounded());
    }

    private void submit(List<Item> items, Caller caller) {
        batcher().submit(items, Call.unbounded(caller));
    }

    private static List<Item> items(String name, int length, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Item(name + i, length))
                .toList();
    }

    private static FakeRunner firstToStart(FakeRunner a, FakeRunner b) throws InterruptedException {
        while (!a.hasStarted() && !b.hasStarted()) {
            Thread.onSpinWait();
        }
        FakeRunner first = a.hasStarted() ? a : b;
        first.started();
        return first;
    }

    private static void assertKind(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        InferenceException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private static InferenceException failure(CompletableFuture<?> future) {
        Throwable cause = null;
        try {
            future.join();
        } catch (CompletionException e) {
            cause = e.getCause();
        }
        if (cause instanceof InferenceException failure) {
            return failure;
        }
        throw new AssertionError("not an InferenceException: " + cause);
    }

    private InferenceListener recorder() {
        return new InferenceListener() {
            @Override
            public void requestRejected(String model, Kind reason) {
                events.add("rejected " + reason);
            }

            @Override
            public void itemDequeued(String model, Duration queued) {
                events.add("dequeued");
            }

            @Override
            public void batchCompleted(String model, int size, double paddingRatio, Duration elapsed) {
                events.add(String.format("batch %d padding %.2f", size, paddingRatio));
            }

            @Override
            public void batchLimitChanged(String model, int tokens) {
                events.add("limit " + tokens);
            }

            @Override
            public void queueChanged(String model, int items, long tokens) {
                events.add("queue " + items + " " + tokens);
            }
        };
    }
}
