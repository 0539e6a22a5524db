package headscope.claim;

import headscope.failure.Section;
import headscope.score.Estimate;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * An outcome of the same trials under two conditions: the mean difference with its interval, and a
 * test; DEFINITIONS.md, 36. Of outcomes that are right or wrong the test is {@link McNemar}'s, of
 * others {@link SignFlips}.
 *
 * <pre>
 *   Paired paired = Paired.of(dynamic, random);      // log-probability of the right response
 *   paired.difference();                             // Estimate[value=-1.9, low=-2.3, high=-1.5, n=45]
 *   paired.p();                                      // 0.0001
 * </pre>
 *
 * @param difference mean of the first condition less the second over trials, 95 %, bootstrap
 * @param p of the test, two-sided
 * @param trials that both conditions have
 */
public record Paired(Estimate difference, double p, int trials) {
  /** Resamples of a claim's interval. */
  public static final int RESAMPLES = 10_000;

  /**
   * The difference, {@value #RESAMPLES} resamples and {@value SignFlips#FLIPS} flips, seed 0.
   *
   * @param first an outcome a trial: [trials]
   * @param second of the same trials under the other condition: [trials]
   */
  public static Paired of(double[] first, double[] second) {
    return of(first, second, RESAMPLES, SignFlips.FLIPS, 0);
  }

  /**
   * The difference.
   *
   * @param first an outcome a trial, such as a log-probability in nats; finite: [trials]
   * @param second of the same trials under the other condition: [trials]
   * @param resamples of the interval
   * @param flips of the test
   * @param seed of both
   * @throws IllegalArgumentException if they are not as many, or one is not finite
   */
  public static Paired of(double[] first, double[] second, int resamples, int flips, long seed) {
    double[] differences = differences(first, second);
    SignFlips test = SignFlips.of(differences, flips, seed);
    return new Paired(estimate(differences, resamples, seed), test.p(), differences.length);
  }

  /** The difference of shares of right answers, tested by {@link McNemar}. */
  public static Paired of(boolean[] first, boolean[] second) {
    McNemar test = McNemar.of(first, second);
    double[] differences = differences(numbers(first), numbers(second));
    return new Paired(estimate(differences, RESAMPLES, 0), test.p(), differences.length);
  }

  private static Estimate estimate(double[] differences, int resamples, long seed) {
    double[] ones = new double[differences.length];
    Arrays.fill(ones, 1);
    return Estimate.ratio(differences, ones, resamples, Estimate.LEVEL, seed, differences.length);
  }

  private static double[] numbers(boolean[] right) {
    return IntStream.range(0, right.length).mapToDouble(i -> right[i] ? 1 : 0).toArray();
  }

  private static double[] differences(double[] first, double[] second) {
    if (first.length != second.length) {
      throw Section.CLAIMS.wrong(
          "conditions are paired by trial: " + first.length + " and " + second.length + " trials");
    }
    return IntStream.range(0, first.length).mapToDouble(i -> first[i] - second[i]).toArray();
  }
}
