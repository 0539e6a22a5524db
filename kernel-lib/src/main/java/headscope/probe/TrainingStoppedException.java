package headscope.probe;

import java.util.Optional;
import java.util.concurrent.CancellationException;

/** A training was stopped on request. What it had learned until then is not lost. */
public final class TrainingStoppedException extends CancellationException {
  private static final long serialVersionUID = 1L;

  private final transient Optional<HeadProbe> best;

  TrainingStoppedException(int epochs, Optional<HeadProbe> best) {
    super(
        "stopped on request after "
            + epochs
            + " epochs"
            + (best.isPresent() ? "; best() of this exception is the best probe so far" : ""));
    this.best = best;
  }

  /** The probe of the lowest validation loss so far; none before the first epoch is done. */
  public Optional<HeadProbe> best() {
    return best;
  }
}
