package headscope.model;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * How the token of one row is chosen from its logits. The log-probability and the entropy that a
 * step records are of the logits as the model gives them, whatever is chosen.
 */
public sealed interface Choice {
  /** The most likely token, the lowest id on a tie. */
  static Choice mostLikely() {
    return MostLikely.INSTANCE;
  }

  /** This token, whatever the model prefers. */
  static Choice of(int token) {
    return new Given(token);
  }

  /**
   * The most likely token under rules, each of which changes the logits that the one before left.
   *
   * @param rules in the order in which they act
   * @param at where the row is
   */
  static Choice by(List<LogitsRule> rules, LogitsRule.At at) {
    return new Ruled(rules, at, rule -> {});
  }

  /** The most likely token. */
  enum MostLikely implements Choice {
    INSTANCE
  }

  /**
   * A token that is given.
   *
   * @param token its id
   */
  record Given(int token) implements Choice {}

  /**
   * The most likely token under rules.
   *
   * @param rules in the order in which they act
   * @param at where the row is
   * @param acted is told each rule that has another token be the most likely
   */
  record Ruled(List<LogitsRule> rules, LogitsRule.At at, Consumer<LogitsRule> acted)
      implements Choice {
    public Ruled {
      rules = List.copyOf(rules);
    }

    private int token(float[] logits) {
      int token = greatest(logits);
      for (LogitsRule rule : rules) {
        rule.apply(logits, at);
        int now = greatest(logits);
        if (now != token) {
          acted.accept(rule);
        }
        token = now;
      }
      return token;
    }
  }

  /**
   * The tokens of a batch: the one place where the next token is decided.
   *
   * @param choices a choice for each row
   * @param logits [B, vocabulary]
   * @return [B]; empty where every row takes its most likely token, which the engine finds itself
   */
  static int[] tokens(List<Choice> choices, NDArray logits) {
    if (choices.stream().allMatch(MostLikely.class::isInstance)) {
      return new int[0];
    }
    boolean given = choices.stream().allMatch(Given.class::isInstance);
    float[] all = given ? new float[0] : logits.toFloatArray();
    int vocabulary = all.length / choices.size();
    int[] tokens = new int[choices.size()];
    for (int b = 0; b < tokens.length; b++) {
      float[] row = Arrays.copyOfRange(all, b * vocabulary, (b + 1) * vocabulary);
      tokens[b] = token(choices.get(b), row);
    }
    return tokens;
  }

  private static int token(Choice choice, float[] logits) {
    if (choice instanceof Given given) {
      return given.token();
    }
    return choice instanceof Ruled ruled ? ruled.token(logits) : greatest(logits);
  }

  /** The index of the greatest number, the lowest on a tie; one that is none counts as such. */
  private static int greatest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length && !Float.isNaN(values[best]); i++) {
      if (values[i] > values[best] || Float.isNaN(values[i])) {
        best = i;
      }
    }
    return best;
  }
}
