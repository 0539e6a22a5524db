package headscope.cli;

import headscope.experiment.Merge;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "merge",
    description = {
      "Makes of the shards of a run the folder that one machine would have written, byte for byte but"
          + " for the times: options, seeds, versions and checkpoints must agree, and each group be"
          + " there once. Groups that are missing are listed with the commands that make them."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope merge results/sweep --out results/merged",
      "  headscope merge a/shard-1-of-2 b/shard-2-of-2 --out results/merged"
    })
final class MergeCommand implements Callable<Integer> {
  @Parameters(
      arity = "1..*",
      paramLabel = "DIR",
      description = "Folders of shards, or folders that hold these.")
  private List<Path> folders;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "The merged folder.")
  private Path out;

  @Option(
      names = "--no-tables",
      description =
          "Leave out what is read off the lines, for which the model is loaded: tables, head_score.json.")
  private boolean noTables;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public Integer call() {
    Merge merge = Merge.of(folders);
    merge.into(out);
    List<String> words = merge.words();
    if (noTables || words.isEmpty()) {
      return CommandLine.ExitCode.OK;
    }
    CommandLine commands = Headscope.commands();
    commands.setOut(spec.commandLine().getOut()).setErr(spec.commandLine().getErr());
    return Asked.command(commands, words.toArray(String[]::new)).into(out);
  }
}
