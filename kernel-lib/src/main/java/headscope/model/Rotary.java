package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;

/**
 * The cosines and sines that turn query and key by their position. The table grows with the longest
 * sequence seen, and is made anew when a sequence crosses the length at which the scaling changes
 * its frequencies.
 */
final class Rotary implements AutoCloseable {
  /** Cosine and sine of some positions: [T, rotary dims] each. */
  record Angles(NDArray cos, NDArray sin) {}

  private final NDManager manager;
  private final Rope rope;
  private final float[] powers;
  private NDArray cos;
  private NDArray sin;
  private int rows;

  /** The sequence length whose frequencies the table has. */
  private int length;

  Rotary(NDManager manager, Rope rope) {
    this.manager = manager;
    this.rope = rope;
    this.powers = powers(manager, rope);
  }

  /** theta ^ (2 i / dims), by the engine's own float32 power: it decides the last place. */
  private static float[] powers(NDManager manager, Rope rope) {
    int n = rope.dims() / 2;
    float[] exponents = new float[n];
    for (int i = 0; i < n; i++) {
      exponents[i] = (float) (2 * i) / rope.dims();
    }
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return manager.create((float) rope.theta()).pow(manager.create(exponents)).toFloatArray();
    }
  }

  /** The inverse frequencies for a sequence of that length: [rotary dims / 2]. */
  float[] inverseFrequencies(int sequence) {
    return rope.scaling().inverseFrequencies(powers, rope.theta(), sequence);
  }

  /** The angles of positions [from, to) in a sequence of some length. */
  Angles angles(int from, int to, int sequence) {
    if (to > rows || !rope.scaling().sameFrequencies(length, sequence)) {
      int wanted = Math.max(to, sequence);
      grow(wanted + wanted / 8 + 64, sequence);
    }
    return new Angles(Kernels.narrow(cos, 0, from, to), Kernels.narrow(sin, 0, from, to));
  }

  private void grow(int positions, int sequence) {
    close();
    float[] frequencies = inverseFrequencies(sequence);
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      float[] index = new float[positions];
      for (int i = 0; i < positions; i++) {
        index[i] = i;
      }
      NDArray angle = // [positions, rotary dims / 2]
          manager
              .create(index, new Shape(positions, 1))
              .mul(manager.create(frequencies, new Shape(1, frequencies.length)));
      NDArray both = angle.concat(angle, 1); // [positions, rotary dims]
      float factor = (float) rope.scaling().attentionFactor();
      cos = both.cos().mul(factor);
      sin = both.sin().mul(factor);
      NDScope.unregister(cos, sin);
    }
    rows = positions;
    length = sequence;
  }

  @Override
  public void close() {
    if (cos != null) {
      cos.close();
      sin.close();
      cos = null;
      rows = 0;
    }
  }
}
