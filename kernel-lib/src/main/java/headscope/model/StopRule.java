package headscope.model;

/**
 * When a row has said enough, by the texts of its tokens.
 *
 * <pre>
 *   StopRule line = () -> (token, end) -> token.contains("\n");
 * </pre>
 */
@FunctionalInterface
public interface StopRule {
  /** Rows go on to their end token, or to the most tokens they may have. */
  StopRule NEVER = () -> (token, end) -> false;

  /** Begins to read a row. */
  Reading begin();

  /** A row that is read token by token. */
  @FunctionalInterface
  interface Reading {
    /**
     * Takes the next token.
     *
     * @param token what it adds to the text
     * @param end whether it is the end token that ends the row
     * @return whether the row has said enough
     */
    boolean read(String token, boolean end);
  }
}
