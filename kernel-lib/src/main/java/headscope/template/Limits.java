package headscope.template;

/**
 * What a template may use. Far above the needs of a long chat, far below what hurts; the two depths
 * fit into half a megabyte of stack.
 */
final class Limits {
  /** Characters of a template. */
  static final int SOURCE = 1_000_000;

  /** Tags within tags and brackets within brackets of the source. */
  static final int NESTING = 50;

  /** Expressions, statements and values within each other while rendering. */
  static final int DEPTH = 400;

  /** Evaluated nodes, items passed and pieces of text copied in one rendering. */
  static final long STEPS = 10_000_000;

  /** So many copied characters count as one step. */
  static final int CHARACTERS_PER_STEP = 32;

  /** Characters of one text, the rendered one included. */
  static final int TEXT = 16_000_000;

  /** Items of a range; the limit of Jinja's sandbox. */
  static final int RANGE = 100_000;

  /** Digits of an integer; Python prints no more. */
  static final int DIGITS = 4300;

  private Limits() {}
}
