package headscope.cli;

import headscope.experiment.Experiment;
import headscope.failure.Section;
import headscope.model.LanguageModel;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * What the words of {@code headscope run} ask for, read and not carried out: so that another
 * process computes groups of it.
 *
 * <pre>
 *   Asked asked = Asked.of("run", "ablation", "--model", "reference", "--out", "results");
 *   LanguageModel model = asked.model().get();
 * </pre>
 *
 * @param experiment what is run
 * @param model loads the model
 * @param group generations that advance together, where a number was asked for
 * @param out the folder of the results
 */
public record Asked(
    Experiment<?, ?> experiment, Supplier<LanguageModel> model, OptionalInt group, Path out) {

  /**
   * Reads a command line.
   *
   * @param words from {@code run} on
   * @throws IllegalArgumentException if they do not ask for an experiment
   */
  public static Asked of(String... words) {
    return command(Headscope.commands(), words).asked();
  }

  /** The command that some words are of, with their values in it. */
  static ExperimentCommand<?> command(CommandLine commands, String... words) {
    try {
      CommandLine.ParseResult parsed =
          commands.parseArgs(RunCommand.experimentFirst(commands, words));
      while (parsed.hasSubcommand()) {
        parsed = parsed.subcommand();
      }
      if (parsed.commandSpec().userObject() instanceof ExperimentCommand<?> command) {
        return command;
      }
    } catch (ParameterException e) {
      throw Section.WRONG_USE.wrong(RunCommand.unmatched(e).orElse(e.getMessage()), e);
    }
    throw Section.WRONG_USE.wrong(
        "these words run no experiment: " + String.join(" ", words) + "; see headscope run --help");
  }
}
