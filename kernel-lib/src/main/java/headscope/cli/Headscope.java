package headscope.cli;

import headscope.experiment.Workers;
import headscope.failure.Section;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The entry point of the command line. */
@Command(
    name = "headscope",
    mixinStandardHelpOptions = true,
    version = "headscope 0.1.0",
    description = "Watch, measure and mask the attention heads with which a model retrieves.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      GenerateCommand.class,
      DetectCommand.class,
      ScoreCommand.class,
      TurnoverCommand.class,
      ExploreCommand.class,
      PlayCommand.class,
      RunCommand.class,
      PlanCommand.class,
      MergeCommand.class,
      StudyCommand.class,
      WorldCommand.class,
      ReportCommand.class,
      ImportScoresCommand.class,
      ExportScoresCommand.class,
      ModelsCommand.class,
      DownloadCommand.class,
      VerifyCommand.class,
      BenchCommand.class,
      DoctorCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope generate --model smollm2 --text \"The capital of France is\"",
      "  headscope models",
      "  headscope COMMAND --help"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:a failure, said in one line", "2:wrong use"})
public final class Headscope implements Runnable {
  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  private boolean verbose;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  private final Workers workers;

  Headscope() {
    this(Workers.HERE);
  }

  private Headscope(Workers workers) {
    this.workers = workers;
  }

  /** Who computes the groups of experiments. */
  Workers workers() {
    return workers;
  }

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    int code = run(System.out, System.err, args);
    System.out.flush();
    System.exit(code);
  }

  /**
   * Runs a command.
   *
   * @param out where results go, UTF-8
   * @param err where complaints and progress go
   * @param args the words of the command line
   * @return the exit code
   */
  public static int run(java.io.PrintStream out, java.io.PrintStream err, String... args) {
    return run(out, err, Workers.HERE, args);
  }

  /**
   * Runs a command whose experiments are computed by others.
   *
   * @param out where results go, UTF-8
   * @param err where complaints and progress go
   * @param workers who compute the groups of {@code headscope run}
   * @param args the words of the command line
   * @return the exit code
   */
  public static int run(
      java.io.PrintStream out, java.io.PrintStream err, Workers workers, String... args) {
    Headscope main = new Headscope(workers);
    CommandLine commands = commands(main);
    commands
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(Headscope::wrongUse)
        .setExecutionExceptionHandler((e, command, parsed) -> main.failure(e, command));
    try {
      return commands.execute(RunCommand.experimentFirst(commands, args));
    } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
      return main.failure(e, commands);
    }
  }

  /** All commands, for words that are read and not carried out. */
  static CommandLine commands() {
    return commands(new Headscope());
  }

  private static CommandLine commands(Headscope main) {
    CommandLine commands =
        new CommandLine(main)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setSubcommandsCaseInsensitive(true);
    // what is planned has words of its own, which are those of run
    commands.getSubcommands().get("plan").setStopAtPositional(true);
    return commands;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: " + String.join(", ", spec.subcommands().keySet()));
  }

  private static int wrongUse(ParameterException e, String[] args) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println(
        "headscope: "
            + RunCommand.unmatched(e).orElseGet(() -> oneLine(e))
            + " (ERRORS.md#"
            + Section.WRONG_USE.id()
            + ")");
    err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
    return CommandLine.ExitCode.USAGE;
  }

  private int failure(Throwable e, CommandLine command) {
    command
        .getErr()
        .println("headscope: " + oneLine(e) + " (ERRORS.md#" + Section.of(e).id() + ")");
    if (verbose) {
      e.printStackTrace(command.getErr());
    }
    return e instanceof IllegalArgumentException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  private static String oneLine(Throwable e) {
    String message = e.getMessage();
    if (message == null || message.isBlank()) {
      return e.getClass().getSimpleName() + "; --verbose shows where";
    }
    return String.join(" ", List.of(message.strip().split("\\s*\\R\\s*")));
  }
}
