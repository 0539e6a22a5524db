package headscope.experiment;

import headscope.probe.HeadProbe;
import headscope.probe.ProbeReport;
import headscope.probe.Split;

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
   * Trains the probe.
   *
   * @param listener is told of each epoch
   */
  public HeadProbe train(HeadProbe.Listener listener) {
    return HeadProbe.train(split(), experiment.probe(), listener);
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
