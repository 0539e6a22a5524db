package headscope.experiment;

import com.google.gson.JsonObject;
import headscope.failure.Section;
import headscope.json.Json;
import headscope.model.LanguageModel;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Computes one shard of an experiment, stage by stage, into a folder of its own beside those of the
 * other shards. A stage begins when all shards are through with those before it.
 *
 * <pre>
 *   ShardRun.of(experiment, model, Path.of("results"), Shard.parse("3/16")).run(listener);
 * </pre>
 */
public final class ShardRun {
  private final Experiment<?, ?> experiment;
  private final LanguageModel model;
  private final Path root;
  private final Shard shard;
  private final OptionalInt group;
  private final List<String> words;

  private ShardRun(
      Experiment<?, ?> experiment,
      LanguageModel model,
      Path root,
      Shard shard,
      OptionalInt group,
      List<String> words) {
    this.experiment = experiment;
    this.model = model;
    this.root = root;
    this.shard = shard;
    this.group = group;
    this.words = List.copyOf(words);
  }

  /**
   * A shard of an experiment.
   *
   * @param root the folder in which all shards lie, each in one of its own
   */
  public static ShardRun of(
      Experiment<?, ?> experiment, LanguageModel model, Path root, Shard shard) {
    return new ShardRun(experiment, model, root, shard, OptionalInt.empty(), List.of());
  }

  /** With groups of that many rows. */
  public ShardRun withGroup(int rows) {
    return new ShardRun(experiment, model, root, shard, OptionalInt.of(rows), words);
  }

  /** With the command line that asked for it, which merging names where a group is missing. */
  public ShardRun withWords(List<String> commandLine) {
    return new ShardRun(experiment, model, root, shard, group, commandLine);
  }

  /**
   * What a shard has come to.
   *
   * @param finished whether its groups of all stages are done
   * @param stage the stage that cannot begin yet; empty where it is finished
   * @param waitsFor the shards whose groups are missing
   */
  public record Standing(boolean finished, String stage, List<Integer> waitsFor) {
    public Standing {
      waitsFor = List.copyOf(waitsFor);
    }

    @Override
    public String toString() {
      return finished
          ? "all its groups are done"
          : "stage "
              + stage
              + " waits for shard"
              + (waitsFor.size() == 1 ? " " : "s ")
              + waitsFor.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
  }

  /**
   * Computes the shard's groups of the present stage, and of the next ones as far as the other
   * shards are through; what is there already is not computed again.
   *
   * @throws IllegalArgumentException if a folder is of other options or another version
   * @throws CancellationException if the thread is interrupted; what was finished is kept
   */
  public Standing run(TrialListener listener) {
    Group planned = new Group(model, experiment);
    int rows = group.orElseGet(planned::rows);
    if (model.options().device().equals("cpu")) {
      planned.checkFits(rows, FreeMemory.bytes());
    }
    Told told = new Told(listener, own(experiment, rows));
    listener.begins(told.total);
    return new Part<>(experiment, List.of(), rows, told).run().standing();
  }

  /** Trials of this shard, of all stages. */
  private int own(Experiment<?, ?> of, int rows) {
    int trials = 0;
    for (Experiment<?, ?> first : of.before()) {
      trials += own(first, group.orElseGet(() -> new Group(model, first).rows()));
    }
    for (Stage<?> stage : of.stages()) {
      List<GroupRange> ranges = GroupRange.of(stage, rows, 0);
      for (int g = shard.number() - 1; g < ranges.size(); g += shard.of()) {
        trials += ranges.get(g).size();
      }
    }
    return trials;
  }

  /** Counts the trials of this shard. */
  private static final class Told implements TrialListener {
    private final TrialListener listener;
    private final int total;
    private int done;

    Told(TrialListener listener, int total) {
      this.listener = listener;
      this.total = total;
    }

    @Override
    public void progress(int trials, int all) {
      done += trials;
      listener.progress(done, total);
      if (Thread.interrupted()) {
        throw Runner.stopped(done, total);
      }
    }

    @Override
    public void within(Within within) {
      listener.within(within);
    }
  }

  /** How far an experiment has come, and what it found if all shards are through. */
  private record Came(Standing standing, Optional<Run<?>> run) {}

  /** One experiment: that which was asked for, or one before it. */
  private final class Part<L, R> {
    private final Experiment<L, R> part;
    private final List<String> path;
    private final int rows;
    private final Told told;
    private final ShardFolder own;
    private final List<ShardFolder> all = new ArrayList<>(); // [shards]
    private final ShardFolder.About about;

    Part(Experiment<L, R> part, List<String> path, int rows, Told told) {
      this.part = part;
      this.path = path;
      this.rows = rows;
      this.told = told;
      this.about =
          new ShardFolder.About(
              shard.number(),
              shard.of(),
              part.stages().stream()
                  .map(s -> new ShardFolder.StagePlan(s.name(), s.trials(), s.group(rows)))
                  .toList(),
              part.keepsTraces(),
              part.before().stream().map(Experiment::name).toList(),
              words);
      this.own =
          ShardFolder.open(
              place(shard),
              Results.page(Runner.options(model, part, rows), model.environment()),
              about);
      for (int i = 1; i <= shard.of(); i++) {
        all.add(new ShardFolder(place(new Shard(i, shard.of()))));
      }
    }

    private Path place(Shard of) {
      Path place = root.resolve(of.folderName());
      for (String name : path) {
        place = place.resolve(name);
      }
      return place;
    }

    /** Computes what is its own, as far as it goes. */
    Came run() {
      Map<Experiment<?, ?>, Object> before = new LinkedHashMap<>();
      for (Experiment<?, ?> first : part.before()) {
        List<String> below = new ArrayList<>(path);
        below.add(first.name());
        int theirs = group.orElseGet(() -> new Group(model, first).rows());
        Optional<Standing> waits = before(new Part<>(first, below, theirs, told), before);
        if (waits.isPresent()) {
          return new Came(waits.get(), Optional.empty());
        }
      }
      Run<L> run = Run.begin(model, Optional.of(own.folder()), told, before);
      List<L> lines = new ArrayList<>();
      List<Supplier<Trace>> traces = new ArrayList<>();
      List<Stage<L>> stages = part.stages();
      for (int s = 0; s < stages.size(); s++) {
        List<GroupRange> ranges = GroupRange.of(stages.get(s), rows, lines.size());
        compute(stages.get(s), ranges, run.with(lines, traces));
        boolean last = s == stages.size() - 1;
        if (last && path.isEmpty()) {
          break; // nothing comes behind that would wait
        }
        TreeSet<Integer> missing = missing(ranges);
        if (!missing.isEmpty()) {
          String next = last ? "behind " + part.name() : stages.get(s + 1).name();
          return new Came(new Standing(false, next, List.copyOf(missing)), Optional.empty());
        }
        gather(ranges, lines, traces);
      }
      return new Came(new Standing(true, "", List.of()), Optional.of(run.with(lines, traces)));
    }

    private <A, B> Optional<Standing> before(Part<A, B> first, Map<Experiment<?, ?>, Object> into) {
      Came came = first.run();
      if (came.run().isEmpty()) {
        return Optional.of(came.standing());
      }
      @SuppressWarnings("unchecked") // it is the run of that part
      Run<A> whole = (Run<A>) came.run().get();
      into.put(first.part, first.part.result(whole));
      return Optional.empty();
    }

    private void compute(Stage<L> stage, List<GroupRange> ranges, Run<L> earlier) {
      Optional<Stage.Work<L>> work = Optional.empty();
      for (int g = shard.number() - 1; g < ranges.size(); g += shard.of()) {
        GroupRange range = ranges.get(g);
        if (!own.has(range)) {
          work = work.isPresent() ? work : Optional.of(stage.work().apply(earlier));
          own.write(range, written(work.get(), range));
        }
        told.progress(range.size(), told.total);
      }
    }

    private ShardFolder.Written written(Stage.Work<L> work, GroupRange range) {
      long begin = System.nanoTime();
      told.within(TrialListener.Within.READING);
      List<Stage.Done<L>> done;
      try {
        done = work.lines(range.from(), range.to());
      } catch (CancellationException e) {
        throw Runner.stopped(told.done, told.total);
      }
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < done.size(); i++) {
        if (part.keepsTraces()) {
          done.get(i).trace().orElseThrow().save(own.trace(range.line() + i));
        }
        lines.add(Json.line(Json.tree(done.get(i).line())));
      }
      return new ShardFolder.Written((System.nanoTime() - begin) / 1e9, lines);
    }

    /** The shards that have not done all their groups of a stage. */
    private TreeSet<Integer> missing(List<GroupRange> ranges) {
      TreeSet<Integer> missing = new TreeSet<>();
      for (int g = 0; g < ranges.size(); g++) {
        Shard owner = Shard.owner(g, shard.of());
        if (!all.get(owner.number() - 1).has(ranges.get(g))) {
          missing.add(owner.number());
        }
      }
      return missing;
    }

    /** Takes the lines of a stage from all shards. */
    private void gather(List<GroupRange> ranges, List<L> lines, List<Supplier<Trace>> traces) {
      for (ShardFolder other : all) {
        checkSame(other);
      }
      for (int g = 0; g < ranges.size(); g++) {
        GroupRange range = ranges.get(g);
        ShardFolder owner = all.get(Shard.owner(g, shard.of()).number() - 1);
        for (String line : owner.read(range).lines()) {
          if (part.keepsTraces()) {
            traces.add(Traces.in(owner.trace(lines.size())));
          }
          lines.add(Json.read(Json.object(line), part.lineType()));
        }
      }
    }

    private void checkSame(ShardFolder other) {
      if (!ShardFolder.is(other.folder())) {
        return; // it has no group of these stages
      }
      JsonObject theirs = Json.object(other.page());
      Results.difference(theirs, "it", Json.object(own.page()), "this shard")
          .ifPresent(
              d -> {
                throw Section.RESULTS_FOLDER.wrong(
                    other + " is not of the same run: " + d + "; run that shard again elsewhere");
              });
    }
  }

  @Override
  public String toString() {
    return "ShardRun[" + shard + " of " + experiment.name() + " in " + root + "]";
  }
}
