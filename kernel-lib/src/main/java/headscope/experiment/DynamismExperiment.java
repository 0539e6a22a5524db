package headscope.experiment;

/**
 * Do the heads that retrieve change from step to step (section 5.1)? What every head did is
 * recorded, and Table 1 computed from it.
 *
 * <pre>
 *   var result = DynamismExperiment.standard().run(model, TrialListener.NONE);
 *   result.accuracy();               // 0.9583...
 *   result.dynamism(20).toTable();   // Table 1
 * </pre>
 *
 * @param name what it is called in the results
 * @param trials what is asked
 * @param protocol how it is answered and read
 */
public record DynamismExperiment(String name, Trials trials, Protocol protocol)
    implements AnsweringExperiment<DynamismResult> {

  /** Table 1 of any task. */
  public static DynamismExperiment of(Trials trials, Protocol protocol) {
    return new DynamismExperiment("dynamism", trials, protocol);
  }

  /** Needles with a UUID, read by Eq. 1, at the size of the reference model. */
  public static DynamismExperiment standard() {
    return of(NeedleTrials.standard(), Protocol.copyPaste());
  }

  /** The same under another name in the results. */
  public DynamismExperiment named(String other) {
    return new DynamismExperiment(other, trials, protocol);
  }

  /** With other trials, of this task or another. */
  public DynamismExperiment withTrials(Trials other) {
    return new DynamismExperiment(name, other, protocol);
  }

  @Override
  public DynamismResult result(Run<DynamismLine> run) {
    return answers(run);
  }
}
