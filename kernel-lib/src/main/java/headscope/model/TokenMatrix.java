package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A matrix with a row for each token, [vocabulary, hidden]: embeddings are rows of it, logits are
 * products with it.
 *
 * <p>Packed, it lies in parts of some rows, so that to find a row is to unpack one part. Rows that
 * were found are kept, for text repeats its tokens.
 */
final class TokenMatrix {
  /** About the size of a part: worth a call, and unpacked in a millisecond or two. */
  private static final long PART_BYTES = 8L << 20;

  /** Rows that were found are kept up to this size. */
  private static final long KEPT_BYTES = 4L << 20;

  private final Kernels kernels;
  private final List<NDArray> parts;
  private final boolean packed;
  private final int vocabulary;
  private final int hidden;
  private final float[][] kept;
  private int keptRows;

  private TokenMatrix(
      Kernels kernels, List<NDArray> parts, boolean packed, int vocabulary, int hidden) {
    this.kernels = kernels;
    this.parts = parts;
    this.packed = packed;
    this.vocabulary = vocabulary;
    this.hidden = hidden;
    this.kept = new float[packed ? vocabulary : 0][];
  }

  /** As it is read. */
  static TokenMatrix plain(Kernels kernels, NDArray matrix) {
    Shape shape = matrix.getShape();
    return new TokenMatrix(kernels, List.of(matrix), false, (int) shape.get(0), (int) shape.get(1));
  }

  /**
   * In the order in which products read it.
   *
   * @param parts {@linkplain Kernels#packed packed}, of {@link #rowsOfPart} rows each but the last
   */
  static TokenMatrix packed(Kernels kernels, List<NDArray> parts, int vocabulary, int hidden) {
    return new TokenMatrix(kernels, List.copyOf(parts), true, vocabulary, hidden);
  }

  /** How many rows a part has. */
  static int rowsOfPart(int hidden) {
    return (int) Math.max(1, PART_BYTES / (4L * hidden));
  }

  /**
   * x · matrixᵀ, float32; the product is of the matrix's type.
   *
   * @param x [..., hidden]
   * @return [..., vocabulary]
   */
  NDArray product(NDArray x, long dtype) {
    return packed
        ? kernels.product(x, parts, vocabulary)
        : kernels.linear(x, Kernels.Matrix.plain(parts.get(0)), dtype);
  }

  /** The rows of some tokens, [tokens, hidden], as float32. */
  NDArray rows(int[] tokens) {
    return packed
        ? kernels.array(found(tokens), tokens.length, hidden)
        : kernels.rows(parts.get(0), tokens);
  }

  private synchronized float[] found(int[] tokens) {
    float[] all = new float[tokens.length * hidden];
    int rows = rowsOfPart(hidden);
    int[] unknown = // places of tokens, those of a part together
        IntStream.range(0, tokens.length)
            .filter(i -> kept[tokens[i]] == null)
            .boxed()
            .sorted((a, b) -> Integer.compare(tokens[a], tokens[b]))
            .mapToInt(i -> i)
            .toArray();
    for (int i = 0; i < tokens.length; i++) {
      if (kept[tokens[i]] != null) {
        System.arraycopy(kept[tokens[i]], 0, all, i * hidden, hidden);
      }
    }
    for (int from = 0, to; from < unknown.length; from = to) {
      int part = tokens[unknown[from]] / rows;
      to = from;
      while (to < unknown.length && tokens[unknown[to]] / rows == part) {
        to++;
      }
      int[] places = Arrays.copyOfRange(unknown, from, to);
      float[] some =
          unpacked(part, Arrays.stream(places).map(i -> tokens[i] - part * rows).toArray());
      for (int k = 0; k < places.length; k++) {
        System.arraycopy(some, k * hidden, all, places[k] * hidden, hidden);
        keep(tokens[places[k]], Arrays.copyOfRange(some, k * hidden, (k + 1) * hidden));
      }
    }
    return all;
  }

  private float[] unpacked(int part, int[] rows) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return kernels.rows(kernels.unpacked(parts.get(part)), rows).toFloatArray();
    }
  }

  private void keep(int token, float[] row) {
    if (4L * hidden * (keptRows + 1) > KEPT_BYTES) {
      Arrays.fill(kept, null);
      keptRows = 0;
    }
    keptRows += kept[token] == null ? 1 : 0;
    kept[token] = row;
  }
}
