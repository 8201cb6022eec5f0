package dev.polymath.ner;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * Decides between entities that overlap. Candidates are ranked by these clauses, each deciding only where those before it
 * do not:
 *
 * <ol>
 *   <li>what speaks for it: a recognizer that validated its match, then the model, then an unvalidated match
 *   <li>the longer span, in UTF-16 code units
 *   <li>the higher confidence
 *   <li>the one that begins first
 *   <li>the one that was given first
 * </ol>
 *
 * From the first rank to the last, a candidate is kept if it overlaps none that is kept already. Spans that only touch do
 * not overlap.
 */
final class OverlapResolver {
    /** What speaks for a candidate, the strongest first. */
    enum Evidence {
        VALIDATED,
        MODEL,
        UNVALIDATED
    }

    record Candidate(Entity entity, Evidence evidence) {
        private int length() {
            return entity.end() - entity.begin();
        }
    }

    private static final Comparator<Candidate> RANK = Comparator.comparing(Candidate::evidence)
            .thenComparing(Comparator.comparingInt(Candidate::length).reversed())
            .thenComparing(Comparator.<Candidate>comparingDouble(
                            candidate -> candidate.entity().confidence())
                    .reversed())
            .thenComparingInt(candidate -> candidate.entity().begin());

    private OverlapResolver() {}

    /** The entities that are kept, in the order of the text. */
    static List<Entity> resolve(Collection<Candidate> candidates) {
        List<Candidate> ranked = new ArrayList<>(candidates);
        ranked.sort(RANK);
        TreeMap<Integer, Entity> kept = new TreeMap<>();
        for (Candidate candidate : ranked) {
            Entity entity = candidate.entity();
            var before = kept.lowerEntry(entity.end());
            if (before == null || before.getValue().end() <= entity.begin()) {
                kept.put(entity.begin(), entity);
            }
        }
        return List.copyOf(kept.values());
    }
}
