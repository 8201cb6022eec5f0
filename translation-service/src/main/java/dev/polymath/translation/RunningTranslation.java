package dev.polymath.translation;

import dev.polymath.inference.Call;
import dev.polymath.text.SentenceSplitter;
import dev.polymath.translation.Sentences.Sentence;
import dev.polymath.translation.TextTranslation.Alternative;
import dev.polymath.translation.Translated.Candidate;
import dev.polymath.translation.TranslationModel.Search;
import dev.polymath.translation.format.TranslatableText;
import dev.polymath.translation.format.Unit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;

/** A text on its way into another language. Made by {@link TextTranslator}; {@link #submit} is called once. */
public final class RunningTranslation {
    private final TranslatableText text;
    private final List<UnitWork> work = new ArrayList<>();
    private final Map<Integer, Integer> terms = new HashMap<>();
    private final List<SentenceTranslator> steps;
    private final int alternatives;
    private final Executor later;

    /** A unit: its sentences, and what becomes of each. */
    private record UnitWork(Unit unit, Sentences sentences, List<CompletableFuture<Translated>> translated) {}

    RunningTranslation(
            TranslatableText source,
            Route route,
            Protection protection,
            Search search,
            Call call,
            boolean patient,
            Executor later) {
        this.text = new TranslatableText(
                source.source(),
                source.units().stream()
                        .map(unit -> protection.protect(unit, terms))
                        .toList());
        this.alternatives = search.alternatives();
        this.later = later;
        SentenceSplitter splitter = SentenceSplitter.forLanguage(route.pair().source());
        for (Unit unit : text.units()) {
            Sentences sentences = Sentences.of(unit.text(), unit.marks(), splitter);
            List<CompletableFuture<Translated>> translated = Stream.generate(CompletableFuture<Translated>::new)
                    .limit(sentences.sentences().size())
                    .toList();
            work.add(new UnitWork(unit, sentences, translated));
        }
        // one sentence is refused if the queue is full; the others of an admitted text wait for room
        AtomicBoolean admitted = new AtomicBoolean(patient);
        Search first = route.steps().size() == 1 ? search : new Search(search.beamSize(), 0);
        this.steps = new ArrayList<>();
        for (int i = 0; i < route.steps().size(); i++) {
            Route.Step step = route.steps().get(i);
            steps.add(new SentenceTranslator(
                    step.model(),
                    step.pair(),
                    i == route.steps().size() - 1 ? search : first,
                    call,
                    i == 0 ? () -> admitted.getAndSet(true) : () -> true,
                    later));
        }
    }

    /** Gives all sentences to the model. May wait on the calling thread. */
    public void submit() {
        for (UnitWork unit : work) {
            for (int i = 0; i < unit.translated().size(); i++) {
                CompletableFuture<Translated> future = unit.translated().get(i);
                try {
                    CompletableFuture<?> unused = translate(
                                    unit.sentences().sentences().get(i).text(), unit.unit())
                            .whenComplete((done, failure) -> {
                                if (failure == null) {
                                    future.complete(done);
                                } else {
                                    future.completeExceptionally(failure);
                                }
                            });
                } catch (RuntimeException | StackOverflowError e) {
                    future.completeExceptionally(e);
                }
                if (future.isCompletedExceptionally()) {
                    fail(future);
                    return;
                }
            }
        }
    }

    /** What one sentence fails with, the whole text fails with. */
    private void fail(CompletableFuture<Translated> failed) {
        CompletableFuture<?> unused = failed.whenComplete((done, failure) -> work.stream()
                .flatMap(unit -> unit.translated().stream())
                .forEach(future -> future.completeExceptionally(failure)));
    }

    private CompletableFuture<Translated> translate(String sentence, Unit unit) {
        CompletableFuture<Translated> first = steps.get(0).translate(sentence, unit.marks());
        return steps.size() == 1
                ? first
                : first.thenComposeAsync(
                        done -> steps.get(1)
                                .translate(done.candidate(0).text(), unit.marks())
                                .thenApply(second -> new Translated(
                                                second.candidates(),
                                                second.receipts(),
                                                0,
                                                Math.max(second.kept(), done.kept()))
                                        .after(done.receipts(), done.pieces())),
                        later);
    }

    /** The whole translation; fails as the first sentence that fails. */
    public CompletableFuture<TextTranslation> whole() {
        return all(work.stream()).thenApply(done -> {
            Translated all = Translated.join(work.stream()
                    .flatMap(unit -> unit.translated().stream())
                    .map(CompletableFuture::join)
                    .toList());
            String best = render(0);
            List<Alternative> others = new ArrayList<>();
            for (int k = 1; k < all.candidates().size() && others.size() < alternatives; k++) {
                String other = render(k);
                boolean isNew = !other.equals(best)
                        && others.stream().noneMatch(known -> known.text().equals(other));
                if (isNew) {
                    others.add(new Alternative(other, all.candidate(k).score()));
                }
            }
            return new TextTranslation(
                    best,
                    work.isEmpty() ? 0 : all.candidate(0).score(),
                    others,
                    Map.copyOf(terms),
                    all.receipts(),
                    all.pieces(),
                    all.kept());
        });
    }

    private static CompletableFuture<?> all(Stream<UnitWork> units) {
        return CompletableFuture.allOf(
                units.flatMap(unit -> unit.translated().stream()).toArray(CompletableFuture[]::new));
    }

    private String render(int candidate) {
        return text.render(unit(candidate));
    }

    /** The translation of a unit of which all sentences are done. */
    private Function<Integer, String> unit(int candidate) {
        return i -> {
            UnitWork unit = work.get(i);
            StringBuilder whole = new StringBuilder();
            for (int j = 0; j < unit.translated().size(); j++) {
                Candidate sentence = unit.translated().get(j).join().candidate(candidate);
                whole.append(unit.sentences().sentences().get(j).before()).append(sentence.text());
            }
            return whole.append(unit.sentences().end()).toString();
        };
    }

    /** The translation sentence by sentence, each with what stands before it; together they are the whole. */
    public List<CompletableFuture<String>> parts() {
        List<CompletableFuture<String>> parts = new ArrayList<>();
        List<Integer> outer = text.outer();
        int at = 0;
        for (int n = 0; n < outer.size(); n++) {
            int number = outer.get(n);
            UnitWork unit = work.get(number);
            int innerEnd = n + 1 < outer.size() ? outer.get(n + 1) : work.size();
            CompletableFuture<?> inner = all(work.subList(number + 1, innerEnd).stream());
            List<Sentence> sentences = unit.sentences().sentences();
            boolean lastUnit = n == outer.size() - 1;
            if (sentences.isEmpty()) {
                String before = text.source().substring(at, unit.unit().begin());
                String behind = lastUnit ? text.source().substring(unit.unit().end()) : "";
                parts.add(inner.thenApply(done -> before
                        + text.write(
                                unit.unit(),
                                unit.unit().marks(),
                                unit.sentences().end(),
                                unit(0))
                        + behind));
            }
            for (int j = 0; j < sentences.size(); j++) {
                String gap = j == 0 ? text.source().substring(at, unit.unit().begin()) : "";
                boolean lastSentence = j == sentences.size() - 1;
                String end = lastSentence ? unit.sentences().end() : "";
                String tail = lastSentence && lastUnit
                        ? text.source().substring(unit.unit().end())
                        : "";
                Sentence sentence = sentences.get(j);
                parts.add(unit.translated()
                        .get(j)
                        .thenCombine(
                                inner,
                                (done, rest) -> gap
                                        + text.write(
                                                unit.unit(),
                                                unit.unit().marks(),
                                                sentence.before()
                                                        + done.candidate(0).text()
                                                        + end,
                                                unit(0))
                                        + tail));
            }
            at = unit.unit().end();
        }
        return parts.isEmpty() ? List.of(CompletableFuture.completedFuture(text.source())) : parts;
    }
}
