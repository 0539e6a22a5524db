package headscope.cli;

import headscope.score.StaticRanking;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

@Command(
    name = "run",
    description = "Runs an experiment; a run that was killed goes on where it ended.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "EXPERIMENT",
    commandListHeading = "%nExperiments:%n",
    subcommands = {
      RunDynamism.class,
      RunAblation.class,
      RunCompensation.class,
      RunCorrelation.class,
      RunProbe.class,
      RunRag.class,
      RunQuestions.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope run dynamism --model reference --out results/dynamism",
      "  headscope run ablation --model reference --out results/ablation --lengths 96,192",
      "  headscope run compensation --model reference --out results/compensation --k 0,2,8",
      "  headscope run correlation --model reference --out results/correlation",
      "  headscope run probe --model reference --out results/probe --widths 256,128",
      "  headscope run rag --model reference --out results/rag --n 60 --top-k 3 --gap 4 --radius 8",
      "  headscope run questions --model smollm2-world --out results/questions --paragraphs 4",
      "  headscope run ablation --model DIR --task hotpotqa --questions dev.json --out results/qa",
      "  headscope run ablation --model smollm2 --out results/sweep --shard 3/16",
      "  headscope run ablation --help"
    })
final class RunCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), missing(spec));
  }

  private static String missing(CommandLine.Model.CommandSpec run) {
    return "an experiment is missing: " + String.join(", ", run.subcommands().keySet());
  }

  /**
   * The words of a command line with the experiment right behind run, wherever it was typed.
   *
   * @param commands of which run is one
   */
  static String[] experimentFirst(CommandLine commands, String... args) {
    List<String> words = new ArrayList<>(List.of(args));
    int run = firstWord(commands, words, 0);
    if (run < words.size() && words.get(run).toLowerCase(Locale.ROOT).equals("run")) {
      int experiment = firstWord(commands, words, run + 1);
      if (experiment < words.size()) {
        words.add(run + 1, words.remove(experiment));
      }
    }
    return words.toArray(String[]::new);
  }

  /** The first word from a place on that is neither an option nor the value of one. */
  private static int firstWord(CommandLine commands, List<String> words, int from) {
    int i = from;
    while (i < words.size() && words.get(i).startsWith("-")) {
      i += isFlag(commands, words.get(i)) || words.get(i).contains("=") ? 1 : 2;
    }
    return i;
  }

  /** Whether an option of any experiment takes no value. */
  private static boolean isFlag(CommandLine commands, String option) {
    return commands.getSubcommands().get("run").getSubcommands().values().stream()
        .map(c -> c.getCommandSpec().findOption(option))
        .anyMatch(o -> o != null && o.arity().max() == 0);
  }

  /** What is wrong with words behind run that picocli does not know, where more can be said. */
  static Optional<String> unmatched(ParameterException e) {
    CommandLine.Model.CommandSpec asked = e.getCommandLine().getCommandSpec();
    if (!(e instanceof UnmatchedArgumentException unknown)) {
      return Optional.empty();
    }
    String first = unknown.getUnmatched().get(0).replaceAll("=.*", "");
    if (asked.name().equals("run")) {
      return Optional.of(
          first.startsWith("-")
              ? missing(asked)
              : "an experiment is one of "
                  + String.join(", ", asked.subcommands().keySet())
                  + "; got \""
                  + first
                  + "\"");
    }
    List<String> others =
        asked.parent() != null && asked.parent().name().equals("run")
            ? asked.parent().subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(s -> s.findOption(first) != null)
                .map(CommandLine.Model.CommandSpec::name)
                .toList()
            : List.of();
    return others.isEmpty()
        ? Optional.empty()
        : Optional.of(
            first + " is for " + String.join(" and ", others) + ", not for " + asked.name());
  }

  /** A ranking over samples none of which was answered is there, but it is a failure. */
  static int exitCode(CommandLine.Model.CommandSpec spec, StaticRanking ranking) {
    ranking.warning().ifPresent(w -> spec.commandLine().getErr().println("headscope: " + w));
    return ranking.warning().isPresent() ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
  }
}
