package headscope.experiment;

import headscope.json.Flat;
import headscope.json.Part;
import headscope.task.Metric;
import headscope.task.Trial;
import headscope.task.TrialFacts;
import headscope.trace.Trace;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** A line of an experiment that masks heads. */
public sealed interface MaskingLine {
  /** What the task says of the trial. */
  TrialFacts facts();

  /**
   * A trial that ranks the heads.
   *
   * @param facts what the task says of it
   * @param outcome what the answer came to
   * @param layers of the model
   * @param headsPerLayer query heads a layer
   * @param scores mean score of every head, layer by layer
   */
  @Part("ranking")
  record Ranking(
      @Flat TrialFacts facts,
      @Flat Outcome outcome,
      int layers,
      int headsPerLayer,
      List<Double> scores)
      implements MaskingLine {}

  /**
   * A trial without masks.
   *
   * @param facts what the task says of it
   * @param outcome what the answer came to
   * @param steps counted steps
   * @param dynamicHeads heads that retrieve, summed over these steps
   * @param answerLogprob mean log-probability of the tokens of the right response, in nats
   */
  @Part("clean")
  record Clean(
      @Flat TrialFacts facts,
      @Flat Outcome outcome,
      int steps,
      int dynamicHeads,
      double answerLogprob)
      implements MaskingLine {}

  /**
   * A trial under all conditions.
   *
   * @param facts what the task says of it
   * @param conditions in the order of the experiment
   */
  @Part("masked")
  record Masked(@Flat TrialFacts facts, List<Condition> conditions) implements MaskingLine {}

  /**
   * A trial under one condition.
   *
   * @param condition its name
   * @param outcome what the answer came to
   * @param answerLogprob mean log-probability of the tokens of the right response, in nats
   * @param maskedHeads mean number of masked heads a step
   * @param compensation m: static heads that stepped in at one step; none without a clean pass
   */
  record Condition(
      String condition,
      @Flat Outcome outcome,
      double answerLogprob,
      double maskedHeads,
      OptionalInt compensation) {}

  /**
   * What an answer came to.
   *
   * @param correct whether it counts as successful
   * @param metrics what it was judged by
   * @param newTokens its tokens
   * @param text the answer
   */
  record Outcome(boolean correct, @Flat Map<Metric, Double> metrics, int newTokens, String text) {
    static Outcome of(Trial trial, Trace trace) {
      return new Outcome(
          trial.answeredBy(trace.text()),
          trial.metrics(trace.text()),
          trace.steps().size(),
          trace.text());
    }
  }
}
