package headscope.claim;

import headscope.failure.Section;
import java.util.Set;
import org.apache.commons.math3.distribution.BinomialDistribution;

/**
 * McNemar's exact test between two conditions on the same trials, two-sided; DEFINITIONS.md, 36.
 *
 * <pre>
 * McNemar.of(9, 1).p();      // 0.0215: nine trials were right under the first alone, one under the second
 * </pre>
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
  public static McNemar of(Set<Integer> first, Set<Integer> second) {
    return of(
        (int) first.stream().filter(t -> !second.contains(t)).count(),
        (int) second.stream().filter(t -> !first.contains(t)).count());
  }

  /**
   * The test of which trials were right under each condition.
   *
   * @param first [trials]
   * @param second [trials], the same ones
   * @throws IllegalArgumentException if they are not as many
   */
  public static McNemar of(boolean[] first, boolean[] second) {
    if (first.length != second.length) {
      throw Section.CLAIMS.wrong(
          "conditions are paired by trial: " + first.length + " and " + second.length + " trials");
    }
    int one = 0;
    int other = 0;
    for (int i = 0; i < first.length; i++) {
      one += first[i] && !second[i] ? 1 : 0;
      other += second[i] && !first[i] ? 1 : 0;
    }
    return of(one, other);
  }
}
