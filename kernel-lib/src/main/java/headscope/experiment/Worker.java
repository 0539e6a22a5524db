package headscope.experiment;

import com.google.gson.JsonObject;
import headscope.failure.Section;
import headscope.json.Json;
import headscope.model.LanguageModel;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Computes groups of an experiment for a run that is led by another process. It has its own copy of
 * the model and of the trials, and refuses to work if these, or the versions, are not the driver's.
 *
 * <pre>
 *   Worker worker = new Worker(experiment, model, folder);
 *   List&lt;String&gt; lines = worker.lines(assignment, range);
 * </pre>
 */
public final class Worker {
  private final Experiment<?, ?> experiment;
  private final LanguageModel model;
  private final Path folder;
  private Optional<Assignment> current = Optional.empty();
  private Optional<Bench<?>> bench = Optional.empty();

  /** A stage that is being worked on. */
  private record Bench<L>(Stage.Work<L> work, Optional<Path> traces) {
    List<String> lines(GroupRange range) {
      List<Stage.Done<L>> done = work.lines(range.from(), range.to());
      IntStream.range(0, done.size())
          .forEach(i -> traces.ifPresent(f -> save(done.get(i), f, range.line() + i)));
      return done.stream().map(d -> Json.line(Json.tree(d.line()))).toList();
    }

    /** Beside its place first: copies of one task may write the same trace at the same time. */
    private void save(Stage.Done<L> done, Path folder, int line) {
      Trace trace = done.trace().orElseThrow();
      try {
        Path own = Files.createTempDirectory(folder, UNFINISHED);
        try {
          Path part = own.resolve(Lines.traceName(line));
          trace.save(part);
          Files.move(part, folder.resolve(Lines.traceName(line)), StandardCopyOption.ATOMIC_MOVE);
        } finally {
          Files.deleteIfExists(own);
        }
      } catch (IOException e) {
        throw Section.WORKERS.io("cannot write into " + folder + ": " + e.getMessage(), e);
      }
    }
  }

  /** How the folders of traces that are being written begin; a lost worker leaves its own. */
  static final String UNFINISHED = ".unfinished-";

  /**
   * A worker.
   *
   * @param experiment the one that was asked for
   * @param model open as long as the worker is used
   * @param folder of the run, under a path that all machines see
   */
  public Worker(Experiment<?, ?> experiment, LanguageModel model, Path folder) {
    this.experiment = experiment;
    this.model = model;
    this.folder = folder;
  }

  /**
   * The lines of a group, as they are to be written; its traces lie in the folder when this
   * returns.
   *
   * @throws IllegalStateException if model, trials or versions are not those of the driver, or what
   *     the driver wrote is not in the folder
   */
  public synchronized List<String> lines(Assignment assignment, GroupRange range) {
    if (!current.equals(Optional.of(assignment))) {
      bench = Optional.of(bench(assignment));
      current = Optional.of(assignment);
    }
    return bench.orElseThrow().lines(range);
  }

  private Bench<?> bench(Assignment assignment) {
    Experiment<?, ?> asked = experiment;
    Path place = folder;
    for (String name : assignment.path()) {
      asked =
          asked.before().stream()
              .filter(e -> e.name().equals(name))
              .findFirst()
              .orElseThrow(() -> Section.WORKERS.failed("there is no experiment " + name));
      place = place.resolve(name);
    }
    return bench(asked, place, assignment);
  }

  private <L> Bench<L> bench(Experiment<L, ?> asked, Path place, Assignment assignment) {
    checkSame(
        Json.object(assignment.page()),
        Json.object(
            Results.page(Runner.options(model, asked, assignment.rows()), model.environment())));
    Map<Experiment<?, ?>, Object> before = new LinkedHashMap<>();
    for (Experiment<?, ?> first : asked.before()) {
      before.put(first, resultOf(first, place.resolve(first.name())));
    }
    List<L> lines =
        assignment.earlier().stream()
            .map(l -> Json.read(Json.object(l), asked.lineType()))
            .toList();
    Path traces = Lines.traceFolder(place);
    List<Supplier<Trace>> theirs = new ArrayList<>();
    if (asked.keepsTraces()) {
      for (int i = 0; i < lines.size(); i++) {
        theirs.add(Traces.in(traces.resolve(Lines.traceName(i))));
      }
    }
    Run<L> run =
        Run.<L>begin(model, Optional.of(place), TrialListener.NONE, before)
            .led()
            .with(lines, theirs);
    return new Bench<>(
        asked.stages().get(assignment.stage()).work().apply(run),
        asked.keepsTraces() ? Optional.of(traces) : Optional.empty());
  }

  /** What an experiment found that was run before. */
  private Object resultOf(Experiment<?, ?> first, Path place) {
    if (!Files.exists(place.resolve(Results.EXPERIMENT))) {
      throw Section.WORKERS.failed(
          place
              + " is not there, though the driver wrote it; give --out a folder that every machine"
              + " sees under the same path");
    }
    return Runner.into(place, model, TrialListener.NONE)
        .with(
            job -> {
              throw Section.WORKERS.failed(place + " is not finished, though the driver left it");
            })
        .run(first);
  }

  private static void checkSame(JsonObject drivers, JsonObject own) {
    Results.difference(drivers, "the driver", own, "the worker")
        .ifPresent(
            d -> {
              throw Section.WORKERS.failed(
                  "a worker is not as its driver: "
                      + d
                      + "; the same headscope, checkpoint and input files belong on every machine");
            });
  }

  @Override
  public String toString() {
    return "Worker[" + experiment.name() + ", model " + model.name() + "]";
  }
}
