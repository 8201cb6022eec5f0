package dev.polymath.training.translation;

import dev.polymath.training.generation.BytePairLearner;
import dev.polymath.training.generation.TextNormalizer;
import dev.polymath.training.generation.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * All pairs of a training, cleaned and parted.
 *
 * @param sets a set per file, without what is held out
 * @param languages of the files, each once
 * @param report what was read and left out of each file
 */
record Corpus(List<TranslationData.Set> sets, HeldOutPairs heldOut, List<LanguagePair> languages, List<String> report) {
    /** A character that is rarer among all is left to its bytes. */
    private static final double SHARE_OF_RAREST = 2e-7;

    /**
     * Reads, cleans and parts.
     *
     * @param dev held-out sentences per pair of languages
     * @param test likewise
     */
    static Corpus read(List<ParallelFile> files, PairCleaning cleaning, int dev, int test) throws IOException {
        List<List<SentencePair>> all = new ArrayList<>();
        LanguageCheck languages = new LanguageCheck();
        for (ParallelFile file : files) {
            List<SentencePair> pairs = file.read();
            for (SentencePair pair : pairs) {
                languages.add(pair.languages().first(), pair.first());
                languages.add(pair.languages().second(), pair.second());
            }
            all.add(pairs);
        }
        List<String> report = new ArrayList<>();
        Map<LanguagePair, List<SentencePair>> candidates = new LinkedHashMap<>();
        Set<String> known = new HashSet<>();
        for (int i = 0; i < files.size(); i++) {
            PairCleaning.Result result = cleaning.clean(all.get(i), known, languages);
            all.set(i, result.pairs());
            candidates.putIfAbsent(files.get(i).languages(), result.pairs());
            report.add(files.get(i).file().name() + " (" + files.get(i).languages() + "): " + result.describe());
        }
        HeldOutPairs heldOut = HeldOutPairs.choose(candidates, dev, test);
        List<TranslationData.Set> sets = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            List<SentencePair> kept = heldOut.without(all.get(i));
            report.set(
                    i,
                    report.get(i)
                            + String.format(
                                    Locale.ROOT,
                                    "; %,d left out for dev and test; x %s",
                                    all.get(i).size() - kept.size(),
                                    files.get(i).weight()));
            sets.add(new TranslationData.Set(kept, files.get(i).weight()));
        }
        return new Corpus(sets, heldOut, List.copyOf(candidates.keySet()), report);
    }

    /** Writes {@code dev.en-de.tsv}, {@code test.en-de.tsv}, ... */
    void writeHeldOut(Path folder) throws IOException {
        writeHeldOut("dev", heldOut.dev(), folder);
        writeHeldOut("test", heldOut.test(), folder);
    }

    private static void writeHeldOut(String role, Map<LanguagePair, List<SentencePair>> pairs, Path folder)
            throws IOException {
        for (Map.Entry<LanguagePair, List<SentencePair>> entry : pairs.entrySet()) {
            ParallelFile.write(folder.resolve(role + "." + entry.getKey() + ".tsv"), entry.getValue());
        }
    }

    /** A vocabulary of all languages, learnt from the pairs that are trained on. */
    Vocabulary vocabulary(int size, long seed) {
        Map<String, Long> pieces = new HashMap<>();
        Set<String> seen = new HashSet<>();
        Set<String> names = new TreeSet<>();
        Random random = new Random(seed);
        long characters = 0;
        for (TranslationData.Set set : sets) {
            for (SentencePair pair : set.pairs()) {
                if (random.nextDouble() >= set.weight()) {
                    continue;
                }
                for (String language :
                        List.of(pair.languages().first(), pair.languages().second())) {
                    names.add(language);
                    String text = TextNormalizer.normalize(pair.side(language));
                    if (seen.add(language + text)) {
                        List<String> parts = new ArrayList<>();
                        TextNormalizer.split(text, true, parts);
                        parts.forEach(part -> pieces.merge(part, 1L, Long::sum));
                        characters += text.length();
                    }
                }
            }
        }
        return BytePairLearner.learn(pieces, names, size, Math.max(2, Math.round(SHARE_OF_RAREST * characters)));
    }
}
