package headscope.model;

import com.google.gson.JsonElement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What each key of {@code generation_config.json} does when tokens are taken greedily one by one,
 * from the generation code of transformers 5.23.0. A key that stands in none of the tables is one
 * that transformers does not know either: it changes nothing there.
 */
final class GenerationKeys {
  /** Keys of rules on logits, which act here as they act there. */
  private static final Set<String> RULES =
      Set.of(
          "bad_words_ids",
          "begin_suppress_tokens",
          "encoder_no_repeat_ngram_size",
          "encoder_repetition_penalty",
          "exponential_decay_length_penalty",
          "force_bos_token_to_be_generated",
          "forced_bos_token_id",
          "forced_eos_token_id",
          "min_length",
          "min_new_tokens",
          "no_repeat_ngram_size",
          "remove_invalid_values",
          "repetition_penalty",
          "sequence_bias",
          "suppress_tokens");

  /** Keys of ends and lengths, and what the rules go by. */
  private static final Set<String> LENGTHS =
      Set.of("_from_model_config", "bos_token_id", "eos_token_id", "max_length", "max_new_tokens");

  /** Keys that change no greedily taken token. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          // of sampling
          "do_sample",
          "epsilon_cutoff",
          "eta_cutoff",
          "min_p",
          "num_return_sequences",
          "temperature",
          "top_h",
          "top_k",
          "top_p",
          "typical_p",
          // of beams; several beams are refused
          "diversity_penalty",
          "early_stopping",
          "length_penalty",
          "low_memory",
          "num_beam_groups",
          // of drafts, which are kept where they agree with the model's own tokens
          "assistant_confidence_threshold",
          "assistant_early_exit",
          "assistant_ensemble_weight",
          "assistant_lookbehind",
          "max_matching_ngram_size",
          "num_assistant_tokens",
          "num_assistant_tokens_schedule",
          "prompt_lookup_num_tokens",
          "speculation_type",
          "target_lookbehind",
          "use_mtp",
          // of encoders, padding, speed and output
          "cache_config",
          "compile_config",
          "continuous_batching_config",
          "decoder_start_token_id",
          "disable_compile",
          "max_cache_len",
          "output_attentions",
          "output_hidden_states",
          "output_logits",
          "output_scores",
          "pad_token_id",
          "prefill_chunk_size",
          "renormalize_logits", // log-softmax keeps the order
          "return_dict_in_generate",
          "use_cache",
          // of bookkeeping
          "_commit_hash",
          "_original_object_hash",
          "transformers_version");

  /**
   * A key that changes which tokens are taken, and is not implemented.
   *
   * @param what it asks for
   * @param neutral whether a file with this key asks for nothing
   */
  private record Unsupported(String what, Predicate<ConfigJson> neutral) {}

  private static final Map<String, Unsupported> UNSUPPORTED = new LinkedHashMap<>();

  static {
    UNSUPPORTED.put("num_beams", new Unsupported("beam search", j -> j.number("num_beams") == 1));
    UNSUPPORTED.put(
        "penalty_alpha",
        new Unsupported(
            "contrastive search",
            j -> j.number("penalty_alpha") <= 0 || j.number("top_k", 50) <= 1));
    UNSUPPORTED.put(
        "guidance_scale",
        new Unsupported("guidance by a second prompt", j -> j.number("guidance_scale") == 1));
    refuse("constraints", "constrained beam search");
    refuse("force_words_ids", "constrained beam search");
    refuse("dola_layers", "contrast of layers");
    refuse("stop_strings", "an end at a text");
    refuse("max_time", "an end by the clock");
    refuse("token_healing", "another prompt than the one given");
    refuse("watermarking_config", "a watermark");
    refuse("is_assistant", "an end where the model is unsure");
    UNSUPPORTED.put(
        "cache_implementation",
        new Unsupported(
            "keys and values of low precision",
            j -> !j.string("cache_implementation").equals("quantized")));
  }

  private GenerationKeys() {}

  private static void refuse(String key, String what) {
    UNSUPPORTED.put(key, new Unsupported(what, j -> false));
  }

  /** Whether a key is absent, or its value is null, false or empty. */
  private static boolean silent(ConfigJson json, String key) {
    if (!json.has(key)) {
      return true;
    }
    JsonElement e = json.get(key);
    return e.isJsonArray() && e.getAsJsonArray().isEmpty()
        || e.isJsonObject() && e.getAsJsonObject().isEmpty()
        || e.isJsonPrimitive() && e.getAsJsonPrimitive().isBoolean() && !e.getAsBoolean();
  }

  /** All that stand in a table. */
  static Set<String> known() {
    Set<String> known = new TreeSet<>(RULES);
    known.addAll(LENGTHS);
    known.addAll(WITHOUT_EFFECT);
    known.addAll(UNSUPPORTED.keySet());
    return known;
  }

  /** Keys that would act if the file were the one that decides, in its order. */
  static List<String> idle(ConfigJson json) {
    return json.names().stream()
        .filter(key -> RULES.contains(key) || UNSUPPORTED.containsKey(key))
        .filter(key -> !silent(json, key) && !json.get(key).toString().matches("[01](\\.0)?"))
        .filter(key -> !key.equals("cache_implementation")) // of Gemma: how keys are kept
        .toList();
  }

  /** What a file asks for that is not implemented, such as {@code num_beams = 4 (beam search)}. */
  static List<String> unsupported(ConfigJson json) {
    List<String> found = new ArrayList<>();
    UNSUPPORTED.forEach(
        (key, u) -> {
          if (!silent(json, key) && !u.neutral().test(json)) {
            found.add(key + " = " + json.get(key) + " (" + u.what() + ")");
          }
        });
    return found;
  }
}
