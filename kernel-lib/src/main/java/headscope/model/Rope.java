package headscope.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.failure.Section;
import headscope.model.Family.Trait;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The rotary embedding: how positions turn query and key.
 *
 * @param theta the base of the angles
 * @param dims how many of a head's dimensions are turned
 * @param scaling how positions beyond the trained length are treated
 */
public record Rope(double theta, int dims, RopeScaling scaling) {
  private static final String SCALING = "rope_scaling";
  private static final String PARAMETERS = "rope_parameters";
  private static final int PHI3_ORIGINAL = 4096;

  /**
   * The rotary embedding that config.json describes: in {@code rope_parameters} alone (transformers
   * 5), or in {@code rope_scaling} and keys beside it (transformers 4).
   */
  static Rope read(ConfigJson json, Family family, int headDim, int maxPositions) {
    double theta = json.positive("rope_theta", family.defaults().theta());
    return read(entry(json), json, family, theta, headDim, maxPositions);
  }

  /**
   * The rotary embedding that one entry describes.
   *
   * @param r the entry
   * @param json the whole of config.json
   * @param otherwise the base where the entry has none
   */
  static Rope read(
      ConfigJson r,
      ConfigJson json,
      Family family,
      double otherwise,
      int headDim,
      int maxPositions) {
    String kind = kind(r, family);
    double theta = r.positive("rope_theta", otherwise);
    int dims = headDim;
    if (readsShare(r, family)) {
      double share = share(r, json);
      dims = (int) (headDim * share);
      if (share > 1
          || share != 1 && !family.has(Trait.PARTIAL_ROTARY)
          || dims < 2
          || dims % 2 != 0) {
        throw new CheckpointException(
            Section.CHECKPOINT_CONFIG,
            String.format(
                Locale.ROOT,
                "%s has partial_rotary_factor = %s; supported: %s",
                json.file(),
                share,
                family.has(Trait.PARTIAL_ROTARY)
                    ? "a share of the head that is an even number"
                    : "1"));
      }
    }
    int original =
        json.size(
            "original_max_position_embeddings",
            isPhi3(family) // its class has a default, which goes before the entry
                ? PHI3_ORIGINAL
                : r.size("original_max_position_embeddings", maxPositions));
    RopeScaling scaling =
        switch (kind) {
          case "linear" -> RopeScaling.Linear.read(r);
          case "llama3" -> RopeScaling.Llama3.read(r, original);
          case "yarn" -> RopeScaling.Yarn.read(r, maxPositions, original);
          case "longrope" -> RopeScaling.LongRope.read(r, dims, maxPositions, original);
          case "default" -> new RopeScaling.Default();
          default -> throw r.refuse(kindKey(r), String.join(", ", kinds(family)));
        };
    return new Rope(theta, dims, scaling);
  }

  /**
   * The entry that transformers reads: {@code rope_scaling} goes before {@code rope_parameters}.
   */
  private static ConfigJson entry(ConfigJson json) {
    for (String key : List.of(SCALING, PARAMETERS)) {
      if (json.has(key) && !json.object(key).object().isEmpty()) {
        return json.object(key);
      }
    }
    return new ConfigJson(json.file(), new JsonObject());
  }

  /** The entry, or the entries for each type of layer that stand in its place. */
  private static List<ConfigJson> entries(ConfigJson json) {
    ConfigJson entry = entry(json);
    List<ConfigJson> nested =
        Stream.of("full_attention", "sliding_attention")
            .filter(type -> entry.has(type) && entry.get(type).isJsonObject())
            .map(entry::object)
            .toList();
    return nested.isEmpty() ? List.of(entry) : nested;
  }

  private static String kindKey(ConfigJson r) {
    return r.has("rope_type") ? "rope_type" : "type";
  }

  private static String kind(ConfigJson r, Family family) {
    String kind = r.has(kindKey(r)) ? r.string(kindKey(r)) : "default";
    // the first files of Phi-3 call LongRoPE so
    boolean older = kind.equals("su") || kind.equals("yarn") && isPhi3(family);
    return older ? "longrope" : kind;
  }

  private static boolean isPhi3(Family family) {
    return family.modelType().equals("phi3");
  }

  /** Without scaling, the families whose heads are turned whole read no share. */
  private static boolean readsShare(ConfigJson r, Family family) {
    return family.has(Trait.PARTIAL_ROTARY) || !kind(r, family).equals("default");
  }

  private static double share(ConfigJson r, ConfigJson json) {
    return r.positive("partial_rotary_factor", json.positive("partial_rotary_factor", 1));
  }

  /** What the entries ask for that is not implemented; see {@link ConfigKeys#unimplemented}. */
  static Map<String, String> unimplemented(ConfigJson json, Family family) {
    Map<String, String> found = new LinkedHashMap<>();
    for (ConfigJson r : entries(json)) {
      if (!kinds(family).contains(kind(r, family))) {
        found.put(
            r.prefix() + kindKey(r),
            "another scaling, supported: " + String.join(", ", kinds(family)));
      }
      if (r.prefix().endsWith("_attention.")
          && family.layerRule() != LayerTypes.Rule.WINDOWS_BETWEEN) {
        found.put(
            r.prefix().substring(0, r.prefix().length() - 1),
            "a RoPE for each type of layer, supported: one for all");
      }
    }
    return found;
  }

  private static List<String> kinds(Family family) {
    return isPhi3(family)
        ? List.of("default", "longrope")
        : List.of("default", "linear", "llama3", "yarn", "longrope");
  }

  /** Keys that the scaling does not read; see {@link ConfigKeys#passedOver}. */
  static List<String> passedOver(ConfigJson json, Family family) {
    List<String> found = new ArrayList<>();
    for (ConfigJson r : entries(json)) {
      for (String key : r.names()) {
        if (!ConfigKeys.ropeReads(kind(r, family), key)) {
          found.add(r.prefix() + key);
        }
      }
      if (!readsShare(r, family) && share(r, json) != 1) {
        found.add((r.has("partial_rotary_factor") ? r.prefix() : "") + "partial_rotary_factor");
      }
    }
    ConfigJson read = entry(json);
    if (read.prefix().startsWith(SCALING) && json.has(PARAMETERS)) {
      ConfigJson other = json.object(PARAMETERS);
      for (String key : other.names()) {
        JsonElement value = read.has(key) ? read.get(key) : json.object().get(key);
        if (!other.get(key).equals(value)) {
          found.add(other.prefix() + key); // its twin is read, with another value
        }
      }
    }
    return found;
  }
}
