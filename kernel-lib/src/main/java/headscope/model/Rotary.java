package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The cosines and sines that turn query and key by their position. The table grows with the longest
 * sequence seen; where the scaling changes its frequencies at some length, there are two. Lanes
 * share it.
 */
final class Rotary implements AutoCloseable {
  /** Cosine and sine of some positions: [T, rotary dims] each. */
  record Angles(NDArray cos, NDArray sin) {}

  private final NDManager manager;
  private final Kernels kernels;
  private final Rope rope;
  private final float[] powers;

  /** One table, or one for each side of the length at which the frequencies change. */
  private final List<Table> tables = new ArrayList<>();

  /**
   * Cosines and sines of the first positions, [rows, rotary dims] each.
   *
   * @param length of a sequence whose frequencies they have
   */
  private record Table(NDArray cos, NDArray sin, int rows, int length) {}

  Rotary(NDManager manager, Kernels kernels, Rope rope) {
    this.manager = manager;
    this.kernels = kernels;
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
  synchronized Angles angles(int from, int to, int sequence) {
    Table table = table(to, sequence);
    return new Angles(
        Kernels.narrow(table.cos(), 0, from, to), Kernels.narrow(table.sin(), 0, from, to));
  }

  /**
   * The angles of single rows of several sequences: [R, 1, 1, rotary dims].
   *
   * @param positions [R]
   * @param sequences [R], the length of each sequence
   */
  synchronized Angles angles(int[] positions, int[] sequences) {
    NDList cos = new NDList();
    NDList sin = new NDList();
    for (int at = 0; at < positions.length; ) {
      int to = at + 1;
      while (to < positions.length
          && rope.scaling().sameFrequencies(sequences[at], sequences[to])) {
        to++;
      }
      int longest = Arrays.stream(positions, at, to).max().orElseThrow() + 1;
      Table table = table(longest, Arrays.stream(sequences, at, to).max().orElseThrow());
      NDArray index = manager.create(Arrays.stream(positions, at, to).asLongStream().toArray());
      cos.add(kernels.rows(table.cos(), index));
      sin.add(kernels.rows(table.sin(), index));
      at = to;
    }
    Shape each = new Shape(positions.length, 1, 1, rope.dims());
    return new Angles(NDArrays.concat(cos).reshape(each), NDArrays.concat(sin).reshape(each));
  }

  private Table table(int positions, int sequence) {
    for (Table table : tables) {
      if (rope.scaling().sameFrequencies(table.length(), sequence)) {
        if (positions <= table.rows()) {
          return table;
        }
        tables.remove(table);
        table.cos().close();
        table.sin().close();
        break;
      }
    }
    int wanted = Math.max(positions, sequence);
    tables.add(made(wanted + wanted / 8 + 64, sequence));
    return tables.get(tables.size() - 1);
  }

  private Table made(int positions, int sequence) {
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
      NDArray cos = both.cos().mul(factor);
      NDArray sin = both.sin().mul(factor);
      NDScope.unregister(cos, sin);
      return new Table(cos, sin, positions, sequence);
    }
  }

  @Override
  public void close() {
    tables.forEach(
        t -> {
          t.cos().close();
          t.sin().close();
        });
    tables.clear();
  }
}
