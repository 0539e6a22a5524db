package headscope.experiment;

import headscope.failure.Section;
import headscope.model.LanguageModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;

/**
 * Runs experiments, in memory or into a folder. Into a folder every line is on the disk before the
 * next group begins, and what an earlier run left there is not computed again.
 */
public final class Runner {
  private final LanguageModel model;
  private final Optional<Path> folder;
  private final TrialListener listener;
  private final OptionalInt group;
  private final Workers workers;
  private final Optional<Path> root; // the folder of the experiment that was asked for
  private final List<String> path; // from it down to what is run

  private Runner(
      LanguageModel model,
      Optional<Path> folder,
      TrialListener listener,
      OptionalInt group,
      Workers workers,
      Optional<Path> root,
      List<String> path) {
    this.model = model;
    this.folder = folder;
    this.listener = listener;
    this.group = group;
    this.workers = workers;
    this.root = root;
    this.path = path;
  }

  /** Keeps everything in memory. */
  public static Runner inMemory(LanguageModel model, TrialListener listener) {
    return new Runner(
        model,
        Optional.empty(),
        listener,
        OptionalInt.empty(),
        Workers.HERE,
        Optional.empty(),
        List.of());
  }

  /** Keeps everything in a folder, which is made if it is not there. */
  public static Runner into(Path folder, LanguageModel model, TrialListener listener) {
    return new Runner(
        model,
        Optional.of(folder),
        listener,
        OptionalInt.empty(),
        Workers.HERE,
        Optional.of(folder),
        List.of());
  }

  /**
   * With groups of that many rows: generations that advance together, those of a trial always.
   * Without a size one follows from experiment, model and prompts; a folder that was begun goes on
   * with its own.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public Runner withGroup(int rows) {
    if (rows < 1) {
      throw Section.EXPERIMENT_OPTIONS.wrong("a group has at least 1 row, got " + rows);
    }
    return new Runner(model, folder, listener, OptionalInt.of(rows), workers, root, path);
  }

  /** With groups that are computed by others; what is written stays the same. */
  public Runner with(Workers others) {
    return new Runner(model, folder, listener, group, others, root, path);
  }

  /**
   * Runs what is missing of an experiment and of those before it.
   *
   * @throws IllegalArgumentException if the folder holds results of other options, or damaged ones
   * @throws IllegalStateException if the groups do not fit into memory; nothing was computed then
   * @throws CancellationException if the thread is interrupted; what was finished is kept
   */
  public <L, R> R run(Experiment<L, R> experiment) {
    int rows = rows(experiment);
    listener.begins(total(experiment));
    if (folder.isEmpty()) {
      return run(experiment, rows, Optional.empty());
    }
    try (Results results =
        Results.open(folder.get(), options(model, experiment, rows), model.environment())) {
      return run(experiment, rows, Optional.of(results));
    }
  }

  /**
   * The rows of a group: asked for, those of the run that began the folder, or a size that fits.
   */
  private int rows(Experiment<?, ?> experiment) {
    Group planned = new Group(model, experiment);
    OptionalInt begun = folder.map(Results::begunGroup).orElse(OptionalInt.empty());
    int rows = group.isPresent() ? group.getAsInt() : begun.orElseGet(planned::rows);
    if (model.options().device().equals("cpu")) {
      planned.checkFits(rows, FreeMemory.bytes());
    }
    return rows;
  }

  private <L, R> R run(Experiment<L, R> experiment, int rows, Optional<Results> results) {
    Map<Experiment<?, ?>, Object> before = new LinkedHashMap<>();
    int total = total(experiment);
    Counting count = new Counting(total);
    for (Experiment<?, ?> first : experiment.before()) {
      before.put(first, inside(first, behind(count.done, total)).run(first));
      count.done += total(first);
    }
    Lines<L> lines = new Lines<>(experiment, results, folder);
    Run<L> run = Run.begin(model, folder, listener, before);
    List<Stage<L>> stages = experiment.stages();
    try (LanguageModel.KeepingPrompts kept =
        experiment.keepsPrompts() ? model.keepingPrompts() : () -> {}) {
      for (int s = 0; s < stages.size(); s++) {
        Stage<L> stage = stages.get(s);
        int place = s;
        int behind = lines.size();
        StageJob<L> job =
            new StageJob<>(
                stage,
                GroupRange.of(stage, rows, behind),
                lines.of(run),
                lines,
                count,
                root,
                () ->
                    new Assignment(
                        path,
                        place,
                        stage.name(),
                        rows,
                        Results.page(options(model, experiment, rows), model.environment()),
                        lines.written(behind)));
        job.advance();
        if (!job.missing().isEmpty()) {
          workers.compute(job);
        }
        if (!job.finished()) {
          throw Section.WORKERS.failed(job + " after the workers came back; run it again");
        }
      }
    }
    lines.dropUnfinished();
    return experiment.result(lines.of(run));
  }

  /** Runs an experiment that is a part of this one. */
  private Runner inside(Experiment<?, ?> first, TrialListener told) {
    List<String> below = new ArrayList<>(path);
    below.add(first.name());
    return new Runner(
        model, folder.map(f -> f.resolve(first.name())), told, group, workers, root, below);
  }

  /** Tells the listener of trials that are done. */
  private final class Counting implements StageJob.Count {
    private final int total;
    private int done;

    Counting(int total) {
      this.total = total;
    }

    @Override
    public void done(int trials) {
      done += trials;
      listener.progress(done, total);
      if (Thread.interrupted()) {
        throw stopped();
      }
    }

    @Override
    public void within(TrialListener.Within within) {
      listener.within(within);
    }

    @Override
    public CancellationException stopped() {
      return Runner.stopped(done, total);
    }
  }

  /** The listener of an experiment that is a part of this one. */
  private TrialListener behind(int before, int total) {
    return new TrialListener() {
      @Override
      public void progress(int done, int of) {
        listener.progress(before + done, total);
      }

      @Override
      public void within(Within within) {
        listener.within(within);
      }
    };
  }

  /** Everything that decides the results: what it is, the model, the trials, the rest. */
  static Map<String, Object> options(LanguageModel model, Experiment<?, ?> experiment, int rows) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("experiment", experiment.name());
    map.put("model", model.name());
    map.put("checkpoint", model.checkpointHash());
    map.putAll(model.adaptation());
    map.put("dtype", model.options().dtype().toString());
    map.put("device", model.options().device());
    map.put("chunk", model.options().chunk());
    map.put(Results.GROUP, rows);
    map.putAll(model.choosing());
    map.putAll(experiment.trials().options());
    map.putAll(experiment.protocol().options());
    map.putAll(experiment.options());
    return map;
  }

  static int total(Experiment<?, ?> experiment) {
    return experiment.before().stream().mapToInt(Runner::total).sum()
        + experiment.stages().stream().mapToInt(Stage::trials).sum();
  }

  static CancellationException stopped(int done, int total) {
    return new CancellationException(
        String.format(
            Locale.ROOT,
            "stopped on request after %d of %d trials; what was finished is kept",
            done,
            total));
  }

  @Override
  public String toString() {
    return "Runner[model "
        + model.name()
        + ", "
        + folder.map(f -> "into " + f).orElse("in memory")
        + "]";
  }
}
