package headscope.model;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What the keys of {@code config.json} do. */
final class ConfigKeys {
  /** Keys that are read, and those that change nothing when text is generated greedily. */
  static final Set<String> KNOWN =
      Set.of(
          // read
          "model_type",
          "architectures",
          "vocab_size",
          "hidden_size",
          "intermediate_size",
          "num_hidden_layers",
          "num_attention_heads",
          "num_key_value_heads",
          "head_dim",
          "rms_norm_eps",
          "tie_word_embeddings",
          "attention_bias",
          "mlp_bias",
          "rope_theta",
          "partial_rotary_factor",
          "rope_scaling",
          "rope_parameters",
          "max_position_embeddings",
          "original_max_position_embeddings",
          "eos_token_id",
          "hidden_act",
          "sliding_window",
          "use_sliding_window",
          "layer_types",
          "max_window_layers",
          "no_rope_layers",
          "no_rope_layer_interval",
          "sliding_window_pattern",
          "rope_local_base_freq",
          "query_pre_attn_scalar",
          "hidden_activation",
          "use_bidirectional_attention",
          "interpolate_factor",
          "full_attn_mod",
          "lm_head_bias",
          // without effect here
          "_attn_implementation",
          "_attn_implementation_autoset",
          "_name_or_path",
          "_sliding_window_pattern", // its layers are in layer_types
          "attention_dropout",
          "auto_map",
          "bos_token_id",
          "cache_implementation",
          "dtype",
          "embd_pdrop",
          "id2label",
          "initializer_range",
          "label2id",
          "name_or_path",
          "pad_token_id",
          "pretraining_tp", // how products are cut, not what they are
          "resid_pdrop",
          "return_dict",
          "torch_dtype",
          "transformers_version",
          "unsloth_fixed",
          "unsloth_version",
          "use_cache",
          // of sampling, and of tasks that are none of ours
          "do_sample",
          "early_stopping",
          "length_penalty",
          "max_length",
          "max_new_tokens",
          "min_p",
          "num_return_sequences",
          "problem_type",
          "temperature",
          "tokenizer_class",
          "top_k",
          "top_p",
          "typical_p");

  /** Keys that change greedy generation unless they have this value. */
  static final Map<String, Double> NEUTRAL =
      Map.of(
          "repetition_penalty", 1.0,
          "encoder_repetition_penalty", 1.0,
          "no_repeat_ngram_size", 0.0,
          "encoder_no_repeat_ngram_size", 0.0,
          "min_length", 0.0,
          "min_new_tokens", 0.0,
          "num_beams", 1.0,
          "num_beam_groups", 1.0,
          "diversity_penalty", 0.0,
          "chunk_size_feed_forward", 0.0);

  private ConfigKeys() {}

  static Set<String> known() {
    Set<String> known = new TreeSet<>(KNOWN);
    known.addAll(NEUTRAL.keySet());
    return known;
  }
}
