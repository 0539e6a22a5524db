package headscope.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads a {@link ModelConfig} from {@code config.json} in the form of transformers 4 or 5. Whatever
 * the file names and this engine does not implement is refused; nothing is ignored.
 */
final class ConfigReader {
  private ConfigReader() {}

  static ModelConfig read(CheckpointFiles files) {
    ConfigJson json = json(files, "config.json");
    Family family = family(json);
    json.checkKeys(ConfigKeys.known());
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
    Rope rope = Rope.read(json, family, headDim, maxPositions);
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
            rope,
            rope.scaling().positions(maxPositions),
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
    ConfigKeys.NEUTRAL.forEach(
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
}
