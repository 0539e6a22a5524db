package headscope.model;

import java.util.List;

/**
 * What sets one family of models apart from the others: all there is. The decoder is the same.
 *
 * @param modelType {@code model_type} of config.json
 * @param architecture the class that transformers names
 * @param queryKeyNorm whether query and key are normalised a head before they are rotated
 * @param fused whether query, key and value, and gate and up, are one matrix each
 * @param partialRotary whether only a share of each head may be rotated
 * @param headDim the head dimension where config.json is silent; 0: hidden size / heads
 */
public record Family(
    String modelType,
    String architecture,
    boolean queryKeyNorm,
    boolean fused,
    boolean partialRotary,
    int headDim) {

  /** The families that are implemented. */
  public static final List<Family> ALL =
      List.of(
          new Family("llama", "LlamaForCausalLM", false, false, false, 0),
          new Family("qwen3", "Qwen3ForCausalLM", true, false, false, 128),
          new Family("phi3", "Phi3ForCausalLM", false, true, true, 0));
}
