package headscope.model;

import headscope.failure.Section;
import headscope.model.Family.Trait;
import headscope.warning.Warnings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    Family.Defaults defaults = family.defaults();
    int hidden = json.size("hidden_size");
    int heads = atMost1000(json, "num_attention_heads");
    boolean silent = json.isAbsent("num_key_value_heads") && defaults.keyValueHeads() > 0;
    int keyValueHeads = silent ? defaults.keyValueHeads() : json.size("num_key_value_heads", heads);
    if (heads % keyValueHeads != 0) {
      throw json.refuse("num_key_value_heads", "a divisor of num_attention_heads = " + heads);
    }
    int headDim =
        json.size("head_dim", defaults.headDim() > 0 ? defaults.headDim() : hidden / heads);
    if (headDim < 2 || headDim % 2 != 0) {
      throw new CheckpointException(
          Section.CHECKPOINT_CONFIG,
          json.file()
              + " makes heads of "
              + headDim
              + " dimensions (head_dim, or hidden_size /"
              + " num_attention_heads); supported: an even number");
    }
    int trained = json.size("max_position_embeddings", defaults.positions());
    List<LayerType> types =
        LayerTypes.read(json, family, atMost1000(json, "num_hidden_layers"), headDim, trained);
    int maxPositions = positions(types, trained);
    double scalar =
        family.has(Trait.QUERY_SCALAR) ? json.positive("query_pre_attn_scalar", 256) : headDim;
    warn(json, family);
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
        maxPositions);
  }

  /** A number of layers or heads, which are numbered to 999. */
  private static int atMost1000(ConfigJson json, String key) {
    int size = json.size(key);
    if (size > 1000) {
      throw json.refuse(key, "a whole number from 1 to 1000");
    }
    return size;
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

  /** One refusal for everything that would change the result. */
  private static void checkImplemented(ConfigJson json, Family family) {
    Map<String, String> found = new LinkedHashMap<>(ConfigKeys.unimplemented(json, family));
    found.putAll(Rope.unimplemented(json, family));
    if (!found.isEmpty()) {
      throw new CheckpointException(
          Section.CHECKPOINT_CONFIG,
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
}
