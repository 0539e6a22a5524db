package headscope.experiment;

import headscope.json.Flat;
import headscope.task.TrialFacts;
import java.util.List;

/**
 * A question, its heads read with several windows and thresholds.
 *
 * @param facts what the task says of it
 * @param correct whether the answer counts as successful
 * @param modelHeads heads of the model
 * @param readings windows by windows, thresholds within them
 */
public record ReadingsLine(
    @Flat TrialFacts facts, boolean correct, int modelHeads, List<Reading> readings) {
  /**
   * Heads by one reading of Eq. 2, over the answer.
   *
   * @param sink first positions that do not count
   * @param local last positions that do not count
   * @param threshold a head with more than this retrieves
   * @param steps of the answer
   * @param heads that retrieve, summed over steps
   * @param pairs adjacent steps, not both without heads
   * @param jaccard summed over these pairs
   */
  public record Reading(
      int sink, int local, double threshold, int steps, int heads, int pairs, double jaccard) {}

  @Override
  public String toString() {
    return "ReadingsLine[" + facts + ", " + readings.size() + " readings]";
  }
}
