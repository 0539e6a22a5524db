package headscope.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import headscope.model.Family.Trait;
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
    checkFixed(json, family);
    checkGreedy(json);

    Family.Defaults defaults = family.defaults();
    int hidden = json.size("hidden_size");
    int heads = json.size("num_attention_heads");
    boolean silent = json.isAbsent("num_key_value_heads") && defaults.keyValueHeads() > 0;
    int keyValueHeads = silent ? defaults.keyValueHeads() : json.size("num_key_value_heads", heads);
    if (heads % keyValueHeads != 0) {
      throw json.refuse("num_key_value_heads", "a divisor of num_attention_heads = " + heads);
    }
    int headDim =
        json.size("head_dim", defaults.headDim() > 0 ? defaults.headDim() : hidden / heads);
    if (headDim < 2 || headDim % 2 != 0) {
      throw new CheckpointException(
          json.file()
              + " makes heads of "
              + headDim
              + " dimensions (head_dim, or hidden_size /"
              + " num_attention_heads); supported: an even number");
    }
    int trained = json.size("max_position_embeddings", defaults.positions());
    List<LayerType> types =
        LayerTypes.read(json, family, json.size("num_hidden_layers"), headDim, trained);
    int maxPositions = positions(types, trained);
    double scalar =
        family.has(Trait.QUERY_SCALAR) ? json.positive("query_pre_attn_scalar", 256) : headDim;
    Set<Integer> endTokens = new TreeSet<>(json.ids("eos_token_id"));
    if (files.has("generation_config.json")) {
      ConfigJson generation = json(files, "generation_config.json");
      checkGreedy(generation);
      endTokens.addAll(generation.ids("eos_token_id"));
    }
    return new ModelConfig(
        family,
        json.size("vocab_size"),
        hidden,
        json.size("intermediate_size"),
        heads,
        keyValueHeads,
        headDim,
        json.positive("rms_norm_eps", defaults.normEpsilon()),
        json.flag("tie_word_embeddings", family.has(Trait.TIED)),
        biases(json, family),
        1 / Math.sqrt(scalar),
        types.stream().map(t -> t.within(maxPositions)).toList(),
        maxPositions,
        endTokens);
  }

  /** The longest sequence that the scaling of every layer reaches. */
  private static int positions(List<LayerType> types, int trained) {
    return types.stream()
        .flatMap(t -> t.rope().stream())
        .mapToInt(r -> r.scaling().positions(trained))
        .max()
        .orElse(trained);
  }

  private static ModelConfig.Biases biases(ConfigJson json, Family family) {
    boolean attention = family.has(Trait.ATTENTION_BIAS) && json.flag("attention_bias", false);
    return new ModelConfig.Biases(
        attention || family.has(Trait.QUERY_KEY_VALUE_BIAS),
        attention,
        family.has(Trait.MLP_BIAS) && json.flag("mlp_bias", false));
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
  private static void checkFixed(ConfigJson json, Family family) {
    boolean gelu = family.has(Trait.GELU);
    String key = gelu ? "hidden_activation" : "hidden_act";
    String activation = gelu ? "gelu_pytorch_tanh" : "silu";
    if (json.has(key) && !json.string(key).equals(activation)) {
      throw json.refuse(key, activation);
    }
    for (String one : List.of("interpolate_factor", "full_attn_mod")) {
      if (json.has(one) && json.number(one) != 1) {
        throw json.refuse(one, "1");
      }
    }
    for (String off : List.of("lm_head_bias", "use_bidirectional_attention")) {
      if (json.flag(off, false)) {
        throw json.refuse(off, "false");
      }
    }
  }
}
