package headscope.correlation;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Everything here that is drawn, drawn so that another language can draw the same. */
public final class Draws {
  private Draws() {}

  /**
   * The numbers 0 to n - 1 in the order that a seed gives: Fisher and Yates from the last place
   * down, place i changing with place {@code floorMod(next, i + 1)}, where next is the next number
   * of SplitMix64 begun at the seed: [n].
   */
  public static int[] permutation(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] order = IntStream.range(0, n).toArray();
    for (int i = n - 1; i > 0; i--) {
      int j = Math.floorMod(random.nextLong(), i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }
}
