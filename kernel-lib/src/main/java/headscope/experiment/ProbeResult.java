package headscope.experiment;

import headscope.pairs.SplitBy;
import headscope.probe.HeadProbe;
import headscope.probe.ProbeReport;
import headscope.probe.Split;
import headscope.task.StepSpan;

/**
 * What {@link ProbeExperiment} left to learn from.
 *
 * @param experiment what was asked for
 * @param answers the trials with their traces
 */
public record ProbeResult(ProbeExperiment experiment, DynamismResult answers) {
  /** What is learned, validated and judged by, split with the seed of the trials. */
  public Split split() {
    return Split.of(answers.generations(), experiment.trials().seed());
  }

  /**
   * The same of a later step's heads, over some of the steps: offset 1 over answers is what P1 is
   * on.
   *
   * @param offset from a hidden state to the scores that are predicted from it, in steps
   * @param span which steps
   */
  public Split split(int offset, StepSpan span) {
    return Split.of(
        answers.generations(span), offset, SplitBy.GENERATION, experiment.trials().seed());
  }

  /**
   * Trains the probe.
   *
   * @param listener is told of each epoch
   */
  public HeadProbe train(HeadProbe.Listener listener) {
    return HeadProbe.train(split(), experiment.probe(), listener);
  }

  /**
   * Trains the probe on another split.
   *
   * @param split of these answers
   * @param listener is told of each epoch
   */
  public HeadProbe train(Split split, HeadProbe.Listener listener) {
    return HeadProbe.train(split, experiment.probe(), listener);
  }

  /** How well a probe does on trials that it has not seen: Table 2 or 3. */
  public ProbeReport report(HeadProbe probe) {
    return ProbeReport.of(probe, split());
  }

  @Override
  public String toString() {
    return "ProbeResult[" + answers + "]";
  }
}
