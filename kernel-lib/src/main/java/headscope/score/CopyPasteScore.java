package headscope.score;

import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Eq. 1: a head scores 1 where the greatest weight of its attention lies in the needle, on a token
 * that equals the one generated at this step; else 0. Tokens are equal by id, at whatever place of
 * the needle: {@link #byPosition} is stricter.
 *
 * <pre>
 *   ScoreMatrix scores = CopyPasteScore.of(trace);     // [steps, heads], 0 or 1
 *   scores.dynamicHeads(4);                            // L3-H0,L3-H1
 * </pre>
 */
public final class CopyPasteScore implements Score {
  private static final String NAME = "copy-paste";
  private static final CopyPasteScore STANDARD = new CopyPasteScore();

  private CopyPasteScore() {}

  /** Eq. 1. */
  public static CopyPasteScore standard() {
    return STANDARD;
  }

  /** Eq. 1 at every counted step of a generation. */
  public static ScoreMatrix of(Trace trace) {
    return STANDARD.matrix(trace);
  }

  /**
   * Eq. 1 with the weight at the maximum in place of 1: how firmly a head copies, from 0 to 1. With
   * threshold 0 its heads are those of Eq. 1; a higher one leaves out those that barely look.
   */
  public static ScoreMatrix byWeight(Trace trace) {
    double[][] scores =
        trace.counted().stream()
            .map(step -> STANDARD.firmness(trace.prompt(), step))
            .toArray(double[][]::new);
    return ScoreMatrix.of(STANDARD, trace, scores).named(NAME + " by weight").withThreshold(0);
  }

  /**
   * The position match of Eq. 1: a head scores 1 where the greatest weight of its attention lies on
   * the one needle token that the generated token lines up with.
   *
   * <p>A generated token lines up with the needle position of the same id through which the longest
   * common run goes: consecutive counted tokens that equal consecutive needle tokens. The lowest
   * position wins a tie. Tokens that the needle lacks line up with nothing. So every position match
   * is a value match as well, and several needles may be told in any order. The run needs the whole
   * answer, which is why this is a reading of a finished trace and no {@link Score}.
   */
  public static ScoreMatrix byPosition(Trace trace) {
    List<Step> steps = trace.counted();
    int[] source = sources(trace.prompt(), steps);
    double[][] scores = new double[steps.size()][];
    for (int t = 0; t < scores.length; t++) {
      int[] argmax = steps.get(t).looked();
      scores[t] = new double[argmax.length];
      for (int h = 0; h < argmax.length; h++) {
        scores[t][h] = argmax[h] == source[t] ? 1 : 0;
      }
    }
    return ScoreMatrix.of(STANDARD, trace, scores).named(NAME + " by position");
  }

  @Override
  public String name() {
    return NAME;
  }

  /** Between the two values there are. */
  @Override
  public double threshold() {
    return .5;
  }

  @Override
  public double[] scores(Prompt prompt, Step step) {
    Spans needle = prompt.needle();
    int[] argmax = step.looked();
    double[] scores = new double[argmax.length];
    for (int h = 0; h < scores.length; h++) {
      int i = argmax[h];
      scores[h] = needle.contains(i) && prompt.ids()[i] == step.token() ? 1 : 0;
    }
    return scores;
  }

  /** The weight at the maximum, since the score itself is the same for all. */
  @Override
  public double[] weights(Prompt prompt, Step step) {
    double[] weights = new double[step.argmaxWeight().length];
    for (int h = 0; h < weights.length; h++) {
      weights[h] = step.argmaxWeight()[h];
    }
    return weights;
  }

  /** Whether the token of a step is one of the needle's, at whatever place. */
  public static boolean said(Prompt prompt, Step step) {
    return prompt.needle().list().stream()
        .flatMapToInt(span -> IntStream.range(span.from(), span.to()))
        .anyMatch(i -> prompt.ids()[i] == step.token());
  }

  private double[] firmness(Prompt prompt, Step step) {
    double[] scores = scores(prompt, step);
    double[] weights = weights(prompt, step);
    for (int h = 0; h < scores.length; h++) {
      scores[h] *= weights[h];
    }
    return scores;
  }

  /** The needle position that each step's token lines up with, -1 where there is none: [steps]. */
  private static int[] sources(Prompt prompt, List<Step> steps) {
    int[] source = new int[steps.size()];
    for (int t = 0; t < source.length; t++) {
      source[t] = -1;
      int longest = 0;
      for (Span span : prompt.needle().list()) {
        for (int i = span.from(); i < span.to(); i++) {
          int run = run(prompt, span, steps, t, i);
          if (run > longest) {
            longest = run;
            source[t] = i;
          }
        }
      }
    }
    return source;
  }

  /** The length of the common run through step t and needle position i, 0 if they differ. */
  private static int run(Prompt prompt, Span needle, List<Step> steps, int t, int i) {
    int from = 0;
    while (same(prompt, needle, steps, t + from, i + from)) {
      from--;
    }
    int to = from + 1;
    while (same(prompt, needle, steps, t + to, i + to)) {
      to++;
    }
    return from == 0 ? 0 : to - from - 1;
  }

  private static boolean same(Prompt prompt, Span needle, List<Step> steps, int t, int i) {
    return t >= 0
        && t < steps.size()
        && needle.contains(i)
        && prompt.ids()[i] == steps.get(t).token();
  }

  @Override
  public String toString() {
    return "CopyPasteScore[Eq. 1]";
  }
}
