package headscope.head;

/** Which rows of a generation a {@link HeadMask} touches. */
public enum MaskScope {
  /**
   * Each row that produces a token, the last prompt position first; earlier rows keep what they
   * were computed with.
   */
  STEPS,
  /** The rows of generated tokens only: the row of step 0 is clean. */
  DECODE,
  /** Every row, the prompt included. */
  ALL
}
