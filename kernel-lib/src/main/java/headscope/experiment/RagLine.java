package headscope.experiment;

import headscope.json.Flat;
import headscope.rag.RunDescription;
import headscope.task.Metric;
import headscope.task.TrialFacts;
import java.util.List;
import java.util.Map;

/**
 * A question, answered in every row of Table 4.
 *
 * @param facts what the task says of it
 * @param rows in the order of {@link RagExperiment#ROWS}
 */
public record RagLine(@Flat TrialFacts facts, List<Row> rows) {
  /**
   * A question in one row.
   *
   * @param row its name
   * @param correct whether the answer counts as successful
   * @param metrics what it was judged by
   * @param run what was done
   */
  public record Row(
      String row, boolean correct, @Flat Map<Metric, Double> metrics, @Flat RunDescription run) {}

  @Override
  public String toString() {
    return "RagLine[" + facts + ", " + rows.size() + " rows]";
  }
}
