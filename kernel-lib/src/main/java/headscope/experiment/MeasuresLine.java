package headscope.experiment;

import headscope.json.Flat;
import headscope.task.Trial;
import headscope.task.TrialFacts;
import headscope.trace.Trace;
import java.util.List;
import java.util.Optional;

/**
 * A trial of which every head was measured.
 *
 * @param facts what the task says of it
 * @param newTokens tokens of the answer
 * @param text the answer
 * @param correct whether it counts as successful; else nothing was measured
 * @param span steps of the answer span
 * @param differences how likely the two needles' responses are
 * @param measures of every head
 */
public record MeasuresLine(
    @Flat TrialFacts facts,
    int newTokens,
    String text,
    boolean correct,
    int span,
    @Flat Optional<Difference> differences,
    @Flat Optional<Measures> measures) {

  /**
   * Log-probabilities of forced responses, in nats a token.
   *
   * @param logprob of the right response
   * @param clean of the right response less the other needle's, after the prompt
   * @param other the same after the other needle's prompt
   */
  public record Difference(double logprob, double clean, double other) {}

  /**
   * The four measures, [layers * heads] each, layer by layer.
   *
   * @param headsPerLayer query heads a layer
   * @param look mean Eq. 1
   * @param write mean direct attribution to the needle's tokens that were said, in logits
   * @param need what the right response's log-probability loses without the head
   * @param carry the share of the difference between the needles that its z moves
   */
  public record Measures(
      int headsPerLayer,
      List<Double> look,
      List<Double> write,
      List<Double> need,
      List<Double> carry) {
    /**
     * By the names of {@link headscope.claim.Claim#MEASURES}, in their order: [measures][heads].
     */
    double[][] all() {
      return List.of(look, write, need, carry).stream()
          .map(m -> m.stream().mapToDouble(x -> x).toArray())
          .toArray(double[][]::new);
    }
  }

  static MeasuresLine wrong(Trial trial, Trace trace) {
    return new MeasuresLine(
        trial.facts(),
        trace.steps().size(),
        trace.text(),
        false,
        0,
        Optional.empty(),
        Optional.empty());
  }

  static MeasuresLine right(
      Trial trial, Trace trace, int span, Difference differences, Measures measures) {
    return new MeasuresLine(
        trial.facts(),
        trace.steps().size(),
        trace.text(),
        true,
        span,
        Optional.of(differences),
        Optional.of(measures));
  }
}
