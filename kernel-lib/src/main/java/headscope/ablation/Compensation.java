package headscope.ablation;

import headscope.failure.Section;
import headscope.head.HeadSet;
import headscope.score.Score;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.List;

/**
 * Do other heads step in for masked ones (Figs. 3 and 7)? H is the set of heads that retrieve in
 * the clean pass of a step, with the token of that pass, H' the set in its masked pass, with its
 * own token.
 */
public final class Compensation {
  private Compensation() {}

  /**
   * {@code m = max over steps of |(H' − H) ∩ static|}: how many static heads at most step in at one
   * step. No step is left out; 0 if there is none.
   *
   * @param trace of a two-pass run
   * @param score what makes a head retrieve
   * @param staticHeads the static heads
   * @throws IllegalArgumentException if the run had one pass
   */
  public static int of(Trace trace, Score score, HeadSet staticHeads) {
    return perStep(trace, score, staticHeads).stream().mapToInt(HeadSet::size).max().orElse(0);
  }

  /** The static heads that step in at each step: {@code (H' − H) ∩ static}. */
  public static List<HeadSet> perStep(Trace trace, Score score, HeadSet staticHeads) {
    checkTwoPasses(trace);
    List<HeadSet> sets = new ArrayList<>();
    for (int s = 0; s < trace.steps().size(); s++) {
      HeadSet masked = dynamic(trace, score, trace.steps().get(s));
      HeadSet clean = dynamic(trace, score, trace.clean().get(s));
      sets.add(masked.minus(clean).intersect(staticHeads));
    }
    return sets;
  }

  /**
   * What compensation comes to in a forced run, whose heads are read by the forced tokens in both
   * passes; DEFINITIONS.md, 34. Over all steps, the end token's too.
   *
   * @param m the most static heads that step in at one step
   * @param rate mean number of static heads that step in at a step: of {@code (H' − H) ∩ static}
   * @param redundancy mean number of static heads that were there already and are left: of {@code H
   *     ∩ static − masked}
   */
  public record Measured(int m, double rate, double redundancy) {}

  /**
   * Measures a forced run.
   *
   * @param run with a clean pass of every step, both passes of which were made to say its tokens
   * @param score what makes a head retrieve
   * @param staticHeads the static heads
   * @throws IllegalArgumentException if the run had one pass
   */
  public static Measured inForcedRun(TwoPass.Masked run, Score score, HeadSet staticHeads) {
    Trace trace = run.trace();
    checkTwoPasses(trace);
    int m = 0;
    int entered = 0;
    int left = 0;
    int steps = trace.steps().size();
    for (int s = 0; s < steps; s++) {
      Step said = trace.steps().get(s);
      HeadSet clean = dynamic(trace, score, trace.clean().get(s).saying(said.token()));
      int in = dynamic(trace, score, said).minus(clean).intersect(staticHeads).size();
      m = Math.max(m, in);
      entered += in;
      left += clean.intersect(staticHeads).minus(run.heads().get(s)).size();
    }
    return steps == 0
        ? new Measured(0, 0, 0)
        : new Measured(m, (double) entered / steps, (double) left / steps);
  }

  private static void checkTwoPasses(Trace trace) {
    if (trace.clean().size() != trace.steps().size()) {
      throw Section.MASKING.wrong(
          "compensation needs the clean rows of a two-pass run, this trace has "
              + trace.clean().size()
              + " of "
              + trace.steps().size());
    }
  }

  private static HeadSet dynamic(Trace trace, Score score, Step step) {
    return score.dynamicHeads(trace.prompt(), step, trace.headsPerLayer());
  }
}
