package headscope.claim;

import headscope.draw.Draws;
import headscope.failure.Section;

/**
 * Whether the mean difference of two conditions on the same trials is more than chance gives: were
 * it all the same, each trial's difference could as well have the other sign. Two-sided; {@code p =
 * (1 + number of drawn means at least as large in absolute value) / (flips + 1)}; DEFINITIONS.md,
 * 36.
 *
 * <pre>SignFlips.of(new double[] {.4, .1, .3, -.1, .5}, 0).p();</pre>
 *
 * @param meanDifference of the trials as they were
 * @param trials how many there are
 * @param flips how many times all signs were drawn
 * @param p of the test, above 0 and at most 1; 1 where there is no trial
 */
public record SignFlips(double meanDifference, int trials, int flips, double p) {
  /** Flips where nothing else is said. */
  public static final int FLIPS = 10_000;

  /** Means that are equal but for rounding count as equal. */
  private static final double ROUNDING = 1e-12;

  /**
   * The test with {@value #FLIPS} flips.
   *
   * @param differences first condition less second: [trials], finite
   */
  public static SignFlips of(double[] differences, long seed) {
    return of(differences, FLIPS, seed);
  }

  /**
   * The test.
   *
   * @param differences first condition less second: [trials], finite
   * @param flips at least 1
   * @param seed of {@link Draws}: a number a flip and trial, trial by trial, a negative one turns
   *     the sign
   */
  public static SignFlips of(double[] differences, int flips, long seed) {
    if (flips < 1) {
      throw Section.CLAIMS.wrong("signs are flipped at least once, got " + flips);
    }
    int trials = differences.length;
    double observed = sum(differences);
    if (!Double.isFinite(observed)) {
      throw Section.CLAIMS.wrong(
          "differences are finite numbers; leave a trial without an outcome out under both"
              + " conditions");
    }
    if (trials == 0) {
      return new SignFlips(Double.NaN, 0, flips, 1);
    }
    double least = Math.abs(observed / trials) - ROUNDING;
    Draws draws = new Draws(seed);
    int asLarge = 0;
    for (int f = 0; f < flips; f++) {
      double sum = 0;
      for (double d : differences) {
        sum += draws.next() < 0 ? -d : d;
      }
      asLarge += Math.abs(sum / trials) >= least ? 1 : 0;
    }
    return new SignFlips(observed / trials, trials, flips, (1.0 + asLarge) / (flips + 1));
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double v : values) {
      sum += v;
    }
    return sum;
  }
}
