package headscope.score;

import headscope.failure.Section;
import headscope.trace.Prompt;
import headscope.trace.Step;

/**
 * Eq. 2 for one declared span of a prompt in place of the needle, such as a single supporting
 * sentence: its share of the attention that a head pays outside sink and local window. The span has
 * to lie outside of both, as a sentence of the context does that has question and instruction
 * behind it.
 *
 * <pre>
 *   ScoreMatrix first = new SpanScore("fact1", .5).matrix(trace);      // [steps, heads]
 * </pre>
 *
 * @param span its name
 * @param threshold a head with more than this counts
 */
public record SpanScore(String span, double threshold) implements Score {
  public SpanScore {
    if (!(threshold >= 0 && threshold < 1)) {
      throw Section.TRACE_CONTENT.wrong(
          "the threshold of Eq. 2 is a share from 0 to below 1, got " + threshold);
    }
  }

  @Override
  public SpanScore withThreshold(double other) {
    return new SpanScore(span, other);
  }

  @Override
  public String name() {
    return "reasoning over " + span;
  }

  @Override
  public double[] scores(Prompt prompt, Step step) {
    float[] on = step.mass(span);
    float[] all = step.mass(Step.EFFECTIVE);
    double[] scores = new double[all.length];
    for (int h = 0; h < scores.length; h++) {
      scores[h] = all[h] < ReasoningScore.LEAST_MASS ? 0 : Math.min(1, (double) on[h] / all[h]);
    }
    return scores;
  }
}
