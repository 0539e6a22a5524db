package headscope.draw;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Everything that is drawn, the same in every version of Java and easy to repeat in another
 * language: only the numbers of SplitMix64 are used, how {@link SplittableRandom} makes bounded
 * ones of them is left to the JDK.
 *
 * <pre>
 *   Draws draws = new Draws(42);
 *   int die = draws.between(1, 6);
 *   int[] order = Draws.permutation(100, 42);
 * </pre>
 */
public final class Draws {
  private final SplittableRandom random;

  /** The numbers that a seed gives. */
  public Draws(long seed) {
    this(new SplittableRandom(seed));
  }

  private Draws(SplittableRandom random) {
    this.random = random;
  }

  /** Number {@code index} of those that a seed gives, without those before it. */
  public static long at(long seed, long index) {
    return new Draws(seed + index * 0x9e3779b97f4a7c15L).next();
  }

  /** A number as a share: its upper 53 bits, from 0 to below 1. */
  public static double share(long drawn) {
    return (drawn >>> 11) * 0x1p-53;
  }

  /**
   * The numbers 0 to n - 1 in the order that a seed gives: Fisher and Yates from the last place
   * down, place i changing with place {@code floorMod(next, i + 1)}: [n].
   */
  public static int[] permutation(int n, long seed) {
    Draws draws = new Draws(seed);
    int[] order = IntStream.range(0, n).toArray();
    for (int i = n - 1; i > 0; i--) {
      int j = draws.below(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  /** The next number. */
  public long next() {
    return random.nextLong();
  }

  /** From 0 to below n: {@code floorMod(next, n)}. */
  public int below(int n) {
    return Math.floorMod(next(), n);
  }

  /** From low to high, both included. */
  public int between(int low, int high) {
    return low + below(high - low + 1);
  }

  /** From 0 to below 1. */
  public double share() {
    return share(next());
  }

  /** One of a list. */
  public <T> T oneOf(List<T> list) {
    return list.get(below(list.size()));
  }

  /** Puts a list in another order, as {@link #permutation} does. */
  public <T> void shuffle(List<T> list) {
    for (int i = list.size() - 1; i > 0; i--) {
      T last = list.get(i);
      int j = below(i + 1);
      list.set(i, list.get(j));
      list.set(j, last);
    }
  }

  /** A stream of its own: {@link SplittableRandom#split}. */
  public Draws split() {
    return new Draws(random.split());
  }

  @Override
  public String toString() {
    return "Draws";
  }
}
