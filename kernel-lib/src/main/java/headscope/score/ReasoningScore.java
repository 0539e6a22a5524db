package headscope.score;

import headscope.failure.Section;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;

/**
 * Eq. 2: the needle's share of the attention that a head pays outside sink and local window, over
 * prompt and generated text, from 0 to 1. Sink and local are those that the run captured, see
 * {@link headscope.trace.Capture#withWindows}.
 *
 * <pre>
 *   ScoreMatrix scores = ReasoningScore.of(trace);      // [steps, heads]
 *   scores.withThreshold(.3).dynamicHeads(0);           // L2-H5,L4-H1
 * </pre>
 *
 * @param threshold a head with more than this retrieves; .1 in the paper's reading, near chance on
 *     contexts of 300 tokens
 */
public record ReasoningScore(double threshold) implements Score {
  /** Where nothing else is said. */
  public static final double THRESHOLD = .1;

  /** A head with less attention than this outside sink and local scores 0. */
  public static final double LEAST_MASS = 1e-4;

  public ReasoningScore {
    if (!(threshold >= 0 && threshold < 1)) {
      throw Section.TRACE_CONTENT.wrong(
          "the threshold of Eq. 2 is a share from 0 to below 1, got " + threshold);
    }
  }

  /** Eq. 2 with threshold .1. */
  public static ReasoningScore standard() {
    return new ReasoningScore(THRESHOLD);
  }

  /** Eq. 2 at every counted step of a generation, with threshold .1. */
  public static ScoreMatrix of(Trace trace) {
    return standard().matrix(trace);
  }

  @Override
  public ReasoningScore withThreshold(double threshold) {
    return new ReasoningScore(threshold);
  }

  @Override
  public String name() {
    return "reasoning";
  }

  @Override
  public double[] scores(Prompt prompt, Step step) {
    float[] needle = step.mass(Step.NEEDLE_EFFECTIVE);
    float[] all = step.mass(Step.EFFECTIVE);
    double[] scores = new double[all.length];
    for (int h = 0; h < scores.length; h++) {
      scores[h] = all[h] < LEAST_MASS ? 0 : (double) needle[h] / all[h];
    }
    return scores;
  }
}
