package headscope.model;

import ai.djl.ndarray.NDArray;
import headscope.trace.Tensor;
import java.util.Map;

/** Part of a {@link Watch}: looks into a pass, and may leave tensors of each of its sequences. */
interface Instrument extends Taps, AutoCloseable {
  /**
   * What a pass of single rows ends with.
   *
   * @param x what the last layer leaves, [B, 1, D]
   * @param logits [B, V]
   * @param tokens those of the step, [B]
   */
  record Outcome(NDArray x, NDArray logits, int[] tokens) {}

  /** Is shown what comes out, while everything is still there. */
  default void read(Outcome outcome) {}

  /** What it keeps of a sequence, by its place in the pass. */
  default Map<String, Tensor> tensors(int place) {
    return Map.of();
  }

  /** Frees what it holds of the pass. */
  @Override
  default void close() {}
}
