package headscope.experiment;

import headscope.json.Flat;
import headscope.task.Metric;
import headscope.task.TrialFacts;
import java.util.List;
import java.util.Map;

/**
 * A question, asked with more and with less of its context.
 *
 * @param facts what the task says of it
 * @param rows in the order in which it was asked for
 */
public record QuestionsLine(@Flat TrialFacts facts, List<Row> rows) {
  /**
   * An answer.
   *
   * @param shown what of the context there was
   * @param contextTokens how many tokens that is
   * @param correct whether the answer counts as successful
   * @param metrics what it was judged by
   * @param newTokens its tokens
   * @param text the answer
   */
  public record Row(
      String shown,
      int contextTokens,
      boolean correct,
      @Flat Map<Metric, Double> metrics,
      int newTokens,
      String text) {}

  @Override
  public String toString() {
    return "QuestionsLine[" + facts + ", " + rows.size() + " rows]";
  }
}
