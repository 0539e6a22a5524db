package headscope.claim;

import java.util.Optional;

/**
 * What is said of a claim on one model: a row of the verdict table, an object of {@code
 * verdicts.json}. NaN and what is empty are null there.
 *
 * @param id of the claim
 * @param model what it was tested on
 * @param setting under which of the stated settings; {@link Verdicts#OVERALL} for all of them,
 *     without numbers
 * @param value the statistic
 * @param low of its 95 % interval over samples
 * @param high of the interval
 * @param rival what it must pass
 * @param n samples that the interval is over; 0 over several settings
 * @param p of the test between two conditions; empty where there is none
 * @param pHolm the same, corrected over the claims of its group and their settings on the model
 * @param verdict how the claim fares
 */
public record Verdict(
    String id,
    String model,
    String setting,
    double value,
    double low,
    double high,
    double rival,
    int n,
    Optional<Double> p,
    Optional<Double> pHolm,
    Outcome verdict) {}
