package headscope.task;

/** What a line of results says of a trial. */
public sealed interface TrialFacts {
  /** Tokens of the context, as the task counts them. */
  int length();

  /** Where the needle should lie, 0 the start to 1 the end. */
  double depth();

  /** Where the needle lies, 0 to 1. */
  double realDepth();

  /** Tokens of the whole prompt. */
  int promptTokens();

  /** What else is drawn for the trial is drawn from here. */
  long seed();

  /**
   * Of a needle in a haystack.
   *
   * @param length tokens of the haystack
   * @param depth wanted depth of the first needle, 0 to 1
   * @param realDepth its depth
   * @param promptTokens tokens of the whole prompt
   * @param seed of the trial
   * @param needle the needle sentences
   */
  record OfNeedle(
      int length, double depth, double realDepth, int promptTokens, long seed, String needle)
      implements TrialFacts {}

  /**
   * Of a question over several paragraphs.
   *
   * @param id of the question
   * @param type of the question, such as {@code bridge}
   * @param length tokens of the context
   * @param depth mean place of the supporting sentences, 0 to 1
   * @param realDepth the same
   * @param promptTokens tokens of the whole prompt
   * @param seed of the trial
   * @param missingFacts supporting facts that name no sentence of the context
   * @param answer the right one
   */
  record OfQuestion(
      String id,
      String type,
      int length,
      double depth,
      double realDepth,
      int promptTokens,
      long seed,
      int missingFacts,
      String answer)
      implements TrialFacts {}
}
