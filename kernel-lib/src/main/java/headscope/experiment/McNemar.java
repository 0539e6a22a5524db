package headscope.experiment;

import java.util.Set;
import org.apache.commons.math3.distribution.BinomialDistribution;

/**
 * McNemar's exact test between two conditions on the same trials.
 *
 * @param first right answers under the first condition alone
 * @param second right answers under the second condition alone
 * @param p the two-sided probability of a split at least as uneven
 */
public record McNemar(int first, int second, double p) {

  /** The test of such a split. */
  public static McNemar of(int first, int second) {
    BinomialDistribution even = new BinomialDistribution(first + second, .5);
    double tail = 0; // summed, since the cumulative function ends in 1 - 1 for small ones
    for (int k = 0; k <= Math.min(first, second); k++) {
      tail += even.probability(k);
    }
    return new McNemar(
        first, second, Math.min(1, 2 * tail)); // an even split counts its middle once
  }

  /** The test of the trials that were answered under each condition. */
  static McNemar of(Set<Integer> first, Set<Integer> second) {
    return of(
        (int) first.stream().filter(t -> !second.contains(t)).count(),
        (int) second.stream().filter(t -> !first.contains(t)).count());
  }
}
