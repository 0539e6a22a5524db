package headscope.experiment;

import headscope.claim.Claim;
import headscope.claim.Finding;
import headscope.claim.Paired;
import headscope.experiment.MaskingResult.Answer;
import headscope.experiment.MaskingResult.ForcedRun;
import headscope.failure.Section;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The claims on masking: A1, A2 and A3 of the right response's log-probability, K1 of the static
 * heads that step in in forced runs; of questions HA1 to HK1.
 *
 * <pre>
 *   MaskingClaims.ofAblation(result, "smollm2", "UUID, zero");       // A1, A2, A3
 *   MaskingClaims.ofCompensation(result, "smollm2", "UUID, zero");   // K1
 * </pre>
 *
 * <p>A trial counts if it has the outcome under both conditions.
 */
public final class MaskingClaims {
  /** The numbers of masked heads whose mean K1 takes. */
  public static final List<Integer> KS = List.of(1, 2, 4, 8);

  private static final List<String> BASELINES =
      List.of("static", "random", "random, layer-matched");

  private MaskingClaims() {}

  /**
   * A1, A2 and A3: all heads of a step against as many static, random and layer-matched ones.
   *
   * @param result of the conditions dynamic, static, random and "random, layer-matched"
   * @throws IllegalArgumentException if one of them is missing
   */
  public static List<Finding> ofAblation(MaskingResult result, String model, String setting) {
    Map<Integer, Double> dynamic = logprobs(result, "dynamic");
    return BASELINES.stream()
        .map(
            other ->
                Claim.of(result.eq2() + "A" + (BASELINES.indexOf(other) + 1))
                    .found(model, setting, paired(dynamic, logprobs(result, other))))
        .toList();
  }

  private static Map<Integer, Double> logprobs(MaskingResult result, String condition) {
    return present(condition, result.under(condition), Answer::trial, Answer::answerLogprob);
  }

  /**
   * K1: the rate in forced runs, its mean over {@link #KS} of a trial, dynamic less random.
   *
   * @param result of forced runs under dynamic k and random k
   * @throws IllegalArgumentException if one of them is missing
   */
  public static Finding ofCompensation(MaskingResult result, String model, String setting) {
    return Claim.of(result.eq2() + "K1")
        .found(model, setting, paired(rates(result, "dynamic"), rates(result, "random")));
  }

  private static Map<Integer, Double> rates(MaskingResult result, String who) {
    Map<Integer, Double> means = new TreeMap<>();
    for (int k : KS) {
      String condition = who + " " + k;
      List<ForcedRun> runs =
          result.forcedRuns().stream().filter(r -> r.condition().equals(condition)).toList();
      Map<Integer, Double> rates =
          present("forced " + condition, runs, ForcedRun::trial, ForcedRun::rate);
      if (k == KS.get(0)) {
        rates.keySet().forEach(trial -> means.put(trial, 0.0));
      }
      means.keySet().retainAll(rates.keySet());
      means.replaceAll((trial, sum) -> sum + rates.get(trial) / KS.size());
    }
    return means;
  }

  /** Trial to outcome, without those that have none. */
  private static <T> Map<Integer, Double> present(
      String condition, List<T> some, ToDoubleFunction<T> trial, ToDoubleFunction<T> outcome) {
    if (some.isEmpty()) {
      throw Section.CLAIMS.wrong(
          "the claim needs runs under \""
              + condition
              + "\", of which there are none; add the"
              + " condition to the experiment");
    }
    return some.stream()
        .filter(run -> !Double.isNaN(outcome.applyAsDouble(run)))
        .collect(Collectors.toMap(run -> (int) trial.applyAsDouble(run), outcome::applyAsDouble));
  }

  private static Paired paired(Map<Integer, Double> first, Map<Integer, Double> second) {
    TreeSet<Integer> trials = new TreeSet<>(first.keySet());
    trials.retainAll(second.keySet());
    return Paired.of(
        trials.stream().mapToDouble(first::get).toArray(),
        trials.stream().mapToDouble(second::get).toArray());
  }
}
