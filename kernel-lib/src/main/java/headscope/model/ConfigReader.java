package headscope.model;

import headscope.warning.Warnings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads a {@link ModelConfig} from {@code config.json} in the form of transformers 4 or 5. What
 * changes the result and is not implemented is refused, what changes nothing is passed over, each
 * in one message that names all such keys; {@link ConfigKeys} says which is which.
 */
final class ConfigReader {
  private ConfigReader() {}

  static ModelConfig read(CheckpointFiles files) {
    ConfigJson json = ConfigJson.read(files, "config.json");
    Family family = family(json);
    Quantisation.check(json);
    checkImplemented(json, family);
    checkLayerTypes(json);
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
      ConfigJson generation = ConfigJson.read(files, "generation_config.json");
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
    warn(json, family);
    return config;
  }

  /** One refusal for everything that would change the result. */
  private static void checkImplemented(ConfigJson json, Family family) {
    Map<String, String> found = new LinkedHashMap<>(ConfigKeys.unimplemented(json, family));
    found.putAll(Rope.unimplemented(json, family));
    if (!found.isEmpty()) {
      throw new CheckpointException(
          String.format(
              "%s asks for what changes the result and is not implemented: %s. Take a model of this"
                  + " family that does without, or run this one with transformers",
              json.file(),
              found.entrySet().stream()
                  .map(e -> json.at(e.getKey()) + " (" + e.getValue() + ")")
                  .collect(Collectors.joining("; "))));
    }
  }

  /** One warning for everything that computes nothing. */
  private static void warn(ConfigJson json, Family family) {
    List<String> found = new ArrayList<>(ConfigKeys.passedOver(json, family));
    found.addAll(Rope.passedOver(json, family));
    if (!found.isEmpty()) {
      Warnings.say(
          String.format(
              "%s: passed over, since a %s model of transformers computes nothing with them: %s",
              json.file(), family.modelType(), String.join(", ", found)));
    }
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

  private static void checkLayerTypes(ConfigJson json) {
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
