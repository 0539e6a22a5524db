package headscope.model;

import ai.djl.ndarray.NDArray;

/**
 * Sees what the decoder computes, layer by layer, while it is there. Asks for nothing by itself.
 */
interface Observer {
  /** Sees nothing, and so costs nothing. */
  Observer NONE = new Observer() {};

  /**
   * The attention weights of a single row, before any mask.
   *
   * @param layer the layer
   * @param first the first position that the row sees
   * @param pattern [B, KV, G, n], from there on: head h is the h % G-th of group h / G
   */
  default void pattern(int layer, int first, NDArray pattern) {}

  /**
   * The output of the heads, before any mask and before the output projection.
   *
   * @param layer the layer
   * @param z [B, H, T, headDim]
   */
  default void z(int layer, NDArray z) {}
}
