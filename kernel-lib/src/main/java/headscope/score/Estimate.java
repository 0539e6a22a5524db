package headscope.score;

import headscope.draw.Draws;
import java.util.Arrays;

/**
 * A statistic with its percentile-bootstrap interval; NaN where there was nothing to observe.
 *
 * @param value the statistic over all samples
 * @param low the lower end of the interval
 * @param high its upper end
 * @param n the observations that the value is made of
 */
public record Estimate(double value, double low, double high, int n) {
  /** Resamples where nothing else is said. */
  public static final int RESAMPLES = 2_000;

  /** Coverage where nothing else is said. */
  public static final double LEVEL = .95;

  /**
   * A statistic and the same one of resamples of its samples.
   *
   * @param resampled [resamples], in any order; NaN stands for a resample with nothing to observe
   * @param level coverage of the interval, such as .95; its ends lie linearly between the two
   *     nearest values
   */
  public static Estimate of(double value, double[] resampled, double level, int n) {
    double[] sorted = Arrays.stream(resampled).filter(v -> !Double.isNaN(v)).sorted().toArray();
    double tail = (1 - level) / 2;
    return new Estimate(value, percentile(sorted, tail), percentile(sorted, 1 - tail), n);
  }

  /**
   * The mean of values, one a sample, with its 95 % interval over {@value #RESAMPLES} resamples.
   *
   * @param values [samples]
   * @param seed of the resamples
   */
  public static Estimate mean(double[] values, long seed) {
    int n = values.length;
    double[] means = new double[n == 0 ? 0 : RESAMPLES];
    Draws draws = new Draws(seed);
    for (int r = 0; r < means.length; r++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        sum += values[draws.below(n)];
      }
      means[r] = sum / n;
    }
    return of(Arrays.stream(values).average().orElse(Double.NaN), means, LEVEL, n);
  }

  /**
   * A sum over samples over another, such as a mean of the steps of all, with its interval: both
   * sums are over the same drawn samples.
   *
   * @param sums what each sample adds to the first: [samples]
   * @param counts what it adds to the second: [samples]
   * @param resamples how many
   * @param level coverage of the interval
   * @param seed of the resamples
   * @param n the observations that the value is made of
   * @return NaN where the second sum is 0
   */
  public static Estimate ratio(
      double[] sums, double[] counts, int resamples, double level, long seed, int n) {
    double[] resampled = new double[resamples];
    Draws draws = new Draws(seed);
    for (int r = 0; r < resamples; r++) {
      double sum = 0;
      double count = 0;
      for (int i = 0; i < sums.length; i++) {
        int drawn = draws.below(sums.length);
        sum += sums[drawn];
        count += counts[drawn];
      }
      resampled[r] = count == 0 ? Double.NaN : sum / count;
    }
    double count = Arrays.stream(counts).sum();
    double value = count == 0 ? Double.NaN : Arrays.stream(sums).sum() / count;
    return of(value, resampled, level, n);
  }

  private static double percentile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
