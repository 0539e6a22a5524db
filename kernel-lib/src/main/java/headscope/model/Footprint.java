package headscope.model;

/**
 * What rows that advance together take, known before anything is computed.
 *
 * @param rows how many
 * @param promptPositions positions of their prompts, without the last of each
 * @param computedPositions those that are computed: a beginning that several prompts share counts
 *     once
 * @param keyValueBytes the most bytes of keys and values, prompts and new tokens together; weights,
 *     the engine's working memory and the Java machine come on top
 */
public record Footprint(
    int rows, long promptPositions, long computedPositions, long keyValueBytes) {

  /** Positions that need not be computed since another row has them. */
  public long sharedPositions() {
    return promptPositions - computedPositions;
  }
}
