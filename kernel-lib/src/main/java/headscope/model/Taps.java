package headscope.model;

import ai.djl.ndarray.NDArray;
import headscope.trace.Hook;

/**
 * Looks into a forward pass where it is computed. Arrays are gone when their layer is done, unless
 * they are taken out of its scope; residual streams when the next layer is, whatever their scope,
 * so that who wants one longer takes a view. What enters the first layer stays.
 */
interface Taps {
  /** Sees nothing, and so costs nothing. */
  Taps NONE = new Taps() {};

  /** Whether patterns are wanted of passes of many rows, which otherwise have none. */
  default boolean blockPatterns() {
    return false;
  }

  /**
   * The attention weights of the rows, before any mask.
   *
   * @param layer the layer
   * @param first the first position that the rows see
   * @param pattern [B, KV, G, n] of a single row, [B, KV, G, T, n] of many, from there on: head h
   *     is the h % G-th of group h / G
   */
  default void pattern(int layer, int first, NDArray pattern) {}

  /**
   * Anything but a pattern.
   *
   * @param hook where the pass is
   * @param layer the layer; of logits the number of layers
   * @param x [B, heads, T, d] of heads, [B, T, size] of the rest
   */
  default void see(Hook hook, int layer, NDArray x) {}

  /**
   * What attention or MLP put out in front of a family's post-norm.
   *
   * @param hook {@link Hook#ATTN_OUT} or {@link Hook#MLP_OUT}
   * @param layer the layer
   * @param x [B, T, D]
   */
  default void written(Hook hook, int layer, NDArray x) {}
}
