package headscope.experiment;

import headscope.failure.Section;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/**
 * What is missing of a stage. Groups may be finished in any order; their lines are written in that
 * of the plan, each as soon as all before it are there.
 *
 * @param <L> a line of the results
 */
public final class StageJob<L> {
  /** How long a folder of another machine may take to show a new file. */
  private static final long PATIENCE_MS = 60_000;

  private static final Comparator<GroupRange> BY_LINE = Comparator.comparingInt(GroupRange::line);

  private final Stage<L> stage;
  private final Run<L> earlier;
  private final Lines<L> lines;
  private final Count count;
  private final Optional<Path> folder;
  private final Supplier<Assignment> assignment;
  private final List<GroupRange> ranges;
  private final List<GroupRange> missing;
  private final Set<GroupRange> open;
  private final Map<GroupRange, Runnable> held = new TreeMap<>(BY_LINE);
  private int next;
  private Optional<Stage.Work<L>> work = Optional.empty();

  /** Counts what is done of a run, and stops it where it is asked to. */
  interface Count {
    /** So many trials more are done. */
    void done(int trials);

    /** The rows of a group advance. */
    void within(TrialListener.Within within);

    /** What a run that was stopped says. */
    CancellationException stopped();
  }

  StageJob(
      Stage<L> stage,
      List<GroupRange> ranges,
      Run<L> earlier,
      Lines<L> lines,
      Count count,
      Optional<Path> folder,
      Supplier<Assignment> assignment) {
    this.stage = stage;
    this.ranges = ranges;
    this.earlier = earlier;
    this.lines = lines;
    this.count = count;
    this.folder = folder;
    this.assignment = assignment;
    this.missing = ranges.stream().filter(r -> !lines.has(r)).toList();
    this.open = new HashSet<>(missing);
  }

  /** The groups that are to be computed, in the order of the plan. */
  public List<GroupRange> missing() {
    return missing;
  }

  /** The folder of the experiment that was asked for: where traces go; none in memory. */
  public Optional<Path> folder() {
    return folder;
  }

  /**
   * What workers elsewhere have to know. What is computed once a run, such as the means of heads,
   * lies in the folder when this returns.
   *
   * @throws IllegalArgumentException if the run has no folder
   */
  public Assignment assignment() {
    if (folder.isEmpty()) {
      throw Section.WORKERS.wrong(
          "workers on other machines need a folder that all of them see; a run in memory has none");
    }
    work();
    return assignment.get();
  }

  private Stage.Work<L> work() {
    if (work.isEmpty()) {
      work = Optional.of(stage.work().apply(earlier));
    }
    return work.get();
  }

  /** Computes a group in this process. */
  public void compute(GroupRange range) {
    count.within(TrialListener.Within.READING);
    List<Stage.Done<L>> done;
    try {
      done = work().lines(range.from(), range.to());
    } catch (CancellationException e) {
      throw count.stopped();
    }
    finish(range, () -> lines.add(done));
  }

  /**
   * Takes a group that was computed elsewhere; one that was there already is ignored.
   *
   * @param written its lines, as they are to be written
   * @param who computed it, for messages
   */
  public void done(GroupRange range, List<String> written, String who) {
    if (written.size() != range.size()) {
      throw Section.WORKERS.failed(
          who + " gave " + written.size() + " lines of " + range + "; run it again");
    }
    for (int i = range.line(); i < range.line() + range.size(); i++) {
      awaitTrace(i, who);
    }
    finish(range, () -> lines.addWritten(written));
  }

  private void awaitTrace(int line, String who) {
    long end = System.nanoTime() + PATIENCE_MS * 1_000_000;
    while (!lines.hasTrace(line)) {
      if (System.nanoTime() > end) {
        throw Section.WORKERS.failed(
            who
                + " wrote "
                + Lines.traceName(line)
                + ", but it is not in "
                + folder.orElseThrow()
                + "; give --out a folder that every machine sees under the same path");
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        throw count.stopped();
      }
    }
  }

  private void finish(GroupRange range, Runnable take) {
    if (open.remove(range)) {
      held.put(range, take);
      advance();
    }
  }

  /** Takes what is there, up to the first group that is not. */
  void advance() {
    while (next < ranges.size() && !open.contains(ranges.get(next))) {
      GroupRange range = ranges.get(next++);
      Optional.ofNullable(held.remove(range)).orElse(() -> lines.take(range.size())).run();
      count.done(range.size());
    }
  }

  /**
   * Stops the run if its thread was interrupted; what is finished is kept.
   *
   * @throws CancellationException then
   */
  public void stopIfInterrupted() {
    if (Thread.interrupted()) {
      throw count.stopped();
    }
  }

  /** Whether nothing is missing any more. */
  boolean finished() {
    return next == ranges.size();
  }

  @Override
  public String toString() {
    return "StageJob[" + stage.name() + ", " + open.size() + " of " + ranges.size() + " missing]";
  }
}
