package headscope.claim;

import headscope.correlation.ExchangeNull;
import headscope.correlation.ExchangeNull.Reading;
import headscope.correlation.ExchangeNull.Row;
import headscope.probe.Advantage;
import headscope.score.Estimate;
import java.util.List;

/**
 * What the hidden state of a step tells of the next step's heads: C1 and C2 of held-out
 * correlations beside their exchange nulls, P1 of a probe beside its rival.
 *
 * <pre>
 *   StateClaims.of(ExchangeNull.standard().withOffsets(List.of(1)).of(generations), "m", "UUID");
 * </pre>
 */
public final class StateClaims {
  /** Test generations below which the interval of a probe says nothing. */
  public static final int TEST_GENERATIONS = 30;

  private StateClaims() {}

  /**
   * The findings on Eq. 1 and needles: C1, C2.
   *
   * @param result with offset 1, of generations cut to their answers
   */
  public static List<Finding> of(ExchangeNull.Result result, String model, String setting) {
    return of("", result, model, setting);
  }

  /** The findings on Eq. 2 and questions: HC1, HC2. */
  public static List<Finding> ofQuestions(
      ExchangeNull.Result result, String model, String setting) {
    return of("H", result, model, setting);
  }

  private static List<Finding> of(
      String eq2, ExchangeNull.Result result, String model, String setting) {
    Row held = result.row(1, Reading.HELD_OUT);
    Row partial = result.row(1, Reading.PARTIAL);
    return List.of(
        Claim.of(eq2 + "C1")
            .found(model, setting, held.top10(), held.byChance10().high(), held.generations()),
        Claim.of(eq2 + "C2")
            .found(
                model,
                setting,
                partial.top10(),
                partial.byChance10().high(),
                partial.generations()));
  }

  /**
   * The finding on a classifier at offset 1: P1. With fewer than {@value #TEST_GENERATIONS} test
   * generations it has no interval, and cannot be told.
   */
  public static Finding of(Advantage advantage, String model, String setting) {
    return of("P1", advantage, model, setting);
  }

  /** The finding on a regressor at offset 1: HP1. */
  public static Finding ofQuestions(Advantage advantage, String model, String setting) {
    return of("HP1", advantage, model, setting);
  }

  private static Finding of(String id, Advantage advantage, String model, String setting) {
    Estimate e = advantage.difference();
    Estimate told =
        advantage.generations() < TEST_GENERATIONS
            ? new Estimate(e.value(), Double.NaN, Double.NaN, e.n())
            : e;
    return Claim.of(id).found(model, setting, told, 0, advantage.generations());
  }
}
