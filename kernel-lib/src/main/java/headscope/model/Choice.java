package headscope.model;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;

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
   * The tokens of a batch: the one place where the next token is decided.
   *
   * @param choices a choice for each row
   * @param logits [B, vocabulary]
   * @return [B]; empty where every row takes its most likely token, which the engine finds itself
   */
  static int[] tokens(List<Choice> choices, NDArray logits) {
    if (choices.stream().allMatch(c -> c == MostLikely.INSTANCE)) {
      return new int[0];
    }
    if (choices.stream().allMatch(Given.class::isInstance)) {
      return choices.stream().mapToInt(c -> ((Given) c).token()).toArray();
    }
    float[] all = logits.toFloatArray();
    int vocabulary = all.length / choices.size();
    int[] tokens = new int[choices.size()];
    for (int b = 0; b < tokens.length; b++) {
      float[] row = Arrays.copyOfRange(all, b * vocabulary, (b + 1) * vocabulary);
      tokens[b] = choices.get(b) instanceof Given given ? given.token() : greatest(row);
    }
    return tokens;
  }

  /** The index of the greatest number, the lowest on a tie. */
  private static int greatest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }
}
