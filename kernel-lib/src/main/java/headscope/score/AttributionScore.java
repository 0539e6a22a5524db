package headscope.score;

import headscope.failure.Section;
import headscope.trace.Attribution;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;

/**
 * What a head writes of the needle, in logits: its direct attribution to the token said, where that
 * is one of the needle's; else 0 (DEFINITIONS.md, 39). Eq. 1 asks where a head looks, this what it
 * writes; a head can do one without the other.
 *
 * <pre>
 *   Trace trace = model.generate(prompt, Capture.heads().withAttribution());
 *   ScoreMatrix scores = AttributionScore.of(trace);    // [steps, heads], in logits
 *   scores.dynamicHeads(4);                             // heads that write more than 1
 * </pre>
 *
 * @param threshold a head that writes more than this retrieves; 1, a factor of e in the odds
 *     against any token it leaves alone
 */
public record AttributionScore(double threshold) implements Score {
  /** Where nothing else is said. */
  public static final double THRESHOLD = 1;

  /** With threshold 1. */
  public static AttributionScore standard() {
    return new AttributionScore(THRESHOLD);
  }

  /** At every counted step of a generation, with threshold 1. */
  public static ScoreMatrix of(Trace trace) {
    return standard().matrix(trace);
  }

  @Override
  public AttributionScore withThreshold(double other) {
    return new AttributionScore(other);
  }

  @Override
  public String name() {
    return "attribution";
  }

  @Override
  public Capture capture(Capture base) {
    return base.withAttribution();
  }

  @Override
  public double[] scores(Prompt prompt, Step step) {
    if (Float.isNaN(step.logprob())) {
      throw Section.SCORES.wrong(
          "a clean pass attributes to its own token, so what it wrote of a forced one is not known;"
              + " read forced runs by copy-paste or reasoning");
    }
    float[] written = Attribution.ofSaid(step).heads();
    double[] scores = new double[written.length];
    if (CopyPasteScore.said(prompt, step)) {
      for (int h = 0; h < scores.length; h++) {
        scores[h] = written[h];
      }
    }
    return scores;
  }
}
