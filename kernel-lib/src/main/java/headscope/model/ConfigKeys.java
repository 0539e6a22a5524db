package headscope.model;

import com.google.gson.JsonElement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the keys of {@code config.json} do, family by family, as the configuration and modelling
 * classes of transformers 5.23.0 have it. A key that no line has is foreign to those classes: they
 * keep it as an attribute that nothing reads.
 */
final class ConfigKeys {
  /** What a key does. */
  enum Effect {
    /** It is computed with, by what reads the configuration. */
    COMPUTED,
    /** It changes nothing at any value. */
    SILENT,
    /** It changes nothing; a value other than the neutral one asks for something all the same. */
    IDLE,
    /** It changes the result unless it has the neutral value, which alone is implemented. */
    ONLY
  }

  /**
   * What one key does.
   *
   * @param neutral the values at which nothing is said
   * @param meaning what other values would mean
   */
  record Key(Effect effect, List<String> neutral, String meaning) {
    private String allowed() {
      return String.join(", ", neutral).replaceAll("null|\\{\\}", "none");
    }

    private boolean isNeutral(JsonElement value) {
      return neutral.stream().anyMatch(n -> equal(n, value));
    }

    private static boolean equal(String neutral, JsonElement value) {
      if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()) {
        return neutral.matches("\\d+") && value.getAsDouble() == Integer.parseInt(neutral);
      }
      return neutral.equals(value.isJsonPrimitive() ? value.getAsString() : value.toString());
    }
  }

  private static final String EVERY = "*";

  /** Lines of: effect, families, keys with their neutral values, what others would mean. */
  private static final String TABLE =
      """
      computed *  model_type vocab_size hidden_size intermediate_size num_hidden_layers
      computed *  num_attention_heads num_key_value_heads head_dim rms_norm_eps eos_token_id
      computed *  tie_word_embeddings max_position_embeddings rope_theta rope_scaling
      computed *  rope_parameters partial_rotary_factor original_max_position_embeddings
      computed *  sliding_window layer_types tokenizer_class
      computed llama,qwen3,smollm3,gemma3_text,olmo2  attention_bias
      computed llama,smollm3  mlp_bias
      computed qwen2,qwen3,smollm3  use_sliding_window
      computed qwen2,qwen3  max_window_layers
      computed smollm3  no_rope_layers no_rope_layer_interval
      computed gemma3_text  query_pre_attn_scalar sliding_window_pattern _sliding_window_pattern
      computed gemma3_text  rope_local_base_freq

      silent *  architectures dtype torch_dtype transformers_version return_dict use_cache
      silent *  id2label label2id num_labels problem_type initializer_range attention_dropout
      silent *  bos_token_id pad_token_id attn_implementation _attn_implementation
      silent phi3  resid_pdrop embd_pdrop
      silent smollm3  pretraining_tp max_window_layers

      idle *  output_attentions=false output_hidden_states=false chunk_size_feed_forward=0
      idle *  attention_chunk_size number_of_conv_states
      idle llama  pretraining_tp=1
      idle phi3  attention_bias=false mlp_bias=false lm_head_bias=false
      idle phi3  interpolate_factor=1 full_attn_mod=1

      only llama,qwen3,phi3,qwen2,mistral,smollm3,olmo2  hidden_act=silu|swish : another activation
      only gemma3_text  hidden_activation=gelu_pytorch_tanh : another activation
      only gemma3_text  attn_logit_softcapping=null : scores bent by a hyperbolic tangent
      only gemma3_text  final_logit_softcapping=null : logits bent by a hyperbolic tangent
      only gemma3_text  use_bidirectional_attention=false : attention to later tokens
      only *  is_causal=true : attention to later tokens
      only *  is_encoder_decoder=false : an encoder beside the decoder
      only *  per_layer_config={} : layers that are not alike
      only *  kv_sharing_modes=null : layers that share keys and values
      only llama,phi3,mistral,olmo2  attention_chunk_size=null : attention within chunks
      only *  transformers_weights=model.safetensors : weights in another file
      only *  text_config={} : a model of several parts
      only *  decoder={} generator={} : a model of several parts
      """;

  /** What the keys of {@code rope_scaling} and {@code rope_parameters} are read for, by kind. */
  private static final Map<String, Set<String>> ROPE =
      Map.of(
          "default", Set.of(),
          "linear", Set.of("factor"),
          "llama3",
              Set.of(
                  "factor",
                  "low_freq_factor",
                  "high_freq_factor",
                  "original_max_position_embeddings"),
          "yarn",
              Set.of(
                  "factor",
                  "original_max_position_embeddings",
                  "attention_factor",
                  "beta_fast",
                  "beta_slow",
                  "mscale",
                  "mscale_all_dim",
                  "truncate"),
          "longrope",
              Set.of(
                  "short_factor",
                  "long_factor",
                  "factor",
                  "attention_factor",
                  "original_max_position_embeddings"));

  private static final Set<String> ROPE_COMMON =
      Set.of("rope_type", "type", "rope_theta", "partial_rotary_factor");

  private static final Map<String, Map<String, Key>> KEYS = parse();

  private ConfigKeys() {}

  private static Map<String, Map<String, Key>> parse() {
    Map<String, Map<String, Key>> byFamily = new HashMap<>();
    for (String line : TABLE.lines().filter(l -> !l.isBlank()).toList()) {
      String[] parts = line.split(" : ", 2);
      String[] words = parts[0].trim().split("\\s+");
      Effect effect = Effect.valueOf(words[0].toUpperCase(Locale.ROOT));
      for (String family : words[1].split(",")) {
        for (String word : List.of(words).subList(2, words.length)) {
          String[] key = word.split("=", 2);
          List<String> neutral = key.length > 1 ? List.of(key[1].split("\\|")) : List.of();
          byFamily
              .computeIfAbsent(family, f -> new TreeMap<>())
              .put(key[0], new Key(effect, neutral, parts.length > 1 ? parts[1] : ""));
        }
      }
    }
    return byFamily;
  }

  /** The keys that a family has a line for. */
  static Map<String, Key> of(String family) {
    Map<String, Key> keys = new TreeMap<>(KEYS.get(EVERY));
    keys.putAll(KEYS.getOrDefault(family, Map.of()));
    return keys;
  }

  /** Whether a key of {@code rope_scaling} is read for that kind of scaling. */
  static boolean ropeReads(String kind, String key) {
    return ROPE_COMMON.contains(key) || ROPE.get(kind).contains(key);
  }

  /**
   * Keys with a value that changes the result and is not implemented, and what they would mean.
   *
   * @return key to meaning, in the order of the file
   */
  static Map<String, String> unimplemented(ConfigJson json, Family family) {
    Map<String, Key> keys = of(family.modelType());
    Map<String, String> found = new LinkedHashMap<>();
    for (String name : json.names()) {
      Key key = keys.get(name);
      if (key != null && key.effect() == Effect.ONLY && !key.isNeutral(json.get(name))) {
        found.put(name, key.meaning() + ", supported: " + key.allowed());
      }
    }
    return found;
  }

  /** Keys that nothing computes with although somebody may think so, in the order of the file. */
  static List<String> passedOver(ConfigJson json, Family family) {
    Map<String, Key> keys = of(family.modelType());
    List<String> found = new ArrayList<>();
    for (String name : json.names()) {
      Key key = keys.get(name);
      boolean foreign = key == null && !GenerationKeys.known().contains(name);
      boolean idle = key != null && key.effect() == Effect.IDLE && !key.isNeutral(json.get(name));
      if (foreign || idle) {
        found.add(name);
      }
    }
    return found;
  }
}
