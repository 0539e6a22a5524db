package headscope.experiment;

import headscope.failure.Section;
import headscope.json.Json;
import headscope.model.LanguageModel;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
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

  private Runner(
      LanguageModel model, Optional<Path> folder, TrialListener listener, OptionalInt group) {
    this.model = model;
    this.folder = folder;
    this.listener = listener;
    this.group = group;
  }

  /** Keeps everything in memory. */
  public static Runner inMemory(LanguageModel model, TrialListener listener) {
    return new Runner(model, Optional.empty(), listener, OptionalInt.empty());
  }

  /** Keeps everything in a folder, which is made if it is not there. */
  public static Runner into(Path folder, LanguageModel model, TrialListener listener) {
    return new Runner(model, Optional.of(folder), listener, OptionalInt.empty());
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
    return new Runner(model, folder, listener, OptionalInt.of(rows));
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
        Results.open(folder.get(), options(experiment, rows), model.environment())) {
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
    int done = 0;
    for (Experiment<?, ?> first : experiment.before()) {
      int soFar = done;
      Runner inside =
          new Runner(
              model,
              folder.map(f -> f.resolve(first.name())),
              behind(soFar, total(experiment)),
              group);
      before.put(first, inside.run(first));
      done += total(first);
    }
    Lines<L> lines = new Lines<>(experiment, results, folder);
    Run<L> run = Run.begin(model, folder, listener, before);
    for (Stage<L> stage : experiment.stages()) {
      Run<L> earlier = run.with(lines.all, lines.traces);
      Optional<Stage.Work<L>> work = Optional.empty();
      int most = stage.group(rows);
      for (int from = 0; from < stage.trials(); from += most) {
        int size = Math.min(most, stage.trials() - from);
        if (!lines.take(size)) {
          work = work.isPresent() ? work : Optional.of(stage.work().apply(earlier));
          lines.add(group(work.get(), from, from + size, done, total(experiment)));
        }
        done += size;
        listener.progress(done, total(experiment));
        stopIfInterrupted(done, total(experiment));
      }
    }
    return experiment.result(run.with(lines.all, lines.traces));
  }

  private <L> List<Stage.Done<L>> group(Stage.Work<L> work, int from, int to, int done, int total) {
    listener.within(TrialListener.Within.READING);
    try {
      return work.lines(from, to);
    } catch (CancellationException e) {
      throw stopped(done, total);
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
  private Map<String, Object> options(Experiment<?, ?> experiment, int rows) {
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

  private static int total(Experiment<?, ?> experiment) {
    return experiment.before().stream().mapToInt(Runner::total).sum()
        + experiment.stages().stream().mapToInt(Stage::trials).sum();
  }

  private static void stopIfInterrupted(int done, int total) {
    if (Thread.interrupted()) {
      throw stopped(done, total);
    }
  }

  /** The file of a line's trace, in the folder {@code traces}. */
  static String traceName(int line) {
    return String.format(Locale.ROOT, "%05d.trace.safetensors", line);
  }

  private static CancellationException stopped(int done, int total) {
    return new CancellationException(
        String.format(
            Locale.ROOT,
            "stopped on request after %d of %d trials; what was finished is kept",
            done,
            total));
  }

  /** The lines so far, with what an earlier run left of those that come. */
  private static final class Lines<L> {
    private final Class<L> type;
    private final Optional<Results> results;
    private final Optional<Path> traceFolder;
    private final boolean traced;
    private final List<L> all = new ArrayList<>();
    private final List<Trace> traces = new ArrayList<>();

    Lines(Experiment<L, ?> experiment, Optional<Results> results, Optional<Path> folder) {
      this.type = experiment.lineType();
      this.results = results;
      this.traced = experiment.keepsTraces();
      this.traceFolder = folder.filter(f -> traced).map(f -> f.resolve("traces"));
      if (traceFolder.isPresent()) {
        try {
          Files.createDirectories(traceFolder.get());
        } catch (IOException e) {
          throw Section.RESULTS_FOLDER.io(
              "cannot write " + traceFolder.get() + ": " + e.getMessage(), e);
        }
      }
    }

    private Optional<Path> traceFile(int line) {
      return traceFolder.map(f -> f.resolve(traceName(line)));
    }

    private int there() {
      return results.map(Results::size).orElse(0);
    }

    /** Takes the next lines from an earlier run, all of them or none. */
    boolean take(int size) {
      for (int i = all.size(); i < all.size() + size; i++) {
        if (i >= there() || !traceFile(i).map(Files::exists).orElse(true)) {
          return false;
        }
      }
      for (int k = 0; k < size; k++) {
        traceFile(all.size()).ifPresent(f -> traces.add(Trace.load(f)));
        all.add(results.orElseThrow().line(all.size(), type));
      }
      return true;
    }

    /** Takes lines that were computed, and keeps what is not there yet. */
    void add(List<Stage.Done<L>> group) {
      for (Stage.Done<L> done : group) {
        if (traced) {
          Trace trace = done.trace().orElseThrow();
          traceFile(all.size()).ifPresent(trace::save);
          traces.add(trace);
        }
        if (results.isPresent() && all.size() >= there()) {
          results.get().append(Json.tree(done.line()).getAsJsonObject());
        }
        all.add(done.line());
      }
    }
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
