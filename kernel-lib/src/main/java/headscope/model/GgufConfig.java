package headscope.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import headscope.failure.Section;
import headscope.gguf.Gguf;
import headscope.gguf.GgufTensor;
import headscope.gguf.Metadata;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The config.json and generation_config.json that the metadata of a GGUF file stand for. Keys that
 * change what a model computes and are not implemented are refused by name; others are passed over.
 *
 * <p>One class of some length: it is the table of what each key of the metadata means, read from
 * top to bottom.
 */
final class GgufConfig {
  /** Files that carry the name of a training run, and the name under which they were published. */
  private static final Map<String, String> PUBLISHED =
      Map.of("Smollm2 135M 8k Lc100K Mix1 Ep2", "SmolLM2-135M-Instruct");

  private static final String ROPE_FREQUENCIES = "rope_freqs.weight";
  private static final String ROPE_LONG = "rope_factors_long.weight";
  private static final String ROPE_SHORT = "rope_factors_short.weight";

  /**
   * Keys behind the architecture's name that llama.cpp computes with and this engine does not, with
   * the only value that changes nothing.
   */
  private static final Map<String, Double> NEUTRAL = new LinkedHashMap<>();

  static {
    for (String zero :
        List.of(
            "expert_count",
            "expert_used_count",
            "expert_shared_count",
            "leading_dense_block_count",
            "nextn_predict_layers",
            "attn_logit_softcapping",
            "final_logit_softcapping",
            "router_logit_softcapping",
            "attention.clamp_kqv",
            "attention.max_alibi_bias",
            "attention.q_lora_rank",
            "attention.kv_lora_rank",
            "attention.temperature_length",
            "attention.temperature_scale",
            "attention.shared_kv_layers",
            "attention.indexer.top_k",
            "rope.scaling.yarn_log_multiplier",
            "rope.scaling.alpha",
            "embedding_length_per_layer_input",
            "n_deepstack_layers",
            "swiglu_clamp_exp",
            "ssm.state_size",
            "wkv.head_size")) {
      NEUTRAL.put(zero, 0.0);
    }
    for (String one :
        List.of(
            "logit_scale",
            "residual_scale",
            "embedding_scale",
            "attention.output_scale",
            "rope.scaling.yarn_ext_factor")) {
      NEUTRAL.put(one, 1.0);
    }
  }

  private final Gguf gguf;
  private final Metadata metadata;
  private final Path file;
  private final GgufArchitecture architecture;
  private final int headDim;

  /**
   * Reads the metadata of an open file.
   *
   * @throws CheckpointException if they describe what is not implemented
   */
  GgufConfig(Gguf gguf) {
    this.gguf = gguf;
    this.metadata = gguf.metadata();
    this.file = gguf.files().get(0);
    checkType();
    String name = metadata.text("general.architecture");
    this.architecture =
        GgufArchitecture.of(name)
            .orElseThrow(() -> refuse("general.architecture", GgufArchitecture.known()));
    checkNeutral();
    this.headDim = readHeadDim();
  }

  GgufArchitecture architecture() {
    return architecture;
  }

  int headDim() {
    return headDim;
  }

  /** The model's name; where the metadata have none, the file's. */
  static String name(Metadata metadata, Path file) {
    String key = "general.name";
    return metadata.has(key) && !metadata.text(key).isBlank()
        ? PUBLISHED.getOrDefault(metadata.text(key), metadata.text(key))
        : file.getFileName().toString().replaceFirst("(-\\d{5}-of-\\d{5})?\\.gguf$", "");
  }

  /** Whether a tensor holds factors of the rotary embedding, which the config has. */
  static boolean isOfRope(String tensor) {
    return Set.of(ROPE_FREQUENCIES, ROPE_LONG, ROPE_SHORT).contains(tensor);
  }

  private CheckpointException refuse(String key, String allowed) {
    return new CheckpointException(
        Section.GGUF,
        String.format("%s has %s = %s; supported: %s", file, key, metadata.show(key), allowed));
  }

  private void checkType() {
    String key = "general.type";
    if (metadata.has(key) && !metadata.text(key).equals("model")) {
      throw refuse(key, "model: the file holds no whole model");
    }
  }

  private void checkNeutral() {
    NEUTRAL.forEach(
        (suffix, neutral) -> {
          String key = key(suffix);
          if (metadata.has(key) && (metadata.isList(key) || metadata.number(key) != neutral)) {
            throw refuse(key, neutral.intValue() + ", since this is not implemented");
          }
        });
    String causal = key("attention.causal");
    if (metadata.has(causal) && !metadata.flag(causal)) {
      throw refuse(causal, "true");
    }
    String sections = key("rope.dimension_sections");
    if (metadata.has(sections)) {
      throw refuse(sections, "none: rotary embeddings of images are not implemented");
    }
  }

  private String key(String suffix) {
    return architecture.name() + "." + suffix;
  }

  private boolean has(String suffix) {
    return metadata.has(key(suffix));
  }

  /** A size; where the file has one for each layer, they have to be alike. */
  private int size(String suffix) {
    String key = key(suffix);
    long[] all = metadata.isList(key) ? metadata.integers(key) : new long[] {metadata.integer(key)};
    for (long n : all) {
      if (n < 1 || n > Integer.MAX_VALUE || n != all[0]) {
        throw refuse(
            key, "a whole number from 1 to " + Integer.MAX_VALUE + ", the same in every layer");
      }
    }
    if (all.length == 0) {
      throw refuse(key, "a whole number");
    }
    return (int) all[0];
  }

  private int size(String suffix, int otherwise) {
    return has(suffix) ? size(suffix) : otherwise;
  }

  private double positive(String suffix, double otherwise) {
    return has(suffix) ? positive(suffix) : otherwise;
  }

  private double positive(String suffix) {
    double d = metadata.number(key(suffix));
    if (d <= 0) {
      throw refuse(key(suffix), "a number above 0");
    }
    return d;
  }

  private int readHeadDim() {
    int otherwise = size("embedding_length") / size("attention.head_count");
    int keys = size("attention.key_length", Math.max(1, otherwise));
    if (size("attention.value_length", Math.max(1, otherwise)) != keys) {
      throw refuse(
          key(has("attention.value_length") ? "attention.value_length" : "attention.key_length"),
          "heads whose keys and values have one size, that of "
              + key("attention.key_length")
              + " or "
              + key("embedding_length")
              + " / "
              + key("attention.head_count"));
    }
    return keys;
  }

  /** What config.json would hold. */
  JsonObject config() {
    JsonObject c = new JsonObject();
    int heads = size("attention.head_count");
    int positions = size("context_length");
    c.addProperty("model_type", architecture.modelType());
    c.addProperty("vocab_size", vocabulary());
    c.addProperty("hidden_size", size("embedding_length"));
    c.addProperty("intermediate_size", size("feed_forward_length"));
    c.addProperty("num_hidden_layers", size("block_count"));
    c.addProperty("num_attention_heads", heads);
    c.addProperty("num_key_value_heads", size("attention.head_count_kv", heads));
    c.addProperty("head_dim", headDim);
    c.addProperty("rms_norm_eps", positive("attention.layer_norm_rms_epsilon"));
    c.addProperty("max_position_embeddings", positions);
    c.addProperty("tie_word_embeddings", !gguf.tensors().containsKey("output.weight"));
    if (gguf.tensors().containsKey("blk.0.attn_output.bias")) {
      c.addProperty("attention_bias", true);
    }
    if (gguf.tensors().containsKey("blk.0.ffn_up.bias")) {
      c.addProperty("mlp_bias", true);
    }
    boolean gemma = architecture.modelType().equals("gemma3_text");
    if (has("attention.sliding_window") && metadata.integer(key("attention.sliding_window")) > 0) {
      window(c, positions);
    } else if (gemma) {
      throw new CheckpointException(
          Section.GGUF,
          file + " lacks the key " + key("attention.sliding_window") + ", which Gemma 3 has");
    }
    JsonObject rope = gemma ? gemmaRope(c, positions) : rope(positions);
    String original = "original_max_position_embeddings";
    if (architecture.modelType().equals("phi3") && rope.has(original)) {
      c.add(original, rope.remove(original)); // where transformers reads it for this family
    }
    c.add("rope_parameters", rope);
    return c;
  }

  /** llama.cpp reads a window for Phi-3 and Gemma 3; elsewhere it has to be without effect. */
  private void window(JsonObject c, int positions) {
    int window = size("attention.sliding_window");
    if (List.of("phi3", "gemma3_text").contains(architecture.modelType())) {
      c.addProperty("sliding_window", window);
    } else if (window < positions) {
      throw refuse(key("attention.sliding_window"), "0, or at least " + key("context_length"));
    }
  }

  /** What llama.cpp has fixed for Gemma 3, since no file says it; other values are refused. */
  private JsonObject gemmaRope(JsonObject c, int positions) {
    Map<String, Double> fixed =
        Map.of("attention.sliding_window_pattern", 6.0, "rope.freq_base_swa", 10_000.0);
    fixed.forEach(
        (suffix, value) -> {
          if (has(suffix)
              && (metadata.isList(key(suffix)) || metadata.number(key(suffix)) != value)) {
            throw refuse(key(suffix), value + " alone");
          }
        });
    c.addProperty("sliding_window_pattern", 6);
    // of the model with 62 layers alone the scores are not scaled by the size of a head
    c.addProperty(
        "query_pre_attn_scalar",
        size("block_count") == 62
            ? size("embedding_length") / size("attention.head_count")
            : headDim);
    JsonObject local = new JsonObject();
    local.addProperty("rope_type", "default");
    local.addProperty("rope_theta", 10_000.0);
    JsonObject both = new JsonObject();
    both.add("full_attention", rope(positions));
    both.add("sliding_attention", local);
    return both;
  }

  /** The rows of the embedding decide; a file without tensors may have a tokenizer all the same. */
  private long vocabulary() {
    GgufTensor embedding = gguf.tensors().get("token_embd.weight");
    return embedding == null ? size("vocab_size") : embedding.shape().get(0);
  }

  private JsonObject rope(int positions) {
    JsonObject r = new JsonObject();
    double theta = positive("rope.freq_base", 10000);
    r.addProperty("rope_theta", theta);
    int dims = size("rope.dimension_count", headDim);
    if (dims != headDim) {
      if (!architecture.modelType().equals("phi3")) {
        throw refuse(key("rope.dimension_count"), "the dimensions of a head, " + headDim);
      }
      double share = (double) dims / headDim;
      r.addProperty(
          "partial_rotary_factor", (int) (headDim * share) == dims ? share : Math.nextUp(share));
    }
    scaling(r, dims, theta, positions);
    return r;
  }

  private void scaling(JsonObject r, int dims, double theta, int positions) {
    Set<String> found = new TreeSet<>(gguf.tensors().keySet());
    found.retainAll(Set.of(ROPE_FREQUENCIES, ROPE_LONG, ROPE_SHORT));
    String typeKey = key("rope.scaling.type");
    String factorKey =
        key(has("rope.scaling.factor") ? "rope.scaling.factor" : "rope.scale_linear");
    double factor = metadata.has(factorKey) ? metadata.number(factorKey) : 1;
    boolean scaled = factor != 1 && factor != 0; // llama.cpp takes 0 for none
    String type = metadata.has(typeKey) ? metadata.text(typeKey) : scaled ? "linear" : "none";
    if (!found.isEmpty() && (type.equals("yarn") || scaled)) {
      throw new CheckpointException(
          Section.GGUF,
          String.format(
              "%s has %s and, beside it, %s = %s; only one scaling of the rotary embedding is"
                  + " implemented",
              file,
              found.iterator().next(),
              metadata.has(typeKey) ? typeKey : factorKey,
              metadata.show(metadata.has(typeKey) ? typeKey : factorKey)));
    }
    double attention = positive("rope.scaling.attn_factor", 1);
    if (found.contains(ROPE_LONG) || found.contains(ROPE_SHORT)) {
      longRope(r, dims, positions, attention);
      return;
    }
    switch (type) {
      case "none":
        break;
      case "linear":
        if (scaled) {
          r.addProperty("rope_type", "linear");
          r.addProperty("factor", positive(factorKey.substring(key("").length()), 1));
        }
        break;
      case "yarn":
        yarn(r, positions, factorKey, attention);
        return;
      case "longrope":
        throw refuse(typeKey, "the factors as tensors, " + ROPE_LONG + " and " + ROPE_SHORT);
      default:
        throw refuse(typeKey, "none, linear, yarn, longrope");
    }
    if (found.contains(ROPE_FREQUENCIES)) {
      double[] divisors = divisors(ROPE_FREQUENCIES, dims);
      if (Arrays.stream(divisors).anyMatch(d -> d != 1)) {
        divided(r, divisors, theta, positions);
      }
    }
    if (attention != 1) {
      throw refuse(key("rope.scaling.attn_factor"), "1, unless with yarn or longrope");
    }
  }

  private void yarn(JsonObject r, int positions, String factorKey, double attention) {
    double factor = positive(factorKey.substring(key("").length()), 1);
    r.addProperty("rope_type", "yarn");
    r.addProperty("factor", factor);
    r.addProperty(
        "original_max_position_embeddings",
        size("rope.scaling.original_context_length", positions));
    // the first is a factor beside YaRN's own, the second stands in its place
    double own = factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1;
    if (attention != 1 || has("rope.scaling.yarn_attn_factor")) {
      r.addProperty("attention_factor", attention * positive("rope.scaling.yarn_attn_factor", own));
    }
    if (has("rope.scaling.yarn_beta_fast")) {
      r.addProperty("beta_fast", positive("rope.scaling.yarn_beta_fast", 32));
    }
    if (has("rope.scaling.yarn_beta_slow")) {
      r.addProperty("beta_slow", positive("rope.scaling.yarn_beta_slow", 1));
    }
  }

  private void longRope(JsonObject r, int dims, int positions, double attention) {
    r.addProperty("rope_type", "longrope");
    r.add("long_factor", array(divisors(ROPE_LONG, dims)));
    r.add("short_factor", array(divisors(ROPE_SHORT, dims)));
    r.addProperty("attention_factor", attention);
    r.addProperty(
        "original_max_position_embeddings",
        size("rope.scaling.original_context_length", positions));
  }

  /** Factors of the rotary embedding: [dims / 2]. */
  private double[] divisors(String tensor, int dims) {
    GgufTensor t = gguf.tensor(tensor);
    if (t.elements() != dims / 2) {
      throw new CheckpointException(
          Section.GGUF,
          String.format(
              "%s has %d factors in %s for %d rotated dimensions; wanted: %d",
              file, t.elements(), tensor, dims, dims / 2));
    }
    float[] values = new float[dims / 2];
    gguf.read(t, 0, FloatBuffer.wrap(values));
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      if (!(values[i] > 0) || !Float.isFinite(values[i])) {
        throw new CheckpointException(
            Section.GGUF,
            String.format(
                "%s has the factor %s in %s; wanted: numbers above 0", file, values[i], tensor));
      }
      wide[i] = values[i];
    }
    return wide;
  }

  private static JsonArray array(double[] values) {
    JsonArray a = new JsonArray();
    for (double v : values) {
      a.add(v);
    }
    return a;
  }

  /**
   * Divisors of the inverse frequencies. So arrives the scaling of Llama 3, whose own parameters
   * are sought: computed from them, every frequency is that of transformers to the last bit. Other
   * divisors are a LongRoPE whose two lists are one.
   */
  private static void divided(JsonObject r, double[] divisors, double theta, int positions) {
    double factor = 1;
    for (double d : divisors) {
      factor = Math.max(factor, d);
    }
    for (int original = 16; original <= 1 << 20; original *= 2) {
      for (int high = 2; high <= 32; high++) {
        if (isLlama3(divisors, theta, factor, high, original)) {
          r.addProperty("rope_type", "llama3");
          r.addProperty("factor", factor);
          r.addProperty("low_freq_factor", 1);
          r.addProperty("high_freq_factor", high);
          r.addProperty("original_max_position_embeddings", original);
          return;
        }
      }
    }
    r.addProperty("rope_type", "longrope");
    r.add("long_factor", array(divisors));
    r.add("short_factor", array(divisors));
    r.addProperty("attention_factor", 1);
    r.addProperty("original_max_position_embeddings", positions);
  }

  /** Whether the divisors are those of a Llama 3 scaling, as exactly as float32 has them. */
  private static boolean isLlama3(
      double[] divisors, double theta, double factor, int high, int original) {
    for (int i = 0; i < divisors.length; i++) {
      double wave = 2 * Math.PI * Math.pow(theta, (double) i / divisors.length);
      double smooth =
          Math.min(1, Math.max(0, (original / wave - 1) / (high - 1))); // 0: divided, 1: kept
      double expected = 1 / ((1 - smooth) / factor + smooth);
      if (Math.abs(divisors[i] / expected - 1) > 2e-6) {
        return false;
      }
    }
    return true;
  }

  /** What generation_config.json would hold: every end of a turn ends a generation. */
  static JsonObject generation(Metadata metadata) {
    JsonObject g = new JsonObject();
    JsonArray ids = new JsonArray();
    GgufTokenizer.endTokens(metadata).forEach(ids::add);
    if (!ids.isEmpty()) {
      g.add("eos_token_id", ids);
    }
    String penalty = "general.sampling.penalty_repeat";
    if (metadata.has(penalty)) {
      g.addProperty("repetition_penalty", metadata.number(penalty));
    }
    return g;
  }
}
