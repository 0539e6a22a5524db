package headscope.experiment;

import headscope.model.Generation;

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

  /**
   * An experiment begins.
   *
   * @param total trials in all
   */
  default void begins(int total) {}

  /**
   * The group that is being computed has come a step further. May throw a {@link
   * java.util.concurrent.CancellationException} to stop it.
   *
   * @param within where it stands
   */
  default void within(Within within) {}

  /**
   * Where a group stands.
   *
   * @param rows generations that advance together; 0 while their prompts are read
   * @param going those that have not ended
   * @param steps the most steps that one of them took; 0 when the prompts are read
   * @param promptPositions positions of the prompts of all rows
   * @param sharedPositions those that were not computed, since another row had them
   */
  record Within(int rows, int going, int steps, long promptPositions, long sharedPositions) {
    static final Within READING = new Within(0, 0, 0, 0, 0);

    static Within of(Generation generation) {
      return new Within(
          generation.rows().size(),
          (int) generation.rows().stream().filter(Generation.Row::going).count(),
          generation.rows().stream().mapToInt(Generation.Row::step).max().orElse(0),
          generation.footprint().promptPositions(),
          generation.footprint().sharedPositions());
    }
  }
}
