package dev.polymath.training.encoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** What the model card says beyond what the run knows by itself. */
public final class CardOptions {
    private static final Pattern PLAIN = Pattern.compile("[\\w./:=,@%+-]+");
    private static final Set<String> CARD_ONLY = Set.of("--description", "--source", "--licence", "--language");

    @Option(names = "--language", paramLabel = "TAG", description = "BCP-47 language of the data, for the model card.")
    public String language = "en";

    @Option(names = "--licence", paramLabel = "NAME", description = "Licence of the new weights, e.g. Apache-2.0.")
    public String licence = "";

    @Option(names = "--description", paramLabel = "TEXT", description = "What the model is for, in a sentence or two.")
    public String description = "";

    @Option(
            names = "--source",
            paramLabel = "TEXT",
            description = "Origin and licence of a data set, for the model card; may be repeated.")
    public List<String> sources = List.of();

    /** The arguments of a command line that matter to the weights, quoted for a shell; what only the card says is left out. */
    public static String commandLine(List<String> arguments) {
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (CARD_ONLY.contains(argument)) {
                i++;
            } else if (CARD_ONLY.stream().noneMatch(option -> argument.startsWith(option + "="))) {
                kept.add(PLAIN.matcher(argument).matches() ? argument : "'" + argument.replace("'", "'\\''") + "'");
            }
        }
        return String.join(" ", kept);
    }
}
