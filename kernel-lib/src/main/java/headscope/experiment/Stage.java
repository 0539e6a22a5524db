package headscope.experiment;

import headscope.failure.Section;
import headscope.trace.Trace;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A part of an experiment's plan: trials in groups. A group needs the lines of earlier stages and
 * nothing of another group, so that groups can be computed in any order and on any machine; the
 * trials of one advance together.
 *
 * @param name of the stage, such as {@code ranking}
 * @param trials how many, a line each
 * @param rows how many generations of a trial advance together, at most; 0: a trial is computed
 *     alone
 * @param work what computes groups, made once of what was before
 */
public record Stage<L>(String name, int trials, int rows, Function<Run<L>, Work<L>> work) {

  /** What computes the groups of a stage. */
  @FunctionalInterface
  public interface Work<L> {
    /** The lines of trials [from, to) of the stage, in their order. */
    List<Done<L>> lines(int from, int to);
  }

  /** What computes a trial. */
  @FunctionalInterface
  public interface TrialWork<L> {
    /** The line of a trial, by its place in the stage. */
    Done<L> line(int trial);
  }

  /**
   * A trial that is done.
   *
   * @param line what is written of it
   * @param trace what lies beside the line, where the experiment keeps traces
   */
  public record Done<L>(L line, Optional<Trace> trace) {
    /** A line alone. */
    public static <L> Done<L> of(L line) {
      return new Done<>(line, Optional.empty());
    }

    /** A line with its trace. */
    public static <L> Done<L> of(L line, Trace trace) {
      return new Done<>(line, Optional.of(trace));
    }
  }

  public Stage {
    if (trials < 0 || rows < 0) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a stage has 0 or more trials of 0 or more rows, got " + trials + " and " + rows);
    }
  }

  /** Every trial is computed alone. */
  public static <L> Stage<L> of(String name, int trials, Function<Run<L>, TrialWork<L>> work) {
    return new Stage<>(
        name,
        trials,
        0,
        run -> {
          TrialWork<L> one = work.apply(run);
          return (from, to) -> List.of(one.line(from));
        });
  }

  /** Trials of so many rows each, which advance together. */
  public static <L> Stage<L> grouped(
      String name, int trials, int rows, Function<Run<L>, Work<L>> work) {
    return new Stage<>(name, trials, rows, work);
  }

  /**
   * Trials of a group that is to have some rows: as many as fit, at least one, since the conditions
   * of a trial stay together.
   *
   * @param rowsOfGroup 1 or more
   */
  public int group(int rowsOfGroup) {
    return rows == 0 ? 1 : Math.max(1, rowsOfGroup / rows);
  }
}
