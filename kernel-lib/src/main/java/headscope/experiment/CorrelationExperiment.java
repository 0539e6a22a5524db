package headscope.experiment;

import headscope.correlation.OffsetCca;

/**
 * Does the hidden state tell which heads will retrieve (section 5.4)? Trials are answered, none of
 * which ranks heads, and hidden states are correlated with the scores some steps later.
 *
 * <pre>
 *   var result = CorrelationExperiment.standard().run(model, TrialListener.NONE);
 *   result.cca().toTable();          // Fig. 4
 * </pre>
 *
 * @param trials what is asked
 * @param protocol how it is answered and read
 * @param cca how they are correlated
 */
public record CorrelationExperiment(Trials trials, Protocol protocol, OffsetCca cca)
    implements AnsweringExperiment<CorrelationResult> {

  /** 100 needles, none of which ranks heads. */
  public static final NeedleTrials TRIALS = NeedleTrials.standard().withSamples(100, 0);

  /** Any trials, correlated as defined, with the seed of the trials. */
  public static CorrelationExperiment of(Trials trials, Protocol protocol) {
    return new CorrelationExperiment(
        trials, protocol, OffsetCca.standard().withSeed(trials.seed()));
  }

  /** {@link #TRIALS}, read by Eq. 1. */
  public static CorrelationExperiment standard() {
    return of(TRIALS, Protocol.copyPaste());
  }

  /** With other trials, of this task or another. */
  public CorrelationExperiment withTrials(Trials other) {
    return new CorrelationExperiment(other, protocol, cca);
  }

  /** Correlated in another way. */
  public CorrelationExperiment withCca(OffsetCca other) {
    return new CorrelationExperiment(trials, protocol, other);
  }

  @Override
  public String name() {
    return "correlation";
  }

  @Override
  public CorrelationResult result(Run<DynamismLine> run) {
    return new CorrelationResult(this, answers(run));
  }
}
