package headscope.experiment;

import headscope.correlation.OffsetCca;

/**
 * What {@link CorrelationExperiment} found.
 *
 * @param experiment what was asked for
 * @param answers the trials with their traces
 */
public record CorrelationResult(CorrelationExperiment experiment, DynamismResult answers) {
  /** The canonical correlations at every offset: Figs. 4 and 8. Takes a while. */
  public OffsetCca.Result cca() {
    return experiment.cca().of(answers.generations());
  }

  @Override
  public String toString() {
    return "CorrelationResult[" + answers + "]";
  }
}
