package headscope.experiment;

import headscope.json.Flat;
import headscope.json.Part;
import headscope.rag.RunDescription;
import headscope.task.Metric;
import headscope.task.TrialFacts;
import java.util.List;
import java.util.Map;

/** A line of {@link RagExperiment}. */
public sealed interface RagLine {
  /** What the task says of the question. */
  TrialFacts facts();

  /**
   * A question that the threshold of RIND is chosen on, answered with the whole context visible.
   *
   * @param facts what the task says of it
   * @param greatestRind of each sentence of the answer that has a word
   * @param text the answer
   */
  @Part("threshold")
  record Watched(@Flat TrialFacts facts, List<Double> greatestRind, String text)
      implements RagLine {}

  /**
   * A question that the sizes are chosen on, answered with each of them.
   *
   * @param facts what the task says of it
   * @param rows in the order of the candidates
   */
  @Part("sizes")
  record Sized(@Flat TrialFacts facts, List<Row> rows) implements RagLine {
    @Override
    public String toString() {
      return "Sized[" + facts + ", " + rows.size() + " rows]";
    }
  }

  /**
   * A question, answered in every row of Table 4.
   *
   * @param facts what the task says of it
   * @param rows in the order of {@link RagExperiment#ROWS}
   */
  @Part("question")
  record Asked(@Flat TrialFacts facts, List<Row> rows) implements RagLine {
    @Override
    public String toString() {
      return "Asked[" + facts + ", " + rows.size() + " rows]";
    }
  }

  /**
   * A question in one row.
   *
   * @param row its name
   * @param correct whether the answer counts as successful
   * @param metrics what it was judged by
   * @param run what was done
   */
  record Row(
      String row, boolean correct, @Flat Map<Metric, Double> metrics, @Flat RunDescription run) {}
}
