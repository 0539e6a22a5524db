package headscope.reference;

import java.util.List;
import java.util.SplittableRandom;

/** Draws that are the same in every version of Java: only nextLong of SplitMix64 is used. */
final class Draws {
  private final SplittableRandom random;

  Draws(long seed) {
    random = new SplittableRandom(seed);
  }

  /** From 0 to below n. */
  int below(int n) {
    return Math.floorMod(random.nextLong(), n);
  }

  /** From low to high, both included. */
  int between(int low, int high) {
    return low + below(high - low + 1);
  }

  <T> T of(List<T> list) {
    return list.get(below(list.size()));
  }

  /** Puts a list in another order. */
  <T> void shuffle(List<T> list) {
    for (int i = list.size() - 1; i > 0; i--) {
      T last = list.get(i);
      int j = below(i + 1);
      list.set(i, list.get(j));
      list.set(j, last);
    }
  }
}
