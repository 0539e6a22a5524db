package headscope.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One architecture of GGUF files, and the family of transformers that it stands for.
 *
 * @param name {@code general.architecture}
 * @param modelType {@code model_type} of config.json
 * @param interleaved whether the rows of query and key are stored with the two halves of each head
 *     as neighbours
 * @param tensors what transformers calls the tensors of a layer, by their names in the file
 */
record GgufArchitecture(
    String name, String modelType, boolean interleaved, Map<String, String> tensors) {

  private static final Map<String, String> TENSORS =
      Map.of(
          "attn_norm", "input_layernorm",
          "attn_q", "self_attn.q_proj",
          "attn_k", "self_attn.k_proj",
          "attn_v", "self_attn.v_proj",
          "attn_output", "self_attn.o_proj",
          "ffn_norm", "post_attention_layernorm",
          "ffn_gate", "mlp.gate_proj",
          "ffn_up", "mlp.up_proj",
          "ffn_down", "mlp.down_proj");

  private static final Map<String, String> NORMED =
      with("attn_q_norm", "self_attn.q_norm", "attn_k_norm", "self_attn.k_norm");

  /** The architectures that are read: a new one is a row here. */
  static final List<GgufArchitecture> ALL =
      List.of(
          new GgufArchitecture("llama", "llama", true, TENSORS), // Mistral, too
          new GgufArchitecture("qwen2", "qwen2", false, TENSORS),
          new GgufArchitecture("qwen3", "qwen3", false, NORMED),
          new GgufArchitecture(
              "phi3",
              "phi3",
              false,
              with("attn_qkv", "self_attn.qkv_proj", "ffn_up", "mlp.gate_up_proj")),
          new GgufArchitecture(
              "gemma3",
              "gemma3_text",
              false,
              with(
                  "attn_q_norm", "self_attn.q_norm",
                  "attn_k_norm", "self_attn.k_norm",
                  "post_attention_norm", "post_attention_layernorm",
                  "ffn_norm", "pre_feedforward_layernorm",
                  "post_ffw_norm", "post_feedforward_layernorm")),
          new GgufArchitecture("smollm3", "smollm3", true, TENSORS),
          new GgufArchitecture(
              "olmo2",
              "olmo2",
              false,
              with(
                  "attn_q_norm", "self_attn.q_norm",
                  "attn_k_norm", "self_attn.k_norm",
                  "post_attention_norm", "post_attention_layernorm",
                  "post_ffw_norm", "post_feedforward_layernorm")));

  private static Map<String, String> with(String... more) {
    Map<String, String> all = new HashMap<>(TENSORS);
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return Map.copyOf(all);
  }

  /** The family of transformers that it stands for. */
  Family family() {
    return Family.ALL.stream()
        .filter(f -> f.modelType().equals(modelType))
        .findFirst()
        .orElseThrow();
  }

  static Optional<GgufArchitecture> of(String name) {
    return ALL.stream().filter(a -> a.name().equals(name)).findFirst();
  }

  /** The names that are known, for messages. */
  static String known() {
    return ALL.stream().map(GgufArchitecture::name).collect(Collectors.joining(", "));
  }

  /** What transformers calls a tensor; one that no family has keeps its name. */
  String tensor(String name) {
    switch (name) {
      case "token_embd.weight":
        return "model.embed_tokens.weight";
      case "output_norm.weight":
        return "model.norm.weight";
      case "output.weight":
        return "lm_head.weight";
      default:
        String[] words = name.split("\\.", 4); // blk, layer, what, weight or bias
        String known = words.length == 4 ? tensors.get(words[2]) : null;
        return known == null || !words[0].equals("blk")
            ? name
            : "model.layers." + words[1] + "." + known + "." + words[3];
    }
  }
}
