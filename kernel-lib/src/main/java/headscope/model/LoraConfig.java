package headscope.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import headscope.failure.Section;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;

/**
 * {@code adapter_config.json}: which modules an adapter changes and by how much, as PEFT 0.21.2
 * reads it.
 *
 * @param rank of the factors where no pattern says otherwise
 * @param alpha their numerator where no pattern says otherwise
 * @param rootScaling whether the product is divided by the root of the rank, not the rank
 * @param ranks pattern of modules to their rank, the first that fits counts
 * @param alphas pattern of modules to their numerator, the first that fits counts
 * @param targets a pattern of whole names, or names and ends of names
 * @param excluded the same of modules that are left as they are
 * @param saved ends of the names of modules that are in the file as a whole
 * @param layers the layers whose modules are changed; none: all
 * @param layerLists what the list of layers is called; none: anything
 * @param tying whether a tied head follows an embedding that the adapter replaces
 * @param base the model that it was made for, as PEFT names it
 * @param revision of that model
 */
record LoraConfig(
    int rank,
    double alpha,
    boolean rootScaling,
    Map<String, Integer> ranks,
    Map<String, Double> alphas,
    Names targets,
    Optional<Names> excluded,
    List<String> saved,
    Optional<List<Integer>> layers,
    List<String> layerLists,
    boolean tying,
    Optional<String> base,
    Optional<String> revision) {

  /** The file that says what a folder of an adapter holds. */
  static final String FILE = "adapter_config.json";

  private static final String HEAD = "lm_head";

  /** One pattern of whole names, or names and their ends. */
  record Names(Optional<String> pattern, List<String> list) {
    boolean isWord(String word) {
      return pattern.isPresent() && pattern.get().equalsIgnoreCase(word);
    }

    boolean match(String module) {
      return pattern
          .map(p -> new PythonPattern(p).matches(module))
          .orElseGet(() -> list.stream().anyMatch(n -> isEnd(module, n)));
    }

    private static boolean isEnd(String module, String name) {
      return module.equals(name) || module.endsWith("." + name);
    }
  }

  /** Read here, or changing nothing in a result. */
  private static final Set<String> READ =
      Set.of(
          "peft_type",
          "r",
          "lora_alpha",
          "use_rslora",
          "rank_pattern",
          "alpha_pattern",
          "target_modules",
          "exclude_modules",
          "modules_to_save",
          "layers_to_transform",
          "layers_pattern",
          "init_lora_weights",
          "ensure_weight_tying",
          "base_model_name_or_path",
          "revision");

  /** Of training, of other initialisations, or of modules that none of our families has. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "task_type",
          "auto_mapping",
          "peft_version",
          "inference_mode",
          "lora_dropout",
          "fan_in_fan_out",
          "megatron_core",
          "loftq_config",
          "eva_config",
          "corda_config",
          "lora_ga_config",
          "qalora_group_size",
          "runtime_config");

  /** What changes the result and is not computed, unless it is off. */
  private static final Map<String, String> NOT_COMPUTED = notComputed();

  private static Map<String, String> notComputed() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("use_dora", "DoRA");
    map.put("bias", "biases of the base that were trained");
    map.put("lora_bias", "a bias of the product");
    map.put("layer_replication", "layers that are stacked anew");
    map.put("alora_invocation_tokens", "an adapter that begins with certain tokens");
    map.put("target_parameters", "parameters that are no module's");
    map.put("trainable_token_indices", "rows of the embedding");
    map.put("use_qalora", "QALoRA");
    map.put("use_bdlora", "block-diagonal factors");
    map.put("arrow_config", "routing between adapters");
    map.put("kasa_config", "KaSA");
    map.put("monteclora_config", "sampled factors");
    map.put("velora_config", "VeLoRA");
    map.put("megatron_config", "layers of Megatron");
    return map;
  }

  /** Those that leave the base as it is; the others take something from it first. */
  private static final Set<String> NEUTRAL_INITS =
      Set.of("true", "false", "gaussian", "eva", "orthogonal");

  LoraConfig {
    ranks = ordered(ranks);
    alphas = ordered(alphas);
    saved = List.copyOf(saved);
    layerLists = List.copyOf(layerLists);
  }

  private static <T> Map<String, T> ordered(Map<String, T> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  /**
   * Reads the file of a folder.
   *
   * @param family of the model below, which decides the modules where the file names none
   * @throws CheckpointException if it asks for what is not computed; it names all of that
   */
  static LoraConfig read(CheckpointFiles folder, String family) {
    ConfigJson json = ConfigJson.read(folder, FILE);
    refuseWhatIsNotComputed(json);
    Optional<Names> targets = names(json, "target_modules");
    if (targets.isEmpty()
        && Set.of("llama", "mistral", "qwen2", "qwen3", "gemma3_text").contains(family)) {
      targets = Optional.of(new Names(Optional.empty(), List.of("q_proj", "v_proj")));
    }
    Optional<List<Integer>> layers = layers(json);
    List<String> layerLists = texts(json, "layers_pattern");
    Names wanted =
        targets.orElseThrow(
            () ->
                new CheckpointException(
                    Section.ADAPTERS,
                    json.file()
                        + " names no target_modules, and PEFT has none of its own for "
                        + family
                        + "; save the adapter anew with target_modules"));
    if (wanted.pattern().isPresent() && (layers.isPresent() || !layerLists.isEmpty())) {
      throw new CheckpointException(
          Section.ADAPTERS,
          json.file()
              + " has layers_to_transform or layers_pattern beside a pattern of target_modules,"
              + " which PEFT refuses; it takes them with a list of names");
    }
    return new LoraConfig(
        json.size("r", 8),
        json.number("lora_alpha", 8),
        json.flag("use_rslora", false),
        map(json, "rank_pattern", ConfigJson::size),
        map(json, "alpha_pattern", ConfigJson::number),
        wanted,
        names(json, "exclude_modules"),
        texts(json, "modules_to_save"),
        layers,
        layerLists,
        json.flag("ensure_weight_tying", false),
        json.has("base_model_name_or_path")
            ? Optional.of(json.string("base_model_name_or_path"))
            : Optional.empty(),
        json.has("revision") ? Optional.of(json.string("revision")) : Optional.empty());
  }

  /** What an adapter says its base is: name, or name@revision. */
  static String base(CheckpointFiles folder) {
    ConfigJson json = ConfigJson.read(folder, FILE);
    if (!json.has("base_model_name_or_path") || json.string("base_model_name_or_path").isBlank()) {
      throw new CheckpointException(
          Section.ADAPTERS,
          json.file()
              + " does not say over which model the adapter goes: give --model BASE"
              + " --adapter "
              + folder.path("."));
    }
    String name = json.string("base_model_name_or_path");
    return HubName.isId(name) && name.contains("/") && json.has("revision")
        ? name + "@" + json.string("revision")
        : name;
  }

  private static void refuseWhatIsNotComputed(ConfigJson json) {
    List<String> faults = new ArrayList<>();
    if (!json.has("peft_type") || !json.string("peft_type").equals("LORA")) {
      throw new CheckpointException(
          Section.ADAPTERS,
          json.file()
              + " has "
              + json.at("peft_type")
              + "; of PEFT's adapters LORA is computed: merge this one into its base in Python"
              + " (merge_and_unload) and give the merged folder");
    }
    for (Map.Entry<String, JsonElement> e : json.object().entrySet()) {
      String key = e.getKey();
      if (!READ.contains(key) && !WITHOUT_EFFECT.contains(key) && !isOff(e.getValue())) {
        String what = NOT_COMPUTED.getOrDefault(key, "not known");
        faults.add(json.at(key) + " (" + what + ")");
      }
    }
    if (json.has("init_lora_weights")
        && !(json.get("init_lora_weights") instanceof JsonPrimitive p
            && NEUTRAL_INITS.contains(p.getAsString()))) {
      faults.add(json.at("init_lora_weights") + " (an initialisation that changes the base)");
    }
    if (!faults.isEmpty()) {
      throw new CheckpointException(
          Section.ADAPTERS,
          String.format(
              "%s asks for what is not computed: %s; merge the adapter into its base in Python"
                  + " (PEFT's merge_and_unload) and give the merged folder",
              json.file(), String.join(", ", faults)));
    }
  }

  /** Null, false, none or empty. */
  private static boolean isOff(JsonElement value) {
    return value.isJsonNull()
        || value instanceof JsonArray list && list.isEmpty()
        || value instanceof JsonObject object && object.isEmpty()
        || value instanceof JsonPrimitive p
            && (p.isBoolean() && !p.getAsBoolean()
                || p.isString() && p.getAsString().equals("none"));
  }

  private static Optional<Names> names(ConfigJson json, String key) {
    if (!json.has(key)) {
      return Optional.empty();
    }
    if (json.get(key).isJsonArray()) {
      return Optional.of(new Names(Optional.empty(), texts(json, key)));
    }
    return Optional.of(new Names(Optional.of(json.string(key)), List.of()));
  }

  /** A text or a list of texts; none where the key is absent. */
  private static List<String> texts(ConfigJson json, String key) {
    if (!json.has(key)) {
      return List.of();
    }
    if (!json.get(key).isJsonArray()) {
      return json.string(key).isEmpty() ? List.of() : List.of(json.string(key));
    }
    List<String> texts = new ArrayList<>();
    for (JsonElement e : json.get(key).getAsJsonArray()) {
      if (!(e instanceof JsonPrimitive p && p.isString())) {
        throw json.refuse(key, "a list of texts");
      }
      texts.add(p.getAsString());
    }
    return texts;
  }

  private static Optional<List<Integer>> layers(ConfigJson json) {
    String key = "layers_to_transform";
    if (!json.has(key) || json.get(key) instanceof JsonArray list && list.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(json.ids(key));
  }

  private interface Value<T> {
    T of(ConfigJson json, String key);
  }

  private static <T> Map<String, T> map(ConfigJson json, String key, Value<T> value) {
    Map<String, T> map = new LinkedHashMap<>();
    if (json.has(key)) {
      ConfigJson object = json.object(key);
      object.names().forEach(name -> map.put(name, value.of(object, name)));
    }
    return map;
  }

  /** Whether a module has factors: {@code model.layers.0.self_attn.q_proj}. */
  boolean isTarget(String module) {
    if (excluded.isPresent() && excluded.get().match(module)) {
      return false;
    }
    for (String name : saved) {
      if (new PythonPattern("(^|.*\\.)" + name + "($|\\..*)").startsIn(module)) {
        return false;
      }
    }
    if (targets.isWord("all-linear")) {
      return !module.equals(HEAD) && !module.equals("model.embed_tokens");
    }
    return targets.match(module)
        && (layers.isEmpty() || targets.list().contains(module) || isInLayers(module));
  }

  private boolean isInLayers(String module) {
    List<String> before =
        layerLists.isEmpty()
            ? List.of(".*?\\.[^.]*")
            : layerLists.stream().map(list -> "(?:^|.*?\\.)" + list).toList();
    for (String list : before) {
      Matcher m = new PythonPattern(list + "\\.(?P<idx>\\d+)\\.").matcher(module);
      if (m.lookingAt()) {
        return layers.orElseThrow().contains(Integer.parseInt(m.group("idx")));
      }
    }
    return false;
  }

  /** Whether a module is in the file as a whole. */
  boolean isSaved(String module) {
    return saved.stream().anyMatch(module::endsWith);
  }

  /** The rank of a module's factors. */
  int rank(String module) {
    return first(ranks, module).orElse(rank);
  }

  /** What the product of a module's factors is multiplied with. */
  double scaling(String module) {
    int r = rank(module);
    return first(alphas, module).orElse(alpha) / (rootScaling ? Math.sqrt(r) : r);
  }

  private static <T> Optional<T> first(Map<String, T> patterns, String module) {
    return patterns.entrySet().stream()
        .filter(e -> new PythonPattern("(.*\\.)?(" + e.getKey() + ")$").startsIn(module))
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
