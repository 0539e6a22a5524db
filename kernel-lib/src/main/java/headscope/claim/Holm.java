package headscope.claim;

import headscope.failure.Section;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Holm's correction: that among several tests none is significant by chance alone, with the wanted
 * probability; DEFINITIONS.md, 36.
 *
 * <pre>Holm.correct(.01, .04, .03);      // 0.03, 0.06, 0.06</pre>
 */
public final class Holm {
  private Holm() {}

  /**
   * The corrected p of each test: of m tests that with the i-th lowest p, from 0, has the greatest
   * (m − j) p over the tests j up to it, at most 1.
   *
   * @param p [tests], from 0 to 1
   * @return [tests], in the same order
   */
  public static double[] correct(double... p) {
    if (Arrays.stream(p).anyMatch(v -> !(v >= 0 && v <= 1))) {
      throw Section.CLAIMS.wrong("a p is from 0 to 1, got " + Arrays.toString(p));
    }
    int[] order =
        IntStream.range(0, p.length)
            .boxed()
            .sorted((a, b) -> Double.compare(p[a], p[b]))
            .mapToInt(i -> i)
            .toArray();
    double[] corrected = new double[p.length];
    double greatest = 0;
    for (int i = 0; i < p.length; i++) {
      greatest = Math.max(greatest, Math.min(1, (p.length - i) * p[order[i]]));
      corrected[order[i]] = greatest;
    }
    return corrected;
  }
}
