package headscope.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Reads the type of every layer from config.json, as transformers derives it. */
final class LayerTypes {
  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  /** How a family tells which layers have a window, and which are not turned by position. */
  public enum Rule {
    /** Every layer sees everything. */
    FULL,
    /** Every layer has the window, where there is one, whatever {@code layer_types} says. */
    WINDOW,
    /**
     * Every layer has the window, where there is one, unless {@code layer_types} says otherwise.
     */
    TYPED_WINDOW,
    /** Layers from {@code max_window_layers} on have the window, if it is used. */
    UPPER_WINDOWS,
    /** Layers of {@code no_rope_layers} are not turned; they have the window, if it is used. */
    UNTURNED_LAYERS,
    /** Windows with a RoPE of their own, and every so many layers one that sees everything. */
    WINDOWS_BETWEEN
  }

  private final ConfigJson json;
  private final Family family;
  private final int layers;
  private final int headDim;
  private final int maxPositions;

  private LayerTypes(ConfigJson json, Family family, int layers, int headDim, int maxPositions) {
    this.json = json;
    this.family = family;
    this.layers = layers;
    this.headDim = headDim;
    this.maxPositions = maxPositions;
  }

  /** The type of each layer, the lowest first. */
  static List<LayerType> read(
      ConfigJson json, Family family, int layers, int headDim, int maxPositions) {
    LayerTypes types = new LayerTypes(json, family, layers, headDim, maxPositions);
    return switch (family.layerRule()) {
      case FULL -> types.full();
      case WINDOW -> types.window();
      case TYPED_WINDOW -> types.typedWindow();
      case UPPER_WINDOWS -> types.upperWindows();
      case UNTURNED_LAYERS -> types.unturnedLayers();
      case WINDOWS_BETWEEN -> types.windowsBetween();
    };
  }

  private List<LayerType> full() {
    requireTypes(FULL);
    if (!json.has("layer_types")
        && json.has("sliding_window")
        && json.size("sliding_window") < maxPositions) {
      throw json.refuse(
          "sliding_window",
          "null, since "
              + family.modelType()
              + " models have none, or at least "
              + "max_position_embeddings = "
              + maxPositions);
    }
    return Collections.nCopies(layers, new LayerType(OptionalInt.empty(), Optional.of(rope())));
  }

  private List<LayerType> window() {
    OptionalInt window = windowSize();
    if (window.isEmpty() || !typesAre(FULL)) { // the mask goes by sliding_window alone
      requireTypes(window.isPresent() ? SLIDING : FULL);
    }
    return Collections.nCopies(layers, type(window.isPresent(), window, Optional.of(rope())));
  }

  private List<LayerType> typedWindow() {
    OptionalInt window = windowSize();
    Optional<Rope> rope = Optional.of(rope());
    return types(window, i -> window.isPresent()).stream()
        .map(sliding -> type(sliding, window, rope))
        .toList();
  }

  private List<LayerType> upperWindows() {
    OptionalInt window =
        json.flag("use_sliding_window", false) ? windowSize() : OptionalInt.empty();
    int from = json.count("max_window_layers", 28);
    Optional<Rope> rope = Optional.of(rope());
    return types(window, i -> window.isPresent() && i >= from).stream()
        .map(sliding -> type(sliding, window, rope))
        .toList();
  }

  private List<LayerType> unturnedLayers() {
    OptionalInt window =
        json.flag("use_sliding_window", false) ? windowSize() : OptionalInt.empty();
    List<Boolean> turned = turned();
    Optional<Rope> rope = Optional.of(rope());
    List<Boolean> sliding = types(window, i -> window.isPresent() && !turned.get(i));
    return IntStream.range(0, layers)
        .mapToObj(i -> type(sliding.get(i), window, turned.get(i) ? rope : Optional.empty()))
        .toList();
  }

  /** {@code no_rope_layers}: 1 where a layer is turned by position, 0 where it is not. */
  private List<Boolean> turned() {
    if (!json.has("no_rope_layers")) {
      int interval = json.size("no_rope_layer_interval", 4);
      return IntStream.range(0, layers).mapToObj(i -> (i + 1) % interval != 0).toList();
    }
    List<Boolean> turned = new ArrayList<>();
    if (json.get("no_rope_layers").isJsonArray()) {
      for (JsonElement e : json.get("no_rope_layers").getAsJsonArray()) {
        String value = e.toString();
        if (!value.equals("0") && !value.equals("1")) {
          throw json.refuse("no_rope_layers", "1 (turned) or 0 (not turned) for each layer");
        }
        turned.add(value.equals("1"));
      }
    }
    if (turned.size() < layers) {
      throw json.refuse("no_rope_layers", "a list of 1 and 0 for each of " + layers + " layers");
    }
    return turned;
  }

  private List<LayerType> windowsBetween() {
    OptionalInt window = windowSize();
    int pattern = json.size("sliding_window_pattern", 6);
    double local = json.positive("rope_local_base_freq", 10_000);
    Rope full;
    Rope sliding;
    if (json.has("rope_parameters")) { // transformers 5: an entry for each type of layer
      ConfigJson all = json.object("rope_parameters");
      if (!all.names().stream().allMatch(Set.of(FULL, SLIDING)::contains)) {
        throw json.refuse("rope_parameters", FULL + " and " + SLIDING + " alone");
      }
      full = rope(all, FULL, json.positive("rope_theta", family.defaults().theta()));
      sliding = rope(all, SLIDING, local);
    } else {
      full = rope();
      sliding = new Rope(local, headDim, new RopeScaling.Default());
    }
    return types(window, i -> (i + 1) % pattern != 0).stream()
        .map(s -> type(s, window, Optional.of(s ? sliding : full)))
        .toList();
  }

  private Rope rope(ConfigJson all, String type, double theta) {
    ConfigJson one =
        all.has(type) ? all.object(type) : new ConfigJson(json.file(), new JsonObject());
    if (type.equals(FULL) && json.has("rope_scaling")) { // goes over what the entry says
      JsonObject both = one.object().deepCopy();
      json.object("rope_scaling")
          .object()
          .entrySet()
          .forEach(e -> both.add(e.getKey(), e.getValue()));
      one = new ConfigJson(json.file(), one.prefix(), both);
    }
    return Rope.read(one, json, family, theta, headDim, maxPositions);
  }

  private Rope rope() {
    return Rope.read(json, family, headDim, maxPositions);
  }

  private static LayerType type(boolean sliding, OptionalInt window, Optional<Rope> rope) {
    return new LayerType(sliding ? window : OptionalInt.empty(), rope);
  }

  /** {@code sliding_window}: a null says that there is none, an absent one does not. */
  private OptionalInt windowSize() {
    if (json.has("sliding_window")) {
      return OptionalInt.of(json.size("sliding_window"));
    }
    int window = family.defaults().window();
    return json.isAbsent("sliding_window") && window > 0
        ? OptionalInt.of(window)
        : OptionalInt.empty();
  }

  /** Whether each layer has a window: {@code layer_types}, or a rule where there are none. */
  private List<Boolean> types(OptionalInt window, IntPredicate rule) {
    if (!json.has("layer_types")) {
      return IntStream.range(0, layers).mapToObj(rule::test).toList();
    }
    List<Boolean> sliding = layerTypes();
    if (window.isEmpty() && sliding.contains(true)) {
      throw json.refuse("layer_types", FULL + " in every layer, since no sliding_window is in use");
    }
    return sliding;
  }

  private List<Boolean> layerTypes() {
    List<Boolean> sliding = new ArrayList<>();
    if (json.get("layer_types").isJsonArray()) {
      for (JsonElement e : json.get("layer_types").getAsJsonArray()) {
        String type = e.isJsonPrimitive() ? e.getAsString() : "";
        if (!type.equals(FULL) && !type.equals(SLIDING)) {
          throw json.refuse("layer_types", FULL + " or " + SLIDING + " for each layer");
        }
        sliding.add(type.equals(SLIDING));
      }
    }
    if (sliding.size() != layers) {
      throw json.refuse("layer_types", "a list of " + layers + " types, one for each layer");
    }
    return sliding;
  }

  /** transformers reads no {@code layer_types} of this family: they may only say what is so. */
  private void requireTypes(String type) {
    if (json.has("layer_types") && !typesAre(type)) {
      throw json.refuse("layer_types", type + " in every layer");
    }
  }

  private boolean typesAre(String type) {
    return json.has("layer_types") && json.get("layer_types").equals(allOf(type));
  }

  private JsonArray allOf(String type) {
    JsonArray all = new JsonArray();
    for (int i = 0; i < layers; i++) {
      all.add(type);
    }
    return all;
  }
}
