package headscope.experiment;

import headscope.failure.Section;
import headscope.trace.Trace;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A part of an experiment's plan: trials in groups. A group needs the lines of earlier stages and
 * nothing of another group, so that groups can be computed in any order and on any machine; the
 * trials of one may advance together.
 *
 * @param name of the stage, such as {@code ranking}
 * @param trials how many, a line each
 * @param group trials of a group; the last one may have fewer
 * @param work what computes groups, made once of what was before
 */
public record Stage<L>(String name, int trials, int group, Function<Run<L>, Work<L>> work) {

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
    if (trials < 0 || group < 1) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a stage has 0 or more trials in groups of 1 or more, got " + trials + " and " + group);
    }
  }

  /** Every trial is a group. */
  public static <L> Stage<L> of(String name, int trials, Function<Run<L>, TrialWork<L>> work) {
    return new Stage<>(
        name,
        trials,
        1,
        run -> {
          TrialWork<L> one = work.apply(run);
          return (from, to) -> List.of(one.line(from));
        });
  }

  /** How many groups there are. */
  public int groups() {
    return (trials + group - 1) / group;
  }

  /** Where group g begins. */
  int from(int g) {
    return g * group;
  }

  /** The trial behind the last one of group g. */
  int to(int g) {
    return Math.min(trials, (g + 1) * group);
  }
}
