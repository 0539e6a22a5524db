package headscope.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The shape of a model, from {@code config.json} in the form of transformers 4 or 5. Whatever the
 * file names and this engine does not implement is refused; nothing is ignored.
 *
 * @param family which parts differ from the other families
 * @param vocabulary token ids
 * @param hidden size of the residual stream
 * @param intermediate size of the MLP's inner layer
 * @param layers decoder layers
 * @param heads query heads a layer
 * @param keyValueHeads key/value heads a layer; {@code heads} is a multiple
 * @param headDim size of a head
 * @param normEpsilon what is added to the variance in every norm
 * @param tied whether the output matrix is the embedding
 * @param attentionBias whether the projections of attention have a bias
 * @param mlpBias whether those of the MLP have one
 * @param theta base of the rotary embedding
 * @param rotaryDims how many of a head's dimensions are rotated
 * @param ropeScaling how positions beyond the trained length are treated
 * @param maxPositions the longest sequence
 * @param endTokens ids that end a generation, those of {@code generation_config.json} included
 */
public record ModelConfig(
    Family family,
    int vocabulary,
    int hidden,
    int intermediate,
    int layers,
    int heads,
    int keyValueHeads,
    int headDim,
    double normEpsilon,
    boolean tied,
    boolean attentionBias,
    boolean mlpBias,
    double theta,
    int rotaryDims,
    RopeScaling ropeScaling,
    int maxPositions,
    Set<Integer> endTokens) {

  /** Keys that are read, and those that change nothing when text is generated greedily. */
  private static final Set<String> KNOWN =
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
          "pretraining_tp",
          "interpolate_factor",
          "full_attn_mod",
          "lm_head_bias",
          // without effect here
          "_attn_implementation",
          "_attn_implementation_autoset",
          "_name_or_path",
          "attention_dropout",
          "auto_map",
          "bos_token_id",
          "dtype",
          "embd_pdrop",
          "id2label",
          "initializer_range",
          "label2id",
          "name_or_path",
          "pad_token_id",
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
  private static final Map<String, Double> NEUTRAL =
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

  public ModelConfig {
    endTokens = Set.copyOf(endTokens);
  }

  /** Query heads in all. */
  public int totalHeads() {
    return layers * heads;
  }

  /**
   * Reads the shape of a checkpoint without its weights: what it is, and what it would take.
   *
   * @throws CheckpointException if it is no checkpoint, or of a kind that is not implemented
   */
  public static ModelConfig of(Checkpoint checkpoint) {
    return load(CheckpointFiles.of(checkpoint));
  }

  /** The numbers that were learned: what "an 8B model" counts. */
  public long parameters() {
    long queries = (long) heads * headDim;
    long keys = (long) keyValueHeads * headDim;
    long attention = hidden * (2 * queries + 2 * keys);
    long biases = attentionBias ? queries + 2 * keys + hidden : 0;
    long mlp = 3L * hidden * intermediate + (mlpBias ? 2L * intermediate + hidden : 0);
    long norms = 2L * hidden + (family.queryKeyNorm() ? 2L * headDim : 0);
    long embeddings = (tied ? 1L : 2L) * vocabulary * hidden;
    return embeddings + layers * (attention + biases + mlp + norms) + hidden;
  }

  /**
   * Bytes that weights and keys and values of one sequence take; the Java machine and the engine
   * come on top with some 500 MB.
   *
   * @param dtype of the weights; keys and values are float32
   * @param tokens prompt and answer together
   */
  public long memory(LoadOptions.Dtype dtype, long tokens) {
    return parameters() * dtype.bytes + 8 * tokens * layers * keyValueHeads * headDim;
  }

  static ModelConfig load(CheckpointFiles files) {
    ConfigJson json = json(files, "config.json");
    Family family = family(json);
    Set<String> known = new TreeSet<>(KNOWN);
    known.addAll(NEUTRAL.keySet());
    json.checkKeys(known);
    checkFixed(json);
    checkGreedy(json);

    int hidden = json.size("hidden_size");
    int heads = json.size("num_attention_heads");
    int keyValueHeads = json.size("num_key_value_heads", heads);
    if (heads % keyValueHeads != 0) {
      throw json.refuse("num_key_value_heads", "a divisor of num_attention_heads = " + heads);
    }
    int headDim = json.size("head_dim", family.headDim() > 0 ? family.headDim() : hidden / heads);
    if (headDim < 2 || headDim % 2 != 0) {
      throw new CheckpointException(
          json.file()
              + " makes heads of "
              + headDim
              + " dimensions (head_dim, or hidden_size /"
              + " num_attention_heads); supported: an even number");
    }
    int maxPositions =
        json.size("max_position_embeddings", family.modelType().equals("llama") ? 2048 : 32768);
    Rope rope = rope(json, family, headDim, maxPositions);
    Set<Integer> endTokens = new TreeSet<>(json.ids("eos_token_id"));
    if (files.has("generation_config.json")) {
      ConfigJson generation = json(files, "generation_config.json");
      checkGreedy(generation);
      endTokens.addAll(generation.ids("eos_token_id"));
    }
    ModelConfig config =
        new ModelConfig(
            family,
            json.size("vocab_size"),
            hidden,
            json.size("intermediate_size"),
            json.size("num_hidden_layers"),
            heads,
            keyValueHeads,
            headDim,
            json.positive("rms_norm_eps", 1e-6),
            json.flag("tie_word_embeddings", false),
            json.flag("attention_bias", false) && !family.fused(),
            json.flag("mlp_bias", false) && !family.fused(),
            rope.theta(),
            rope.dims(),
            rope.scaling(),
            rope.maxPositions(),
            endTokens);
    checkSlidingWindow(json, config);
    return config;
  }

  private static ConfigJson json(CheckpointFiles files, String name) {
    String text = files.text(name);
    try {
      JsonElement e = JsonParser.parseString(text);
      if (e.isJsonObject()) {
        return new ConfigJson(files.path(name), e.getAsJsonObject());
      }
    } catch (JsonParseException | NumberFormatException e) {
      throw new CheckpointException(files.path(name) + " is no JSON: " + e.getMessage(), e);
    }
    throw new CheckpointException(files.path(name) + " is no JSON object");
  }

  private static Family family(ConfigJson json) {
    String type = json.string("model_type");
    return Family.ALL.stream()
        .filter(f -> f.modelType().equals(type))
        .findFirst()
        .orElseThrow(
            () ->
                json.refuse(
                    "model_type",
                    Family.ALL.stream()
                        .map(f -> f.modelType() + " (" + f.architecture() + ")")
                        .collect(Collectors.joining(", "))));
  }

  private static void checkGreedy(ConfigJson json) {
    NEUTRAL.forEach(
        (key, neutral) -> {
          if (json.has(key) && json.number(key) != neutral) {
            throw json.refuse(key, neutral.intValue() + ", since generation is plainly greedy");
          }
        });
  }

  /** Keys of which only one value is implemented. */
  private static void checkFixed(ConfigJson json) {
    if (json.has("hidden_act") && !json.string("hidden_act").equals("silu")) {
      throw json.refuse("hidden_act", "silu");
    }
    for (String key : List.of("pretraining_tp", "interpolate_factor", "full_attn_mod")) {
      if (json.has(key) && json.number(key) != 1) {
        throw json.refuse(key, "1");
      }
    }
    if (json.flag("lm_head_bias", false)) {
      throw json.refuse("lm_head_bias", "false");
    }
    if (json.has("layer_types")) {
      boolean full =
          json.get("layer_types").isJsonArray()
              && json.get("layer_types").getAsJsonArray().asList().stream()
                  .allMatch(e -> e.isJsonPrimitive() && e.getAsString().equals("full_attention"));
      if (!full) {
        throw json.refuse("layer_types", "full_attention in every layer");
      }
    }
  }

  private static void checkSlidingWindow(ConfigJson json, ModelConfig config) {
    // transformers reads the window of Qwen3 only where use_sliding_window is true
    boolean used = json.flag("use_sliding_window", !config.family().modelType().equals("qwen3"));
    if (used && json.has("sliding_window") && json.size("sliding_window") < config.maxPositions()) {
      throw json.refuse(
          "sliding_window", "null, or at least max_position_embeddings = " + config.maxPositions());
    }
  }

  /** The rotary embedding as config.json describes it. */
  private record Rope(double theta, int dims, RopeScaling scaling, int maxPositions) {}

  private static Rope rope(ConfigJson json, Family family, int headDim, int maxPositions) {
    // transformers 5 has everything in rope_parameters; 4 has rope_scaling and the rest outside
    String form = json.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    if (json.has("rope_parameters") && json.has("rope_scaling")) {
      throw json.refuse("rope_scaling", "either rope_scaling or rope_parameters");
    }
    ConfigJson r =
        json.has(form) ? json.object(form) : new ConfigJson(json.file(), new JsonObject());
    double theta = r.positive("rope_theta", json.positive("rope_theta", 10000));
    double share = r.positive("partial_rotary_factor", json.positive("partial_rotary_factor", 1));
    int dims = (int) (headDim * share);
    if (share > 1 || share != 1 && !family.partialRotary() || dims < 2 || dims % 2 != 0) {
      throw new CheckpointException(
          String.format(
              Locale.ROOT,
              "%s has partial_rotary_factor = %s; supported: %s",
              json.file(),
              share,
              family.partialRotary() ? "a share of the head that is an even number" : "1"));
    }
    String key = r.has("rope_type") ? "rope_type" : "type";
    String kind = r.has(key) ? r.string(key) : "default";
    int original =
        json.size(
            "original_max_position_embeddings",
            r.size("original_max_position_embeddings", maxPositions));
    Set<String> common = Set.of("rope_type", "type", "rope_theta", "partial_rotary_factor");
    switch (kind) {
      case "default":
        known(r, common);
        return new Rope(theta, dims, new RopeScaling.Default(), maxPositions);
      case "linear":
        known(r, common, "factor");
        return new Rope(theta, dims, new RopeScaling.Linear(r.positive("factor")), maxPositions);
      case "llama3":
        known(
            r,
            common,
            "factor",
            "low_freq_factor",
            "high_freq_factor",
            "original_max_position_embeddings");
        double low = r.positive("low_freq_factor");
        double high = r.positive("high_freq_factor");
        if (high <= low) {
          throw r.refuse("high_freq_factor", "more than low_freq_factor = " + low);
        }
        return new Rope(
            theta,
            dims,
            new RopeScaling.Llama3(r.positive("factor"), low, high, original),
            maxPositions);
      case "yarn":
        known(
            r,
            common,
            "factor",
            "original_max_position_embeddings",
            "attention_factor",
            "beta_fast",
            "beta_slow",
            "mscale",
            "mscale_all_dim",
            "truncate");
        double factor = r.positive("factor", (double) maxPositions / original);
        double attention =
            r.positive(
                "attention_factor",
                RopeScaling.Yarn.attentionFactor(
                    factor, r.number("mscale", 0), r.number("mscale_all_dim", 0)));
        // published configs often keep the trained length in max_position_embeddings
        return new Rope(
            theta,
            dims,
            new RopeScaling.Yarn(
                factor,
                original,
                attention,
                r.positive("beta_fast", 32),
                r.positive("beta_slow", 1),
                r.flag("truncate", true)),
            (int) Math.min(Integer.MAX_VALUE, Math.max(maxPositions, factor * original)));
      case "longrope":
      case "su": // its name in the first Phi-3 files
        known(
            r,
            common,
            "short_factor",
            "long_factor",
            "factor",
            "attention_factor",
            "original_max_position_embeddings");
        if (original < 2) {
          throw json.refuse("original_max_position_embeddings", "at least 2");
        }
        double stretch = r.positive("factor", (double) maxPositions / original);
        return new Rope(
            theta,
            dims,
            new RopeScaling.LongRope(
                r.numbers("short_factor", dims / 2),
                r.numbers("long_factor", dims / 2),
                original,
                r.positive(
                    "attention_factor", RopeScaling.LongRope.attentionFactor(stretch, original))),
            maxPositions);
      default:
        throw r.refuse(key, "default, linear, llama3, yarn, longrope");
    }
  }

  private static void known(ConfigJson rope, Set<String> common, String... more) {
    rope.checkKeys(Stream.concat(common.stream(), Stream.of(more)).collect(Collectors.toSet()));
  }
}
