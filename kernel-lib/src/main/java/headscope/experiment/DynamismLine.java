package headscope.experiment;

import headscope.json.Flat;
import headscope.json.Keyed;
import headscope.task.Metric;
import headscope.task.Trial;
import headscope.task.TrialFacts;
import headscope.trace.Trace;
import java.util.Locale;
import java.util.Map;

/**
 * A trial that was answered, its trace beside it.
 *
 * @param set what it is for
 * @param facts what the task says of it
 * @param newTokens tokens of the answer
 * @param text the answer
 * @param correct whether it counts as successful
 * @param metrics what it was judged by
 */
public record DynamismLine(
    Set set,
    @Flat TrialFacts facts,
    int newTokens,
    String text,
    boolean correct,
    @Flat Map<Metric, Double> metrics) {

  /** What a trial is for. */
  public enum Set implements Keyed {
    /** It ranks the heads. */
    RANKING,
    /** It is evaluated. */
    EVALUATION;

    @Override
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static DynamismLine of(Set set, Trial trial, Trace trace) {
    return new DynamismLine(
        set,
        trial.facts(),
        trace.steps().size(),
        trace.text(),
        trial.answeredBy(trace.text()),
        trial.metrics(trace.text()));
  }
}
