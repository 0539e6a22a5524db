package headscope.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.failure.Section;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Recognises weights that are not numbers as they stand, and says what to take instead. */
final class Quantisation {
  private static final String INSTEAD =
      ". Take the checkpoint that it was made from (its page names it as the base model), or a"
          + " GGUF file of it";

  /** The last parts of tensors' names that only a scheme has, and what that scheme is called. */
  private static final Map<String, String> TENSORS = new LinkedHashMap<>();

  static {
    TENSORS.put("qweight", "GPTQ or AWQ");
    TENSORS.put("qzeros", "GPTQ or AWQ");
    TENSORS.put("g_idx", "GPTQ");
    TENSORS.put("quant_state.bitsandbytes__nf4", "bitsandbytes");
    TENSORS.put("quant_state.bitsandbytes__fp4", "bitsandbytes");
    TENSORS.put("absmax", "bitsandbytes");
    TENSORS.put("quant_map", "bitsandbytes");
    TENSORS.put("nested_absmax", "bitsandbytes");
    TENSORS.put("nested_quant_map", "bitsandbytes");
    TENSORS.put("SCB", "bitsandbytes");
    TENSORS.put("weight_format", "bitsandbytes");
    TENSORS.put("weight_scale", "fp8 or compressed-tensors");
    TENSORS.put("weight_scale_inv", "fp8");
    TENSORS.put("weight_scale_2", "NVFP4");
    TENSORS.put("input_scale", "fp8");
    TENSORS.put("k_scale", "fp8");
    TENSORS.put("v_scale", "fp8");
    TENSORS.put("weight_packed", "compressed-tensors");
    TENSORS.put("weight_zero_point", "compressed-tensors");
    TENSORS.put("weight_blocks", "MXFP4");
    TENSORS.put("weight_scales", "MXFP4");
    TENSORS.put("W_q", "HQQ");
    TENSORS.put("codebooks", "AQLM");
    TENSORS.put("codes", "AQLM");
    TENSORS.put("scales", "GPTQ, AWQ or MLX");
  }

  private Quantisation() {}

  /**
   * Refuses a config.json that describes quantised weights.
   *
   * @throws CheckpointException naming the scheme
   */
  static void check(ConfigJson json) {
    for (String key : new String[] {"quantization_config", "compression_config", "quantization"}) {
      if (json.has(key) && !isEmpty(json.get(key))) {
        throw new CheckpointException(
            Section.CHECKPOINT_WEIGHTS,
            String.format(
                "%s has %s: the weights are quantised (%s)%s",
                json.file(), key, scheme(json.get(key)), INSTEAD));
      }
    }
  }

  private static boolean isEmpty(JsonElement e) {
    return e.isJsonObject() && e.getAsJsonObject().isEmpty();
  }

  private static String scheme(JsonElement e) {
    if (!e.isJsonObject()) {
      return e.toString();
    }
    JsonObject o = e.getAsJsonObject();
    for (String key : new String[] {"quant_method", "quant_algo", "format"}) {
      if (o.has(key) && o.get(key).isJsonPrimitive()) {
        return o.get(key).getAsString();
      }
    }
    if (o.has("load_in_4bit") || o.has("load_in_8bit")) {
      return "bitsandbytes";
    }
    return o.has("bits") ? o.get("bits") + " bits" : o.toString();
  }

  /** The name of a tensor that only quantised weights have, and what its scheme is called. */
  record Sign(String tensor, String scheme) {
    CheckpointException refusal() {
      return new CheckpointException(
          Section.CHECKPOINT_WEIGHTS,
          String.format(
              "the weights are quantised: there is a tensor %s (%s)%s", tensor, scheme, INSTEAD));
    }
  }

  /** The first sign of quantised weights among tensors. */
  static Optional<Sign> sign(Collection<String> tensors) {
    return TENSORS.entrySet().stream()
        .flatMap(
            scheme ->
                tensors.stream()
                    .filter(name -> name.endsWith("." + scheme.getKey()))
                    .map(name -> new Sign(name, scheme.getValue())))
        .findFirst();
  }
}
