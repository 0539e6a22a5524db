package headscope.model;

import java.util.List;
import java.util.Set;

/**
 * What sets one family of models apart from the others: all there is. The decoder is the same.
 *
 * @param modelType {@code model_type} of config.json
 * @param architecture the class that transformers names
 * @param models published ones that are of it
 * @param defaults what stands where config.json is silent
 * @param layerRule which layers have a window, and which are not turned by position
 * @param traits its parts that are not those of Llama
 */
public record Family(
    String modelType,
    String architecture,
    String models,
    Defaults defaults,
    LayerTypes.Rule layerRule,
    Set<Trait> traits) {

  /** A part of the model. */
  public enum Trait {
    /** Query, key and value are one matrix in the files, gate and up another. */
    FUSED,
    /** Only a share of each head may be rotated. */
    PARTIAL_ROTARY,
    /** Query and key are normalised, each head by itself, before they are rotated. */
    HEAD_NORM,
    /** Query and key are normalised over the heads of a layer together. */
    WHOLE_NORM,
    /** Query, key and value have a bias, the output of attention has none. */
    QUERY_KEY_VALUE_BIAS,
    /** All of attention has a bias where {@code attention_bias} says so. */
    ATTENTION_BIAS,
    /** The MLP has a bias where {@code mlp_bias} says so. */
    MLP_BIAS,
    /** Attention and MLP read the residual stream as it is. */
    NO_NORM_BEFORE,
    /** What attention and MLP write is normalised. */
    NORM_AFTER,
    /** Norms multiply by 1 + weight. */
    ONE_PLUS_WEIGHT,
    /** The gate of the MLP is GELU (tanh), not SiLU. */
    GELU,
    /** Embeddings are multiplied by the root of the hidden size. */
    SCALED_EMBEDDING,
    /** Scores are divided by the root of {@code query_pre_attn_scalar}, not of the head's size. */
    QUERY_SCALAR,
    /** The output matrix is the embedding where {@code tie_word_embeddings} is absent. */
    TIED
  }

  /**
   * What transformers takes where config.json lacks a key.
   *
   * @param positions {@code max_position_embeddings}
   * @param normEpsilon {@code rms_norm_eps}
   * @param theta {@code rope_theta}
   * @param keyValueHeads {@code num_key_value_heads}; 0: as many as query heads
   * @param headDim {@code head_dim}; 0: hidden size / heads
   * @param window {@code sliding_window}; 0: none
   */
  public record Defaults(
      int positions,
      double normEpsilon,
      double theta,
      int keyValueHeads,
      int headDim,
      int window) {}

  public Family {
    traits = Set.copyOf(traits);
  }

  private Family(
      String modelType,
      String architecture,
      String models,
      Defaults defaults,
      LayerTypes.Rule layerRule,
      Trait... traits) {
    this(modelType, architecture, models, defaults, layerRule, Set.of(traits));
  }

  /** Whether models of this family have that part. */
  public boolean has(Trait trait) {
    return traits.contains(trait);
  }

  /** The families that are implemented. */
  public static final List<Family> ALL =
      List.of(
          new Family(
              "llama",
              "LlamaForCausalLM",
              "Llama 1, 2, 3, SmolLM2, TinyLlama",
              new Defaults(2048, 1e-6, 10_000, 0, 0, 0),
              LayerTypes.Rule.FULL,
              Trait.ATTENTION_BIAS,
              Trait.MLP_BIAS),
          new Family(
              "mistral",
              "MistralForCausalLM",
              "Mistral 7B, Nemo",
              new Defaults(131_072, 1e-6, 10_000, 8, 0, 4096),
              LayerTypes.Rule.TYPED_WINDOW),
          new Family(
              "qwen2",
              "Qwen2ForCausalLM",
              "Qwen2, Qwen2.5",
              new Defaults(32_768, 1e-6, 10_000, 32, 0, 4096),
              LayerTypes.Rule.UPPER_WINDOWS,
              Trait.QUERY_KEY_VALUE_BIAS),
          new Family(
              "qwen3",
              "Qwen3ForCausalLM",
              "Qwen3",
              new Defaults(32_768, 1e-6, 10_000, 32, 128, 4096),
              LayerTypes.Rule.UPPER_WINDOWS,
              Trait.ATTENTION_BIAS,
              Trait.HEAD_NORM),
          new Family(
              "phi3",
              "Phi3ForCausalLM",
              "Phi-3, Phi-3.5-mini, Phi-4, Phi-4-mini",
              new Defaults(4096, 1e-5, 10_000, 0, 0, 0),
              LayerTypes.Rule.WINDOW,
              Trait.FUSED,
              Trait.PARTIAL_ROTARY),
          new Family(
              "smollm3",
              "SmolLM3ForCausalLM",
              "SmolLM3",
              new Defaults(32_768, 1e-6, 2_000_000, 4, 0, 0),
              LayerTypes.Rule.UNTURNED_LAYERS,
              Trait.ATTENTION_BIAS,
              Trait.MLP_BIAS,
              Trait.TIED),
          new Family(
              "gemma3_text",
              "Gemma3ForCausalLM",
              "Gemma 3 270M, 1B (text)",
              new Defaults(131_072, 1e-6, 1_000_000, 4, 256, 4096),
              LayerTypes.Rule.WINDOWS_BETWEEN,
              Trait.ATTENTION_BIAS,
              Trait.HEAD_NORM,
              Trait.NORM_AFTER,
              Trait.ONE_PLUS_WEIGHT,
              Trait.GELU,
              Trait.SCALED_EMBEDDING,
              Trait.QUERY_SCALAR,
              Trait.TIED),
          new Family(
              "olmo2",
              "Olmo2ForCausalLM",
              "OLMo 2",
              new Defaults(2048, 1e-5, 10_000, 0, 0, 0),
              LayerTypes.Rule.FULL,
              Trait.ATTENTION_BIAS,
              Trait.WHOLE_NORM,
              Trait.NO_NORM_BEFORE,
              Trait.NORM_AFTER));

  @Override
  public String toString() {
    return "Family[" + modelType + ", " + architecture + "]";
  }
}
