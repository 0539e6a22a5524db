package headscope.cli;

import headscope.experiment.Experiment;
import headscope.experiment.Runner;
import headscope.experiment.Shard;
import headscope.experiment.ShardRun;
import headscope.experiment.TrialListener;
import headscope.experiment.Workers;
import headscope.failure.Section;
import headscope.model.LanguageModel;
import headscope.notebook.Progress;
import headscope.page.TableText;
import headscope.score.StaticRanking;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
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

  @Option(
      names = "--group",
      paramLabel = "N",
      description = {
        "Generations that advance together, those of a trial always; recorded, since rounding follows"
            + " it (up to 120, by the model's shape and the prompts' lengths alone; a folder that was"
            + " begun goes on with its own)."
      })
  private Integer group;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description = {
        "Do only the groups of one of N shares, stage by stage, into a folder of its own in --out;"
            + " headscope merge makes of all of them what one machine would have written."
      })
  private String shard;

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
    atLeastOne("--group", group);
    Optional<Shard> asked = Optional.ofNullable(shard).map(Shard::parse);
    try (LanguageModel m = model.load()) {
      Saving saving = new Saving(Progress.trials(counted()));
      if (asked.isPresent()) {
        return shard(experiment, m, asked.get(), saving);
      }
      Workers workers = ((Headscope) spec.root().userObject()).workers();
      Runner runner = Runner.into(out, m, saving).with(workers);
      R result = (group == null ? runner : runner.withGroup(group)).run(experiment);
      saving.said().ifPresent(screen()::println);
      return report(result);
    }
  }

  private int shard(Experiment<?, R> experiment, LanguageModel m, Shard asked, Saving saving) {
    ShardRun run = ShardRun.of(experiment, m, out, asked).withWords(words());
    ShardRun.Standing standing = (group == null ? run : run.withGroup(group)).run(saving);
    screen().println("shard " + asked + ": " + standing);
    return CommandLine.ExitCode.OK;
  }

  private List<String> words() {
    return spec.root().commandLine().getParseResult().originalArgs();
  }

  /** What these words ask for, to be carried out by another. */
  Asked asked() {
    return new Asked(
        experiment(task),
        model::load,
        group == null ? OptionalInt.empty() : OptionalInt.of(group),
        out);
  }

  /** Carries it out on one machine into another folder. */
  int into(Path folder) {
    out = folder;
    shard = null;
    return call();
  }

  /** Counts what prompts that begin alike save, beside showing progress. */
  private static final class Saving implements TrialListener {
    private final TrialListener progress;
    private long positions;
    private long shared;

    Saving(TrialListener progress) {
      this.progress = progress;
    }

    @Override
    public void begins(int total) {
      progress.begins(total);
    }

    @Override
    public void progress(int done, int total) {
      progress.progress(done, total);
    }

    @Override
    public void within(Within within) {
      if (within.steps() == 0) {
        positions += within.promptPositions();
        shared += within.sharedPositions();
      }
      progress.within(within);
    }

    Optional<String> said() {
      return positions == 0
          ? Optional.empty()
          : Optional.of(
              String.format(
                  Locale.ROOT,
                  "prompts: %,d of %,d positions were computed, the others (%.0f %%) are shared",
                  positions - shared,
                  positions,
                  100.0 * shared / positions));
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
