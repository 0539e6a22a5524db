package headscope.model;

import headscope.failure.Section;

/**
 * Changes the logits of a row before its most likely token is taken: one link of a chain, each of
 * which sees what the one before it left.
 *
 * <pre>
 *   LogitsRule noDigits = LogitsRules.suppress(digits);
 *   session.step(token, HeadMask.none(), Choice.by(List.of(noDigits), at));
 * </pre>
 */
public interface LogitsRule {
  /** What traces call it, such as {@code repetition_penalty=1.3}. */
  String name();

  /**
   * Changes logits in place; -∞ is never taken unless everything is.
   *
   * @param logits [vocabulary]
   * @param at where the row is
   */
  void apply(float[] logits, At at);

  /**
   * Where a row is when its next token is chosen.
   *
   * @param ids [tokens], prompt and what was generated behind it, without what is hidden: a rule
   *     sees no more than the model does
   * @param promptLength how many of them are the prompt's
   * @param maxNewTokens the most tokens that are generated
   */
  record At(int[] ids, int promptLength, int maxNewTokens) {
    public At {
      if (promptLength < 0 || promptLength > ids.length) {
        throw Section.MODEL_USE.wrong(
            String.format(
                "a row begins with its prompt: of %d tokens, %d cannot be the prompt's",
                ids.length, promptLength));
      }
    }

    @Override
    public String toString() {
      return "At[step " + step() + " behind " + promptLength + " tokens]";
    }

    /** The step whose token is chosen, from 0. */
    public int step() {
      return ids.length - promptLength;
    }
  }
}
