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
    if (trace.clean().size() != trace.steps().size()) {
      throw Section.MASKING.wrong(
          "compensation needs the clean rows of a two-pass run, this trace has "
              + trace.clean().size()
              + " of "
              + trace.steps().size());
    }
    List<HeadSet> sets = new ArrayList<>();
    for (int s = 0; s < trace.steps().size(); s++) {
      HeadSet masked = dynamic(trace, score, trace.steps().get(s));
      HeadSet clean = dynamic(trace, score, trace.clean().get(s));
      sets.add(masked.minus(clean).intersect(staticHeads));
    }
    return sets;
  }

  private static HeadSet dynamic(Trace trace, Score score, Step step) {
    return score.dynamicHeads(trace.prompt(), step, trace.headsPerLayer());
  }
}
