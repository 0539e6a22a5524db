package headscope.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import headscope.failure.Section;
import headscope.warning.Warnings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a checkpoint wants its tokens to be chosen: {@code generation_config.json} as transformers 5
 * applies it to greedy decoding, or, where that file is missing, the same keys of {@code
 * config.json}.
 *
 * @param endTokens ids that end a generation
 * @param rules that act on logits, in order; most checkpoints have none
 * @param maxNewTokens the most tokens that are generated; empty where the file does not say
 * @param maxLength the most tokens of prompt and answer together; counts where {@code maxNewTokens}
 *     is empty
 */
public record GenerationConfig(
    Set<Integer> endTokens,
    List<LogitsRule> rules,
    OptionalInt maxNewTokens,
    OptionalInt maxLength) {

  static final String FILE = "generation_config.json";

  public GenerationConfig {
    endTokens = Set.copyOf(endTokens);
    rules = List.copyOf(rules);
  }

  /**
   * The most new tokens behind a prompt; empty where the checkpoint does not say.
   *
   * @throws IllegalArgumentException if the prompt is as long as prompt and answer may be together
   */
  public OptionalInt newTokensBehind(int promptLength) {
    if (maxNewTokens.isPresent() || maxLength.isEmpty()) {
      return maxNewTokens;
    }
    int rest = maxLength.getAsInt() - promptLength;
    if (rest < 1) {
      throw Section.GENERATION_CONFIG.wrong(
          String.format(
              "the prompt has %d tokens, and the checkpoint's max_length lets prompt and answer"
                  + " have %d together; say how many are generated (--max-new-tokens)",
              promptLength, maxLength.getAsInt()));
    }
    return OptionalInt.of(rest);
  }

  /**
   * Reads it.
   *
   * @param vocabulary ids of the model
   * @param ignored whether rules and lengths are to be left aside; what ends is then said by {@code
   *     config.json}, and by {@code generation_config.json} where that names no end
   * @throws CheckpointException if the file asks for what is not implemented, or is damaged
   */
  static GenerationConfig read(CheckpointFiles files, int vocabulary, boolean ignored) {
    boolean own = files.has(FILE);
    ConfigJson config = ConfigJson.read(files, "config.json");
    ConfigJson json = own ? ConfigJson.read(files, FILE) : config;
    Set<Integer> ends = ends(config);
    if (ignored) {
      return new GenerationConfig(
          ends.isEmpty() ? ends(json) : ends, List.of(), OptionalInt.empty(), OptionalInt.empty());
    }
    List<String> unsupported = GenerationKeys.unsupported(json);
    if (!unsupported.isEmpty()) {
      throw new CheckpointException(
          Section.GENERATION_CONFIG,
          String.format(
              "%s has %s, which would change the tokens that are taken and is not implemented;"
                  + " --ignore-generation-config (LoadOptions.withoutGenerationConfig) generates"
                  + " without any of its rules",
              json.file(), String.join(", ", unsupported)));
    }
    if (own) {
      List<String> idle = GenerationKeys.idle(config);
      if (!idle.isEmpty()) {
        Warnings.say(
            String.format(
                "%s: passed over, since %s alone says how tokens are taken: %s",
                config.file(), FILE, String.join(", ", idle)));
      }
      Set<String> unknown = new TreeSet<>(json.names());
      unknown.removeAll(GenerationKeys.known());
      if (!unknown.isEmpty()) {
        Warnings.say(json.file() + " has keys that change nothing: " + String.join(", ", unknown));
      }
    }
    return new Reader(json, vocabulary, own).read();
  }

  private static Set<Integer> ends(ConfigJson json) {
    return new LinkedHashSet<>(json.ids("eos_token_id"));
  }

  /** Makes rules of keys. */
  private static final class Reader {
    private final ConfigJson json;
    private final int vocabulary;
    private final boolean own;
    private final Set<Integer> ends;
    private final List<LogitsRule> rules = new ArrayList<>();

    Reader(ConfigJson json, int vocabulary, boolean own) {
      this.json = json;
      this.vocabulary = vocabulary;
      this.own = own;
      this.ends = ends(json);
    }

    GenerationConfig read() {
      addRules();
      return new GenerationConfig(ends, rules, size("max_new_tokens"), size("max_length"));
    }

    /** In the order in which transformers chains them. */
    private void addRules() {
      if (json.has("sequence_bias")) {
        rules.add(LogitsRules.sequenceBias(biases()));
      }
      if (json.number("encoder_repetition_penalty", 1) != 1) {
        rules.add(LogitsRules.promptRepetitionPenalty(json.positive("encoder_repetition_penalty")));
      }
      if (json.number("repetition_penalty", 1) != 1) {
        rules.add(LogitsRules.repetitionPenalty(json.positive("repetition_penalty")));
      }
      if (count("no_repeat_ngram_size") > 0) {
        rules.add(LogitsRules.noRepeatNgram(count("no_repeat_ngram_size")));
      }
      if (count("encoder_no_repeat_ngram_size") > 0) {
        rules.add(LogitsRules.noPromptNgram(count("encoder_no_repeat_ngram_size")));
      }
      if (json.has("bad_words_ids")) {
        rules.add(LogitsRules.badWords(words(), ends));
      }
      // min_new_tokens takes the place of min_length
      if (!ends.isEmpty() && count("min_new_tokens") > 0) {
        rules.add(LogitsRules.minNewTokens(count("min_new_tokens"), ends));
      } else if (!ends.isEmpty() && !json.has("min_new_tokens") && count("min_length") > 0) {
        rules.add(LogitsRules.minLength(count("min_length"), ends));
      }
      List<Integer> first = forcedFirst();
      first.forEach(token -> rules.add(LogitsRules.forcedFirst(token)));
      List<Integer> last = inVocabulary("forced_eos_token_id", json.ids("forced_eos_token_id"));
      if (!last.isEmpty()) {
        rules.add(LogitsRules.forcedLast(last));
      }
      if (json.flag("remove_invalid_values", false)) {
        rules.add(LogitsRules.finite());
      }
      if (json.has("exponential_decay_length_penalty")) {
        rules.add(decay());
      }
      List<Integer> suppressed = json.ids("suppress_tokens");
      for (List<Integer> forced : List.of(first, last)) {
        if (!forced.isEmpty() && suppressed.containsAll(forced)) {
          throw json.refuse("suppress_tokens", "not every token that the file forces, " + forced);
        }
      }
      if (!suppressed.isEmpty()) {
        rules.add(LogitsRules.suppress(suppressed));
      }
      List<Integer> begin = json.ids("begin_suppress_tokens");
      if (!begin.isEmpty()) {
        rules.add(LogitsRules.suppressFirst(begin, !first.isEmpty()));
      }
    }

    private List<Integer> forcedFirst() {
      boolean ofModel = !own || json.flag("_from_model_config", false);
      return ofModel && json.flag("force_bos_token_to_be_generated", false)
          ? inVocabulary("bos_token_id", json.ids("bos_token_id"))
          : inVocabulary("forced_bos_token_id", json.ids("forced_bos_token_id"));
    }

    private LogitsRule decay() {
      String key = "exponential_decay_length_penalty";
      if (!json.get(key).isJsonArray()
          || json.get(key).getAsJsonArray().size() != 2
          || ends.isEmpty()) {
        throw json.refuse(key, "[tokens, factor], beside an eos_token_id");
      }
      inVocabulary("eos_token_id", List.copyOf(ends));
      JsonArray pair = json.get(key).getAsJsonArray();
      double start = number(key, pair.get(0));
      if (start != Math.rint(start) || Math.abs(start) > Integer.MAX_VALUE) {
        throw json.refuse(key, "[tokens, factor], a whole number of tokens");
      }
      return LogitsRules.exponentialDecay((int) start, number(key, pair.get(1)), ends);
    }

    private Map<List<Integer>, Float> biases() {
      String key = "sequence_bias";
      String form = "a list of [[token ids], bias]";
      Map<List<Integer>, Float> biases = new LinkedHashMap<>();
      for (JsonElement e : list(key, json.get(key), form)) {
        JsonArray pair = list(key, e, form);
        if (pair.size() != 2) {
          throw json.refuse(key, form);
        }
        biases.put(sequence(key, pair.get(0), form), (float) number(key, pair.get(1)));
      }
      return biases;
    }

    private List<List<Integer>> words() {
      String key = "bad_words_ids";
      String form = "a list of lists of token ids";
      List<List<Integer>> words = new ArrayList<>();
      for (JsonElement e : list(key, json.get(key), form)) {
        words.add(sequence(key, e, form));
      }
      return words;
    }

    private JsonArray list(String key, JsonElement e, String form) {
      if (!e.isJsonArray()) {
        throw json.refuse(key, form);
      }
      return e.getAsJsonArray();
    }

    private List<Integer> sequence(String key, JsonElement e, String form) {
      list(key, e, form);
      JsonObject alone = new JsonObject();
      alone.add(key, e);
      return inVocabulary(key, new ConfigJson(json.file(), alone).ids(key));
    }

    private List<Integer> inVocabulary(String key, List<Integer> ids) {
      for (int id : ids) {
        if (id < 0 || id >= vocabulary) {
          throw json.refuse(key, "token ids from 0 to " + (vocabulary - 1));
        }
      }
      return ids;
    }

    private double number(String key, JsonElement e) {
      if (e instanceof JsonPrimitive p) {
        String text = p.getAsString();
        if (p.isNumber()) {
          return p.getAsDouble();
        } else if (text.equals("Infinity") || text.equals("-Infinity")) { // as Python writes them
          return text.charAt(0) == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
      }
      throw json.refuse(key, "numbers where it says " + e);
    }

    /** A whole number; 0 where the key is absent. */
    private int count(String key) {
      double d = json.number(key, 0);
      if (d != Math.rint(d) || Math.abs(d) > Integer.MAX_VALUE) {
        throw json.refuse(key, "a whole number of tokens");
      }
      return (int) d;
    }

    private OptionalInt size(String key) {
      return json.has(key) ? OptionalInt.of(json.size(key)) : OptionalInt.empty();
    }
  }
}
