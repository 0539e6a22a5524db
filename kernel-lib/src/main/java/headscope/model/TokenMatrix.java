package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import java.util.Arrays;
import java.util.List;

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

  /** Rows that were found are kept up to about this size, but at least {@link #LEAST_KEPT}. */
  private static final long KEPT_BYTES = 4L << 20;

  private static final int LEAST_KEPT = 512;

  private final Kernels kernels;
  private final List<NDArray> parts;
  private final int rowsOfPart;
  private final int vocabulary;

  /** [slots, hidden], rows that were found; null of a plain matrix. */
  private final NDArray kept;

  /** The slot of each token, -1 of one that is not kept. */
  private final int[] slots;

  private int used;

  private TokenMatrix(
      Kernels kernels, List<NDArray> parts, int vocabulary, NDArray kept, int rowsOfPart) {
    this.kernels = kernels;
    this.parts = parts;
    this.vocabulary = vocabulary;
    this.kept = kept;
    this.rowsOfPart = rowsOfPart;
    this.slots = new int[kept == null ? 0 : vocabulary];
    Arrays.fill(slots, -1);
  }

  /** As it is read. */
  static TokenMatrix plain(Kernels kernels, NDArray matrix) {
    int vocabulary = (int) matrix.getShape().get(0);
    return new TokenMatrix(kernels, List.of(matrix), vocabulary, null, vocabulary);
  }

  /**
   * In the order in which products read it.
   *
   * @param parts {@linkplain Kernels#packed packed}, of {@link #rowsOfPart} rows each but the last
   */
  static TokenMatrix packed(Kernels kernels, List<NDArray> parts, int vocabulary, int hidden) {
    long slots = Math.max(LEAST_KEPT, KEPT_BYTES / (4L * hidden));
    NDArray kept = kernels.empty(Kernels.FLOAT32, slots, hidden);
    NDScope.unregister(kept);
    return new TokenMatrix(kernels, List.copyOf(parts), vocabulary, kept, rowsOfPart(hidden));
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
    return kept == null
        ? kernels.linear(x, Kernels.Matrix.plain(parts.get(0)), dtype)
        : kernels.product(x, parts, vocabulary);
  }

  /** The rows of some tokens, [tokens, hidden], as float32. */
  NDArray rows(int... tokens) {
    if (kept == null) {
      return kernels.rows(parts.get(0), tokens);
    }
    int most = (int) kept.getShape().get(0);
    NDList stretches = new NDList();
    for (int at = 0; at < tokens.length; at += most) {
      stretches.add(found(Arrays.copyOfRange(tokens, at, Math.min(tokens.length, at + most))));
    }
    return stretches.size() == 1 ? stretches.head() : NDArrays.concat(stretches, 0);
  }

  /** Of no more tokens than are kept. */
  private synchronized NDArray found(int[] tokens) {
    int[] unknown = unknown(tokens);
    if (used + unknown.length > kept.getShape().get(0)) {
      Arrays.fill(slots, -1);
      used = 0;
      unknown = unknown(tokens);
    }
    for (int from = 0, to; from < unknown.length; from = to) {
      int part = unknown[from] / rowsOfPart;
      to = from;
      while (to < unknown.length && unknown[to] / rowsOfPart == part) {
        to++;
      }
      keep(part, Arrays.copyOfRange(unknown, from, to));
    }
    return kernels.rows(kept, Arrays.stream(tokens).map(t -> slots[t]).toArray());
  }

  /** The tokens that are not kept, each once, those of a part together. */
  private int[] unknown(int[] tokens) {
    return Arrays.stream(tokens).filter(t -> slots[t] < 0).sorted().distinct().toArray();
  }

  private void keep(int part, int[] tokens) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      int[] places = Arrays.stream(tokens).map(t -> t - part * rowsOfPart).toArray();
      NDArray plain = kernels.unpacked(List.of(parts.get(part)));
      kernels.store(kept, 0, used, kernels.rows(plain, places));
    }
    for (int token : tokens) {
      slots[token] = used++;
    }
  }
}
