package headscope.score;

import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Traces and scores written down by hand. */
final class HandMade {
  private HandMade() {}

  /** Token ids with a needle at {@code [from, to)} of each span. */
  static Prompt prompt(int[] ids, Span... needle) {
    return Prompt.ofIds(ids).withSpan(Prompt.NEEDLE, Spans.of(List.of(needle)));
  }

  /** A step that recorded the greatest weights alone. */
  static Step looks(int token, int[] argmax, double... weights) {
    float[] w = new float[argmax.length];
    Arrays.fill(w, 1);
    for (int h = 0; h < weights.length; h++) {
      w[h] = (float) weights[h];
    }
    return new Step(token, 0, 0, argmax, w, Map.of(), new float[0], Map.of(), new float[0]);
  }

  /** A step that recorded the masses of Eq. 2 alone. */
  static Step masses(int token, float[] needle, float[] effective) {
    return new Step(
        token,
        0,
        0,
        new int[needle.length],
        new float[needle.length],
        Map.of(Step.NEEDLE_EFFECTIVE, needle, Step.EFFECTIVE, effective),
        new float[0],
        Map.of(),
        new float[0]);
  }

  static Trace trace(int layers, int headsPerLayer, Prompt prompt, boolean ended, Step... steps) {
    return twoPass(layers, headsPerLayer, prompt, ended, List.of(steps), List.of());
  }

  static Trace twoPass(
      int layers,
      int headsPerLayer,
      Prompt prompt,
      boolean ended,
      List<Step> steps,
      List<Step> clean) {
    return new Trace(
        "hand",
        layers,
        headsPerLayer,
        prompt,
        steps,
        clean,
        "",
        List.of(),
        ended,
        Map.of(),
        Map.of());
  }

  /** Scores of one layer of as many heads as a row is long. */
  static ScoreMatrix scores(double[]... rows) {
    return scores(1, rows[0].length, rows);
  }

  static ScoreMatrix scores(int layers, int headsPerLayer, double[]... rows) {
    List<String> tokens = new ArrayList<>();
    for (int t = 0; t < rows.length; t++) {
      tokens.add("t" + t);
    }
    return ScoreMatrix.of("hand", .5, layers, headsPerLayer, tokens, rows);
  }

  /** Five samples of 4, 6, ... 12 steps, two layers of three heads, uniform from SplitMix64. */
  static List<ScoreMatrix> fiveSamples() {
    List<ScoreMatrix> samples = new ArrayList<>();
    for (int s = 0; s < 5; s++) {
      SplittableRandom random = new SplittableRandom(1000 + s);
      double[][] rows = new double[4 + 2 * s][6];
      for (double[] row : rows) {
        Arrays.setAll(row, h -> (random.nextLong() >>> 11) * 0x1p-53);
      }
      samples.add(scores(2, 3, rows).withThreshold(.75));
    }
    return samples;
  }
}
