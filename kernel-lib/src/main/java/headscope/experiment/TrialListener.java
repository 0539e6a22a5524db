package headscope.experiment;

/** Is told how far an experiment has come. */
@FunctionalInterface
public interface TrialListener {
  /** Listens to nothing. */
  TrialListener NONE = (done, total) -> {};

  /**
   * A trial is done, computed or found in the results of an earlier run.
   *
   * @param done trials so far
   * @param total trials in all
   */
  void progress(int done, int total);
}
