package headscope.claim;

import headscope.score.Estimate;
import headscope.score.Turnover;
import java.util.List;

/** D1, D2 and D3 of a {@link Turnover}, by itself over the steps that it was given. */
public final class DynamismClaims {
  private DynamismClaims() {}

  /**
   * The findings on Eq. 1 and needles: D1, D2, D3.
   *
   * <pre>
   *   DynamismClaims.of(Turnover.of(matrices, ranking), "smollm2", "UUID");
   * </pre>
   *
   * @param turnover over answer spans, of samples that the ranking does not rest on
   * @param model what it was found on
   * @param setting under which of the stated settings
   */
  public static List<Finding> of(Turnover turnover, String model, String setting) {
    return of("", turnover, model, setting);
  }

  /** The findings on Eq. 2 and questions: HD1, HD2, HD3. */
  public static List<Finding> ofQuestions(Turnover turnover, String model, String setting) {
    return of("H", turnover, model, setting);
  }

  private static List<Finding> of(String eq2, Turnover turnover, String model, String setting) {
    Estimate byOrder = turnover.byChance(Turnover.Null.ORDER).adjacentJaccard();
    int n = turnover.samples();
    return List.of(
        Claim.of(eq2 + "D1").found(model, setting, turnover.adjacentDistance(), .5, n),
        Claim.of(eq2 + "D2").found(model, setting, turnover.coverage(turnover.meanSize()), .5, n),
        Claim.of(eq2 + "D3").found(model, setting, turnover.adjacentJaccard(), byOrder.high(), n));
  }
}
