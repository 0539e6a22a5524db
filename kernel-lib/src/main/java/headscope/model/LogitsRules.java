package headscope.model;

import headscope.failure.Section;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The rules on logits that {@code generation_config.json} can ask for, in float32 and to the last
 * detail as transformers 5.23.0 applies them to a model that is nothing but a decoder: where a rule
 * looks back, it sees the prompt, too.
 */
public final class LogitsRules {
  private static final float NEVER = Float.NEGATIVE_INFINITY;

  private LogitsRules() {}

  private record Named(String key, Object value, Action action) implements LogitsRule {
    @Override
    public String name() {
      return key + "=" + value;
    }

    @Override
    public void apply(float[] logits, At at) {
      action.apply(logits, at);
    }
  }

  private interface Action {
    void apply(float[] logits, LogitsRule.At at);
  }

  /** These tokens are never taken; ids outside the vocabulary say nothing. */
  public static LogitsRule suppress(Collection<Integer> tokens) {
    Set<Integer> ids = new TreeSet<>(tokens);
    return new Named("suppress_tokens", ids, (logits, at) -> forbid(logits, ids));
  }

  /**
   * These tokens are not taken first.
   *
   * @param forcedFirst whether a prompt of one token has its first token forced, so that the one
   *     behind it counts as the first
   */
  public static LogitsRule suppressFirst(Collection<Integer> tokens, boolean forcedFirst) {
    Set<Integer> ids = new TreeSet<>(tokens);
    return new Named(
        "begin_suppress_tokens",
        ids,
        (logits, at) -> {
          if (at.step() == (forcedFirst && at.promptLength() == 1 ? 1 : 0)) {
            forbid(logits, ids);
          }
        });
  }

  /** End tokens are not taken before a row has a number of new tokens. */
  public static LogitsRule minNewTokens(int tokens, Set<Integer> endTokens) {
    return holdBack("min_new_tokens", tokens, endTokens, at -> at.step() < tokens);
  }

  /** End tokens are not taken before prompt and answer have a length together. */
  public static LogitsRule minLength(int length, Set<Integer> endTokens) {
    return holdBack("min_length", length, endTokens, at -> at.ids().length < length);
  }

  private static LogitsRule holdBack(
      String key, int value, Set<Integer> ends, Predicate<LogitsRule.At> early) {
    checkCount(key, value);
    return new Named(
        key,
        value,
        (logits, at) -> {
          if (early.test(at)) {
            forbid(logits, ends);
          }
        });
  }

  /**
   * Logits of tokens that have occurred are divided by a number where positive, else multiplied.
   *
   * @param penalty above 0; less than 1 rewards
   */
  public static LogitsRule repetitionPenalty(double penalty) {
    checkPenalty("repetition_penalty", penalty);
    return new Named(
        "repetition_penalty",
        penalty,
        (logits, at) -> penalise(logits, at.ids(), at.ids().length, (float) penalty));
  }

  /**
   * Logits of the prompt's tokens are multiplied by a number where positive, else divided.
   *
   * @param penalty above 0, on everything but the prompt's tokens
   */
  public static LogitsRule promptRepetitionPenalty(double penalty) {
    checkPenalty("encoder_repetition_penalty", penalty);
    return new Named(
        "encoder_repetition_penalty",
        penalty,
        (logits, at) -> penalise(logits, at.ids(), at.promptLength(), (float) (1 / penalty)));
  }

  private static void penalise(float[] logits, int[] ids, int length, float penalty) {
    for (int id : Arrays.stream(ids, 0, length).distinct().toArray()) {
      logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
    }
  }

  /** No n tokens in a row come twice, those of the prompt counted. */
  public static LogitsRule noRepeatNgram(int size) {
    checkCount("no_repeat_ngram_size", size);
    return new Named(
        "no_repeat_ngram_size",
        size,
        (logits, at) -> forbidSeen(logits, at.ids(), at.ids().length, size));
  }

  /** No n tokens in a row come that the prompt has. */
  public static LogitsRule noPromptNgram(int size) {
    checkCount("encoder_no_repeat_ngram_size", size);
    return new Named(
        "encoder_no_repeat_ngram_size",
        size,
        (logits, at) -> forbidSeen(logits, at.ids(), at.promptLength(), size));
  }

  /** Forbids what would complete n tokens that lie within the first {@code length} ones. */
  private static void forbidSeen(float[] logits, int[] ids, int length, int size) {
    int last = ids.length - (size - 1);
    for (int from = 0; from + size <= length; from++) {
      if (Arrays.equals(ids, from, from + size - 1, ids, last, ids.length)) {
        logits[ids[from + size - 1]] = NEVER;
      }
    }
  }

  /** These sequences of tokens are never completed; one that is a single end token says nothing. */
  public static LogitsRule badWords(List<List<Integer>> words, Set<Integer> endTokens) {
    Map<List<Integer>, Float> biases = new LinkedHashMap<>();
    for (List<Integer> word : words) {
      if (word.size() != 1 || !endTokens.contains(word.get(0))) {
        biases.put(List.copyOf(word), NEVER);
      }
    }
    List<Bias> ordered = ordered(biases);
    return new Named("bad_words_ids", words, (logits, at) -> add(ordered, logits, at.ids()));
  }

  /** Adds a number to the logit of each token that would complete a sequence. */
  public static LogitsRule sequenceBias(Map<List<Integer>, Float> biases) {
    List<Bias> ordered = ordered(biases);
    return new Named("sequence_bias", ordered, (logits, at) -> add(ordered, logits, at.ids()));
  }

  private record Bias(List<Integer> tokens, float bias) {
    @Override
    public String toString() {
      return tokens + ": " + bias;
    }
  }

  /** In the order in which they are summed: single tokens, then length by length. */
  private static List<Bias> ordered(Map<List<Integer>, Float> biases) {
    Map<Integer, List<Bias>> byLength = new LinkedHashMap<>();
    byLength.put(1, new ArrayList<>());
    biases.forEach(
        (tokens, bias) ->
            byLength
                .computeIfAbsent(tokens.size(), n -> new ArrayList<>())
                .add(new Bias(List.copyOf(tokens), bias)));
    byLength.remove(0); // transformers passes over a sequence of no tokens
    return byLength.values().stream().flatMap(List::stream).toList();
  }

  private static void add(List<Bias> biases, float[] logits, int[] ids) {
    Map<Integer, Float> sums =
        new TreeMap<>(); // added to the logits as a whole, as rounding has it
    for (Bias b : biases) {
      if (completes(b.tokens(), ids)) {
        sums.merge(b.tokens().get(b.tokens().size() - 1), b.bias(), Float::sum);
      }
    }
    sums.forEach((id, bias) -> logits[id] += bias);
  }

  private static boolean completes(List<Integer> sequence, int[] ids) {
    int from = ids.length - (sequence.size() - 1);
    for (int i = 0; i < sequence.size() - 1; i++) {
      if (from < 0 || ids[from + i] != sequence.get(i)) {
        return false;
      }
    }
    return true;
  }

  /** The token behind a prompt of a single token. */
  public static LogitsRule forcedFirst(int token) {
    return new Named(
        "forced_bos_token_id",
        token,
        (logits, at) -> {
          if (at.ids().length == 1) {
            force(logits, List.of(token));
          }
        });
  }

  /** The last of the most tokens that are generated is one of these, the lowest id. */
  public static LogitsRule forcedLast(Collection<Integer> tokens) {
    List<Integer> ids = List.copyOf(tokens);
    return new Named(
        "forced_eos_token_id",
        ids,
        (logits, at) -> {
          if (at.step() == at.maxNewTokens() - 1) {
            force(logits, ids);
          }
        });
  }

  private static void force(float[] logits, Collection<Integer> ids) {
    Arrays.fill(logits, NEVER);
    ids.forEach(id -> logits[id] = 0);
  }

  /** Numbers that are none become 0, infinite ones the largest finite ones. */
  public static LogitsRule finite() {
    return new Named(
        "remove_invalid_values",
        true,
        (logits, at) -> {
          for (int i = 0; i < logits.length; i++) {
            logits[i] =
                Float.isNaN(logits[i])
                    ? 0
                    : Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, logits[i]));
          }
        });
  }

  /**
   * Behind a number of new tokens, adds to the logits of end tokens their absolute value times
   * {@code factor ^ (tokens more) - 1}.
   */
  public static LogitsRule exponentialDecay(int start, double factor, Set<Integer> endTokens) {
    return new Named(
        "exponential_decay_length_penalty",
        List.of(start, factor),
        (logits, at) -> {
          int more = at.step() - start;
          if (more > 0) {
            float growth = (float) (Math.pow(factor, more) - 1);
            for (int id : endTokens) {
              if (Float.isFinite(logits[id])) {
                logits[id] += Math.abs(logits[id]) * growth;
              }
            }
          }
        });
  }

  private static void forbid(float[] logits, Set<Integer> ids) {
    for (int id : ids) {
      if (id >= 0 && id < logits.length) {
        logits[id] = NEVER;
      }
    }
  }

  private static void checkCount(String key, int count) {
    if (count < 1) {
      throw Section.GENERATION_CONFIG.wrong(key + " is a number of tokens from 1 on, got " + count);
    }
  }

  private static void checkPenalty(String key, double penalty) {
    if (!(penalty > 0 && penalty < Double.POSITIVE_INFINITY)) {
      throw Section.GENERATION_CONFIG.wrong(key + " is a finite number above 0, got " + penalty);
    }
  }
}
