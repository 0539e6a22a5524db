package headscope.experiment;

import headscope.trace.Hook;
import headscope.trace.Measure;
import headscope.trace.Reduce;
import headscope.trace.Trace;
import java.util.OptionalDouble;

/**
 * By how much a token was the best: where the lead is small, another processor, which rounds in
 * another way, may choose another token, and the rest of the answer is another one.
 */
public final class Margin {
  /** A lead below this may turn into its opposite by rounding. */
  public static final double CLOSE = 1e-4;

  /** The lead of the greatest logit over the next one, a number a step. */
  public static final Measure MEASURE =
      Measure.of(
          "margin", Hook.LOGITS, Reduce.by("lead of the greatest over the next", Margin::lead));

  private Margin() {}

  private static double lead(float[] logits) {
    float best = Float.NEGATIVE_INFINITY;
    float next = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      if (logit > best) {
        next = best;
        best = logit;
      } else if (logit > next) {
        next = logit;
      }
    }
    return best - next;
  }

  /** The smallest over all steps of a trace; empty where it was not recorded, or without a step. */
  public static OptionalDouble smallest(Trace trace) {
    String name = MEASURE.tensor();
    if (trace.steps().isEmpty()
        || trace.steps().stream().anyMatch(s -> !s.tensors().containsKey(name))) {
      return OptionalDouble.empty();
    }
    return trace.steps().stream().mapToDouble(s -> s.own(MEASURE.name())[0]).min();
  }
}
