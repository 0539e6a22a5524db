package headscope.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.failure.Section;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The files of a tokenizer, put together as transformers 5 does: {@code tokenizer.json}, and over
 * it what {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code
 * added_tokens.json} say of added tokens. The last two count only where {@code
 * tokenizer_config.json} has no {@code added_tokens_decoder}. A {@link TokenizerClass} may have its
 * own way to cut a text.
 *
 * @param json the tokenizer.json that results
 * @param special {@code bos_token} and the like by their names, those that are set
 * @param maxLength {@code model_max_length}, in tokens; infinite where nothing is said
 */
record TokenizerFiles(JsonObject json, Map<String, String> special, double maxLength) {
  static final String TOKENIZER = "tokenizer.json";
  static final String CONFIG = "tokenizer_config.json";
  static final String MAP = "special_tokens_map.json";
  static final String ADDED = "added_tokens.json";
  private static final String DECODER = "added_tokens_decoder";
  private static final String EXTRA = "extra_special_tokens";
  private static final String OLD_EXTRA = "additional_special_tokens";

  /** A token that is found in a text before anything else is. */
  private record Added(JsonObject flags) {
    private static final List<String> FLAGS =
        List.of("single_word", "lstrip", "rstrip", "normalized", "special");

    static Added of(String content, boolean special) {
      JsonObject flags = new JsonObject();
      flags.addProperty("content", content);
      flags.addProperty("special", special);
      flags.addProperty("normalized", !special);
      return new Added(flags).complete();
    }

    /** A text, or an object with the text as its content. */
    static Added of(ConfigJson file, String key, JsonElement e, boolean special) {
      if (e.isJsonPrimitive() && e.getAsJsonPrimitive().isString()) {
        return of(e.getAsString(), special);
      }
      if (e.isJsonObject() && text(e.getAsJsonObject().get("content"))) {
        Added added = new Added(e.getAsJsonObject().deepCopy()).complete();
        return special ? added.special() : added;
      }
      throw file.refuse(key, "a token as a text, or as an object with content");
    }

    private static boolean text(JsonElement e) {
      return e != null && e.isJsonPrimitive() && e.getAsJsonPrimitive().isString();
    }

    private Added complete() {
      JsonObject all = new JsonObject();
      all.add("content", flags.get("content"));
      for (String flag : FLAGS) {
        JsonElement value = flags.get(flag);
        boolean otherwise = flag.equals("normalized") && !isSpecial();
        all.addProperty(flag, value == null ? otherwise : "true".equals(value.getAsString()));
      }
      return new Added(all);
    }

    private boolean isSpecial() {
      JsonElement special = flags.get("special");
      return special != null && special.isJsonPrimitive() && special.getAsBoolean();
    }

    Added special() {
      JsonObject all = flags.deepCopy();
      all.addProperty("special", true);
      return new Added(all);
    }

    String content() {
      return flags.get("content").getAsString();
    }
  }

  static TokenizerFiles read(CheckpointFiles files) {
    return read(files, Set.of());
  }

  /** The files beside tokenizer.json and its configuration that change what the two say. */
  static Set<String> deciding(CheckpointFiles files) {
    Set<String> names = new TreeSet<>();
    for (String name : List.of(MAP, ADDED)) {
      if (files.has(TOKENIZER)
          && files.has(name)
          && !read(files).equals(read(files, Set.of(name)))) {
        names.add(name);
      }
    }
    return names;
  }

  private static TokenizerFiles read(CheckpointFiles files, Set<String> without) {
    JsonObject root = ConfigJson.read(files, TOKENIZER).object();
    try {
      return read(files, without, root);
    } catch (CheckpointException e) {
      throw e;
    } catch (RuntimeException e) { // of the JSON tree: something is not of its kind
      throw damaged(files, e);
    }
  }

  static CheckpointException damaged(CheckpointFiles files, Exception e) {
    return new CheckpointException(
        Section.TOKENIZER,
        files.path(TOKENIZER)
            + " is no tokenizer of the Hugging Face library: a part of it is missing, damaged or of"
            + " a kind that the library does not know; save it again with"
            + " AutoTokenizer.from_pretrained(…).save_pretrained(…)",
        e);
  }

  private static TokenizerFiles read(CheckpointFiles files, Set<String> without, JsonObject root) {
    ConfigJson config = config(files);
    refuseSplit(config);
    JsonObject said = config.object().deepCopy();
    if (said.has(OLD_EXTRA) && !config.has(EXTRA)) {
      said.add(EXTRA, said.remove(OLD_EXTRA));
    }
    Map<Integer, Added> byId = new TreeMap<>();
    if (config.has(DECODER)) {
      ConfigJson decoder = config.object(DECODER);
      for (String id : decoder.names()) {
        byId.put(number(decoder, id, id), Added.of(decoder, id, decoder.get(id), false));
      }
    } else {
      if (files.has(MAP) && !without.contains(MAP)) {
        overlay(said, ConfigJson.read(files, MAP));
      }
      if (files.has(ADDED) && !without.contains(ADDED)) {
        Collection<String> named = contents(named(new ConfigJson(config.file(), said)).values());
        ConfigJson added = ConfigJson.read(files, ADDED);
        for (String content : added.names()) {
          String id = added.get(content).toString();
          byId.put(number(added, content, id), Added.of(content, named.contains(content)));
        }
      }
      entries(root).forEach(e -> byId.put(e.get("id").getAsInt(), new Added(e).complete()));
    }
    ConfigJson all = new ConfigJson(config.file(), said);
    TokenizerClass.of(files, config, root)
        .ifPresent(
            of -> {
              of.addTokens(said);
              of.rebuild(root, all);
            });
    Map<String, Added> named = named(all);
    add(root, byId.values(), named.values(), extra(all));
    Map<String, String> special = new LinkedHashMap<>();
    named.forEach((name, token) -> special.put(name, token.content()));
    return new TokenizerFiles(root, special, maxLength(all));
  }

  /** {@code tokenizer_config.json}; empty where there is none. */
  static ConfigJson config(CheckpointFiles files) {
    return files.has(CONFIG)
        ? ConfigJson.read(files, CONFIG)
        : new ConfigJson(files.path(CONFIG), new JsonObject());
  }

  private static void refuseSplit(ConfigJson config) {
    if (config.flag("split_special_tokens", false)) {
      throw config.refuse(
          "split_special_tokens", "false: special tokens in a text are one token each");
    }
  }

  private static double maxLength(ConfigJson config) {
    for (String key : List.of("model_max_length", "max_len")) {
      if (config.has(key)) {
        return config.number(key);
      }
    }
    return Double.POSITIVE_INFINITY;
  }

  /** What special_tokens_map.json says goes before tokenizer_config.json. */
  private static void overlay(JsonObject said, ConfigJson map) {
    for (String key : map.names()) {
      JsonElement value = map.get(key);
      if (value.isJsonObject() && !key.equals(EXTRA)) {
        said.add(key, Added.of(map, key, value, true).flags());
      } else if (value.isJsonArray() && key.equals(EXTRA) && isArray(said.get(EXTRA))) {
        said.getAsJsonArray(EXTRA).addAll(value.getAsJsonArray());
      } else if (!key.equals(OLD_EXTRA)) {
        said.add(key, value);
      } else if (!said.has(EXTRA)) {
        said.add(EXTRA, value);
      }
    }
  }

  private static boolean isArray(JsonElement e) {
    return e != null && e.isJsonArray();
  }

  /** The special tokens that have a name: whatever ends in {@code _token}. */
  private static Map<String, Added> named(ConfigJson said) {
    Map<String, Added> named = new LinkedHashMap<>();
    for (String key : said.names()) {
      JsonElement e = said.get(key);
      boolean token = e.isJsonObject() || e.isJsonPrimitive() && e.getAsJsonPrimitive().isString();
      if (key.endsWith("_token") && token) {
        named.put(key, Added.of(said, key, e, true));
      }
    }
    if (said.has(EXTRA) && said.get(EXTRA).isJsonObject()) {
      ConfigJson extra = said.object(EXTRA);
      extra.names().forEach(key -> named.put(key, Added.of(extra, key, extra.get(key), true)));
    }
    named.values().removeIf(token -> token.content().isEmpty());
    return named;
  }

  private static List<Added> extra(ConfigJson said) {
    List<Added> extra = new ArrayList<>();
    if (said.has(EXTRA) && said.get(EXTRA).isJsonArray()) {
      for (JsonElement e : said.get(EXTRA).getAsJsonArray()) {
        extra.add(Added.of(said, EXTRA, e, true));
      }
    }
    return extra;
  }

  private static Collection<String> contents(Collection<Added> tokens) {
    return tokens.stream().map(Added::content).toList();
  }

  private static int number(ConfigJson file, String key, String id) {
    if (!id.matches("\\d{1,9}")) {
      throw file.refuse(key, "token ids as whole numbers from 0");
    }
    return Integer.parseInt(id);
  }

  private static List<JsonObject> entries(JsonObject root) {
    return isArray(root.get("added_tokens"))
        ? root.getAsJsonArray("added_tokens").asList().stream()
            .map(JsonElement::getAsJsonObject)
            .toList()
        : List.of();
  }

  /**
   * Adds tokens as the Hugging Face library does: one that is there gets these flags, one of the
   * vocabulary keeps its id, any other one gets the next.
   */
  private static void add(
      JsonObject root, Collection<Added> listed, Collection<Added> named, List<Added> extra) {
    Map<String, JsonObject> added = new LinkedHashMap<>();
    entries(root).forEach(e -> added.put(e.get("content").getAsString(), e));
    Collection<String> names = contents(named);
    List<Added> wanted = new ArrayList<>();
    listed.forEach(t -> wanted.add(names.contains(t.content()) ? t.special() : t));
    Set<String> known = new TreeSet<>(added.keySet());
    known.addAll(contents(wanted));
    for (Collection<Added> more : List.of(named, extra)) {
      more.stream().filter(t -> known.add(t.content())).forEach(wanted::add);
    }
    for (Added token : wanted) {
      if (!token.content().isEmpty()) {
        JsonObject there = added.get(token.content());
        boolean special = there != null && new Added(there).isSpecial(); // once so, it stays so
        JsonObject entry = (special ? token.special() : token).flags().deepCopy();
        int id = there == null ? id(root, added, token.content()) : there.get("id").getAsInt();
        entry.addProperty("id", id);
        added.put(token.content(), entry);
      }
    }
    JsonArray all = new JsonArray();
    added.values().forEach(all::add);
    root.add("added_tokens", all);
  }

  private static int id(JsonObject root, Map<String, JsonObject> added, String content) {
    JsonElement vocabulary = root.getAsJsonObject("model").get("vocab");
    int size;
    if (vocabulary.isJsonObject()) {
      if (vocabulary.getAsJsonObject().has(content)) {
        return vocabulary.getAsJsonObject().get(content).getAsInt();
      }
      size = vocabulary.getAsJsonObject().size();
    } else {
      JsonArray pieces = vocabulary.getAsJsonArray();
      for (int i = 0; i < pieces.size(); i++) {
        if (pieces.get(i).getAsJsonArray().get(0).getAsString().equals(content)) {
          return i;
        }
      }
      size = pieces.size();
    }
    return added.values().stream()
        .mapToInt(e -> e.get("id").getAsInt() + 1)
        .reduce(size, Math::max);
  }
}
