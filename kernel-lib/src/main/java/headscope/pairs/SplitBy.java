package headscope.pairs;

/** What is put whole on one side of a split. */
public enum SplitBy {
  /** Generations: no row of a tested generation was fitted on. */
  GENERATION,
  /** Single rows, as the paper may be read: rows of one generation stand on both sides. */
  ROW
}
