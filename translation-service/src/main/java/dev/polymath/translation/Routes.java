package dev.polymath.translation;

import dev.polymath.translation.Route.Step;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The ways from language to language that some models offer: directly, or else through a pivot. Immutable. */
public final class Routes {
    private final Map<LanguagePair, Route> routes = new TreeMap<>();

    /**
     * The ways of some models.
     *
     * @param models the first one with a pair is the one that translates it
     * @param pivot language through which there is a way between all that are translated from and into it
     */
    public Routes(List<? extends TranslationModel> models, String pivot) {
        Map<LanguagePair, Step> direct = new TreeMap<>();
        models.forEach(model -> model.pairs().forEach(pair -> direct.putIfAbsent(pair, new Step(model, pair))));
        direct.forEach((pair, step) -> routes.put(pair, new Route(pair, List.of(step))));
        for (Step in : direct.values()) {
            for (Step out : direct.values()) {
                LanguagePair pair =
                        new LanguagePair(in.pair().source(), out.pair().target());
                if (in.pair().target().equals(pivot)
                        && out.pair().source().equals(pivot)
                        && !pair.source().equals(pair.target())) {
                    routes.putIfAbsent(pair, new Route(pair, List.of(in, out)));
                }
            }
        }
    }

    /** The way from a language to another; empty if there is none. */
    public Optional<Route> find(LanguagePair pair) {
        return Optional.ofNullable(routes.get(pair));
    }

    /** All ways, by source and target. */
    public Collection<Route> all() {
        return List.copyOf(routes.values());
    }

    /** Languages that are translated from, sorted. */
    public List<String> sources() {
        return routes.keySet().stream().map(LanguagePair::source).distinct().toList();
    }

    /** Languages that a language is translated into, sorted. */
    public List<String> targets(String source) {
        return routes.keySet().stream()
                .filter(pair -> pair.source().equals(source))
                .map(LanguagePair::target)
                .toList();
    }
}
