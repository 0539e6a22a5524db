package headscope.experiment;

import headscope.ablation.TwoPass;
import headscope.head.HeadSet;
import headscope.json.Flat;
import headscope.json.Part;
import headscope.task.Metric;
import headscope.task.Trial;
import headscope.task.TrialFacts;
import headscope.trace.Trace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
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
   * @param said what forced runs are made to say; where there are some
   */
  @Part("clean")
  record Clean(
      @Flat TrialFacts facts,
      @Flat Outcome outcome,
      int steps,
      int dynamicHeads,
      double answerLogprob,
      @Flat Optional<Said> said)
      implements MaskingLine {}

  /**
   * What was said.
   *
   * @param tokens [steps], the end token included
   */
  record Said(List<Integer> tokens) {
    public Said {
      tokens = List.copyOf(tokens);
    }

    int[] ids() {
      return tokens.stream().mapToInt(t -> t).toArray();
    }
  }

  /**
   * A trial under all conditions.
   *
   * @param facts what the task says of it
   * @param conditions in the order of the experiment
   * @param forcedRuns the same where the clean run's tokens are said, and under the masks that they
   *     are compared with; where they were asked for
   */
  @Part("masked")
  record Masked(
      @Flat TrialFacts facts, List<Condition> conditions, @Flat Optional<ForcedRuns> forcedRuns)
      implements MaskingLine {}

  /**
   * Runs that are made to say the clean run's tokens.
   *
   * @param forced one a condition
   */
  record ForcedRuns(List<Forced> forced) {
    public ForcedRuns {
      forced = List.copyOf(forced);
    }

    @Override
    public String toString() {
      return "ForcedRuns[" + forced.stream().map(Forced::condition).toList() + "]";
    }
  }

  /**
   * A run under a condition that is made to say the clean run's tokens; DEFINITIONS.md, 34.
   *
   * @param condition its name
   * @param m static heads that stepped in at one step, the most
   * @param rate static heads that stepped in, mean over steps
   * @param redundancy static heads that were there already and are left, mean over steps
   * @param counts of masked heads
   */
  record Forced(String condition, int m, double rate, double redundancy, @Flat HeadCounts counts) {}

  /**
   * Numbers of masked heads.
   *
   * @param asked how many were to be masked, [steps]
   * @param masked how many were, [steps]
   */
  record HeadCounts(List<Integer> asked, List<Integer> masked) {
    public HeadCounts {
      asked = List.copyOf(asked);
      masked = List.copyOf(masked);
    }

    static HeadCounts of(TwoPass.Masked run) {
      return new HeadCounts(run.asked(), run.heads().stream().map(HeadSet::size).toList());
    }

    /** The mean number that was to be masked; 0 without a step. */
    double meanAsked() {
      return asked.stream().mapToInt(n -> n).average().orElse(0);
    }

    /** The mean number that was masked; 0 without a step. */
    double meanMasked() {
      return masked.stream().mapToInt(n -> n).average().orElse(0);
    }
  }

  /**
   * A trial under one condition.
   *
   * @param condition its name
   * @param outcome what the answer came to
   * @param answerLogprob mean log-probability of the tokens of the right response, in nats
   * @param maskedHeads mean number of masked heads a step
   * @param compensation m: static heads that stepped in at one step; none without a clean pass
   * @param counts of masked heads a step, where counts were asked for
   */
  record Condition(
      String condition,
      @Flat Outcome outcome,
      double answerLogprob,
      double maskedHeads,
      OptionalInt compensation,
      @Flat Optional<HeadCounts> counts) {}

  /**
   * What an answer came to.
   *
   * @param correct whether it counts as successful
   * @param metrics what it was judged by
   * @param newTokens its tokens
   * @param text the answer
   * @param margin the smallest lead of the best logit over the next, where it was recorded
   */
  record Outcome(
      boolean correct,
      @Flat Map<Metric, Double> metrics,
      int newTokens,
      String text,
      OptionalDouble margin) {
    static Outcome of(Trial trial, Trace trace) {
      return new Outcome(
          trial.answeredBy(trace.text()),
          trial.metrics(trace.text()),
          trace.steps().size(),
          trace.text(),
          Margin.smallest(trace));
    }
  }
}
