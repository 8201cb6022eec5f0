package dev.polymath.training.encoder;

import dev.polymath.training.ModelCard;
import dev.polymath.training.TrainingLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

    /**
     * A card with what every fine-tuned model says of itself; figures and limits are the task's own.
     *
     * @param task as model hubs name it
     * @param does what the model reads and answers
     * @param sets what was read of the data, an item each
     */
    public ModelCard card(String title, String task, String does, StartingModel start, List<String> sets) {
        return card(title, task, does, start.description(), sets).metadata("language", language);
    }

    /**
     * The same for a model that knows no language.
     *
     * @param start where the weights come from
     */
    public ModelCard card(String title, String task, String does, String start, List<String> sets) {
        return new ModelCard(title)
                .metadata("license", licence.toLowerCase(Locale.ROOT))
                .metadata("pipeline_tag", task)
                .section("Task", description + "\n\n" + does)
                .section("Starting weights", start)
                .section("Data", list(sources) + "\n\nAs read:\n\n" + list(sets))
                .section("Licence", licence);
    }

    /**
     * The section on the training, with the command that does it again.
     *
     * @param arguments of the command line, the subcommand first
     * @param parity largest difference between the outputs of block and exported model
     * @param more sentences of the task
     */
    public static String training(TrainingLoop.Result result, double parity, String more, List<String> arguments) {
        return training(result, "tokens", parity, more, arguments);
    }

    /** The same for a task that counts its data in another unit. */
    public static String training(
            TrainingLoop.Result result, String unit, double parity, String more, List<String> arguments) {
        return String.format(
                Locale.ROOT,
                "%,d steps, %,d %s, %d minutes; best after step %,d. Outputs of the exported graph are within %.2g of the"
                        + " trained block. %s%n%n```%n./train %s%n```",
                result.steps(),
                result.tokens(),
                unit,
                result.duration().toMinutes(),
                result.bestStep(),
                parity,
                more,
                commandLine(arguments));
    }

    private static String list(List<String> items) {
        return String.join("\n", items.stream().map(item -> "- " + item).toList());
    }

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
