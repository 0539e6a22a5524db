package headscope.model;

import com.google.gson.JsonObject;
import java.util.Locale;

/**
 * The rotary embedding: how positions turn query and key.
 *
 * @param theta the base of the angles
 * @param dims how many of a head's dimensions are turned
 * @param scaling how positions beyond the trained length are treated
 */
public record Rope(double theta, int dims, RopeScaling scaling) {
  /**
   * The rotary embedding that config.json describes: in {@code rope_parameters} alone (transformers
   * 5), or in {@code rope_scaling} and keys beside it (transformers 4).
   */
  static Rope read(ConfigJson json, Family family, int headDim, int maxPositions) {
    String form = json.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    if (json.has("rope_parameters") && json.has("rope_scaling")) {
      throw json.refuse("rope_scaling", "either rope_scaling or rope_parameters");
    }
    ConfigJson r =
        json.has(form) ? json.object(form) : new ConfigJson(json.file(), new JsonObject());
    return of(
        r,
        json,
        family,
        json.positive("rope_theta", family.defaults().theta()),
        headDim,
        maxPositions);
  }

  /**
   * The rotary embedding that one entry describes.
   *
   * @param r the entry
   * @param json the whole of config.json
   * @param otherwise the base where the entry has none
   */
  static Rope of(
      ConfigJson r,
      ConfigJson json,
      Family family,
      double otherwise,
      int headDim,
      int maxPositions) {
    double theta = r.positive("rope_theta", otherwise);
    double share = r.positive("partial_rotary_factor", json.positive("partial_rotary_factor", 1));
    boolean partial = family.has(Family.Trait.PARTIAL_ROTARY);
    int dims = (int) (headDim * share);
    if (share > 1 || share != 1 && !partial || dims < 2 || dims % 2 != 0) {
      throw new CheckpointException(
          String.format(
              Locale.ROOT,
              "%s has partial_rotary_factor = %s; supported: %s",
              json.file(),
              share,
              partial ? "a share of the head that is an even number" : "1"));
    }
    int original =
        json.size(
            "original_max_position_embeddings",
            r.size("original_max_position_embeddings", maxPositions));
    return new Rope(theta, dims, scaling(r, dims, maxPositions, original));
  }

  private static RopeScaling scaling(ConfigJson r, int dims, int maxPositions, int original) {
    String key = r.has("rope_type") ? "rope_type" : "type";
    String kind = r.has(key) ? r.string(key) : "default";
    return switch (kind) {
      case "default" -> RopeScaling.Default.read(r);
      case "linear" -> RopeScaling.Linear.read(r);
      case "llama3" -> RopeScaling.Llama3.read(r, original);
      case "yarn" -> RopeScaling.Yarn.read(r, maxPositions, original);
      case "longrope", "su" -> // its name in the first Phi-3 files
          RopeScaling.LongRope.read(r, dims, maxPositions, original);
      default -> throw r.refuse(key, "default, linear, llama3, yarn, longrope");
    };
  }
}
