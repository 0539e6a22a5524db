package headscope.claim;

import headscope.failure.Section;
import java.util.OptionalDouble;

/**
 * What the statistic of a claim came to, on one model and under one of the stated settings.
 *
 * @param claim what is claimed
 * @param model what it was found on
 * @param setting such as {@code UUID}, or {@code classic, mean}
 * @param value the statistic; NaN where there was nothing to observe
 * @param low of its 95 % interval over samples; NaN where there is none
 * @param high of the interval
 * @param rival what it must pass
 * @param n samples that the interval is over
 * @param p of the test between two conditions, not corrected; empty where there is none
 */
public record Finding(
    Claim claim,
    String model,
    String setting,
    double value,
    double low,
    double high,
    double rival,
    int n,
    OptionalDouble p) {

  public Finding {
    if (model.isBlank() || setting.isBlank()) {
      throw Section.CLAIMS.wrong(
          "a finding is of a model under a setting, got \"" + model + "\" and \"" + setting + "\"");
    }
    if (low > high || n < 0 || p.isPresent() && !(p.getAsDouble() >= 0 && p.getAsDouble() <= 1)) {
      throw Section.CLAIMS.wrong(
          String.format(
              "an interval has its low end first, n is 0 or more, p is from 0 to 1; got %s to %s,"
                  + " %d, %s",
              low, high, n, p));
    }
  }

  /**
   * Holds: the whole interval lies on the claim's side of the rival, and the corrected p, where
   * there is a test, is below .05. Fails: no point of the interval does. Else it cannot be told.
   */
  Outcome outcome(OptionalDouble corrected) {
    boolean known = !Double.isNaN(low) && !Double.isNaN(high) && !Double.isNaN(rival);
    boolean lowOn = claim.side().has(low, rival);
    boolean highOn = claim.side().has(high, rival);
    if (known && lowOn && highOn && corrected.orElse(0) < Outcome.LEVEL) {
      return Outcome.HOLDS;
    }
    return known && !lowOn && !highOn ? Outcome.FAILS : Outcome.CANNOT_TELL;
  }
}
