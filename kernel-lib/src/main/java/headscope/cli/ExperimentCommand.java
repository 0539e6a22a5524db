package headscope.cli;

import headscope.experiment.Experiment;
import headscope.failure.Section;
import headscope.model.LanguageModel;
import headscope.notebook.Progress;
import headscope.page.TableText;
import headscope.score.StaticRanking;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tech.tablesaw.api.Table;

/** What running any experiment into a folder takes. */
@Command(mixinStandardHelpOptions = true)
abstract class ExperimentCommand<R> implements Callable<Integer> {
  @Mixin private ModelOptions model;
  @Mixin private TaskOptions task;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder of results.jsonl, experiment.json, traces and tables.")
  private Path out;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** What was asked for. */
  abstract Experiment<?, R> experiment(TaskOptions asked);

  /** Writes and prints what it found; gives the exit code. */
  abstract int report(R result);

  /** What the progress bar counts. */
  String counted() {
    return "trials";
  }

  @Override
  public Integer call() {
    Experiment<?, R> experiment = experiment(task);
    try (LanguageModel m = model.load()) {
      return report(experiment.run(m, out, Progress.trials(counted())));
    }
  }

  static void atLeastOne(String option, Integer number) {
    if (number != null && number < 1) {
      throw Section.WRONG_USE.wrong(option + " is at least 1, got " + number);
    }
  }

  Path out() {
    return out;
  }

  PrintWriter screen() {
    return spec.commandLine().getOut();
  }

  /** Writes the ranking; gives the exit code. */
  int ranked(StaticRanking ranking) {
    ranking.used().save(out.resolve("head_score.json"));
    return RunCommand.exitCode(spec, ranking);
  }

  void print(Table table) {
    screen().println(TableText.of(table).plain());
    screen().flush();
  }

  Table save(String name, Table table) {
    Path tables = out.resolve("tables");
    try {
      Files.createDirectories(tables);
    } catch (IOException e) {
      throw Section.FILES.io("cannot write " + tables + ": " + e.getMessage(), e);
    }
    table.write().csv(tables.resolve(name + ".csv").toFile());
    return table;
  }
}
