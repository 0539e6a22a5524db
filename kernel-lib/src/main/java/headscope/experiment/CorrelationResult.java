package headscope.experiment;

import headscope.correlation.ExchangeNull;
import headscope.correlation.OffsetCca;
import headscope.task.StepSpan;

/**
 * What {@link CorrelationExperiment} found.
 *
 * @param experiment what was asked for
 * @param answers the trials with their traces
 */
public record CorrelationResult(CorrelationExperiment experiment, DynamismResult answers) {
  /**
   * Held-out correlations beside their exchange nulls, the partial ones too, with the offsets and
   * the seed of the experiment.
   *
   * @param span which steps; offset 1 over answers is what C1 and C2 are on
   * @param draws of the nulls: 200, or 20 where time is short
   */
  public ExchangeNull.Result exchange(StepSpan span, int draws) {
    return ExchangeNull.standard()
        .withCca(experiment.cca())
        .withDraws(draws)
        .of(answers.generations(span));
  }

  /** The canonical correlations at every offset: Figs. 4 and 8. Takes a while. */
  public OffsetCca.Result cca() {
    return experiment.cca().of(answers.generations());
  }

  @Override
  public String toString() {
    return "CorrelationResult[" + answers + "]";
  }
}
