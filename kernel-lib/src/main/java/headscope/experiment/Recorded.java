package headscope.experiment;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import headscope.pairs.Generation;
import headscope.score.CopyPasteScore;
import headscope.score.Dynamism;
import headscope.score.Estimate;
import headscope.score.ScoreMatrix;
import headscope.score.StaticRanking;
import headscope.task.Metric;
import headscope.task.Trial;
import headscope.trace.Trace;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What a {@link Recording} left: the trials with their traces, and from them Table 1.
 *
 * @param recording what was asked for
 * @param samples those that rank first, then those that are evaluated
 */
public record Recorded(Recording recording, List<Sample> samples) {
  private static final Gson GSON = new Gson();

  /**
   * One generation.
   *
   * @param ranking whether it ranks the heads, else it is evaluated
   * @param length tokens of context, as the task counts them
   * @param depth of the needle, 0 to 1: the wanted one where there is one
   * @param description what the task says of the trial
   * @param correct whether the answer counts as successful
   * @param metrics what the answer was judged by
   * @param trace what the heads looked at
   */
  public record Sample(
      boolean ranking,
      int length,
      double depth,
      JsonObject description,
      boolean correct,
      Map<Metric, Double> metrics,
      Trace trace) {

    static Sample of(boolean ranking, Trial trial, Trace trace) {
      return new Sample(
          ranking,
          trial.length(),
          trial.depth(),
          GSON.toJsonTree(trial.description()).getAsJsonObject(),
          trial.answeredBy(trace.text()),
          trial.metrics(trace.text()),
          trace);
    }

    static Sample of(JsonObject line, List<Metric> metrics, Trace trace) {
      Map<Metric, Double> read = new EnumMap<>(Metric.class);
      metrics.forEach(m -> read.put(m, line.get(m.key()).getAsDouble()));
      return new Sample(
          line.get("set").getAsString().equals("ranking"),
          line.get("length").getAsInt(),
          line.get("depth").getAsDouble(),
          line,
          line.get("correct").getAsBoolean(),
          read,
          trace);
    }

    JsonObject toJson() {
      JsonObject o = new JsonObject();
      o.addProperty("set", ranking ? "ranking" : "evaluation");
      description.asMap().forEach(o::add);
      o.addProperty("newTokens", trace.steps().size());
      o.addProperty("text", trace.text());
      o.addProperty("correct", correct);
      metrics.forEach((metric, value) -> o.addProperty(metric.key(), value));
      return o;
    }
  }

  public Recorded {
    samples = List.copyOf(samples);
  }

  /** The samples that rank the heads. */
  public List<Sample> rankingSamples() {
    return samples.stream().filter(Sample::ranking).toList();
  }

  /** The samples that are evaluated. */
  public List<Sample> evaluated() {
    return samples.stream().filter(s -> !s.ranking()).toList();
  }

  /** Share of the evaluated samples that were answered. */
  public double accuracy() {
    return evaluated().stream().mapToDouble(s -> s.correct() ? 1 : 0).average().orElse(Double.NaN);
  }

  /** Mean of a metric over the evaluated samples, with its interval. */
  public Estimate mean(Metric metric) {
    return Estimate.mean(
        evaluated().stream().mapToDouble(s -> s.metrics().get(metric)).toArray(),
        recording.trials().seed());
  }

  /** The scores of every evaluated sample: [steps, heads] each. */
  public List<ScoreMatrix> scores() {
    return evaluated().stream().map(s -> recording.protocol().score().matrix(s.trace())).toList();
  }

  /** Hidden states and scores of every evaluated sample, answered or not. */
  public List<Generation> generations() {
    return generations(evaluated());
  }

  /** The same of the samples that rank the heads. */
  public List<Generation> rankingGenerations() {
    return generations(rankingSamples());
  }

  private List<Generation> generations(List<Sample> some) {
    return some.stream().map(s -> Generation.of(s.trace(), recording.protocol().score())).toList();
  }

  /**
   * The heads by their mean score over the ranking samples that were answered.
   *
   * @throws IllegalArgumentException if there was no ranking sample
   */
  public StaticRanking ranking() {
    return ranking(recording.protocol().score()::matrix);
  }

  private StaticRanking ranking(Function<Trace, ScoreMatrix> reading) {
    return StaticRanking.of(
        rankingSamples().stream().map(s -> reading.apply(s.trace())).toList(),
        rankingSamples().stream().map(Sample::correct).toList());
  }

  /** The mean number of heads that retrieve at a step, rounded half up, at least 1. */
  public int meanSetSize() {
    double mean = Dynamism.of(scores(), ranking().top(1)).headsPerStep().value();
    return Math.max(1, (int) Math.floor(mean + 0.5));
  }

  /**
   * Table 1 against the first heads of the static ranking.
   *
   * @param staticHeads how many, 20 in the paper
   */
  public Dynamism dynamism(int staticHeads) {
    return Dynamism.of(scores(), ranking().top(staticHeads));
  }

  /**
   * How the figures of Table 1 depend on conventions: what counts as a match or which threshold a
   * head must pass, how many static heads, what an empty step counts.
   */
  public Table sensitivity(List<Integer> sizes) {
    if (recording.protocol().score().equals(CopyPasteScore.standard())) {
      return Dynamism.sensitivity(
          List.of(
              reading("value match", CopyPasteScore::of),
              reading("position match", CopyPasteScore::byPosition),
              reading("weight above .5", t -> CopyPasteScore.byWeight(t))),
          List.of(.5),
          sizes);
    }
    return Dynamism.sensitivity(
        List.of(
            reading(
                "sink " + recording.protocol().sink() + ", local " + recording.protocol().local())),
        List.of(.05, .1, .2, .3, .5),
        sizes);
  }

  /** These generations as one reading of {@link Dynamism#sensitivity}. */
  public Dynamism.Reading reading(String name) {
    return reading(name, recording.protocol().score()::matrix);
  }

  private Dynamism.Reading reading(String name, Function<Trace, ScoreMatrix> reading) {
    return new Dynamism.Reading(
        name, evaluated().stream().map(s -> reading.apply(s.trace())).toList(), ranking(reading));
  }

  /** One row a sample: what was asked and answered. */
  public Table toTable() {
    Table table =
        Table.create(
            "samples",
            StringColumn.create(
                "set", samples.stream().map(s -> s.ranking() ? "ranking" : "evaluation").toList()),
            IntColumn.create("length", samples.stream().mapToInt(Sample::length).toArray()),
            DoubleColumn.create("depth", samples.stream().mapToDouble(Sample::depth).toArray()),
            DoubleColumn.create(
                "real depth",
                samples.stream()
                    .mapToDouble(s -> s.description().get("realDepth").getAsDouble())
                    .toArray()),
            IntColumn.create(
                "prompt tokens",
                samples.stream().mapToInt(s -> s.trace().prompt().length()).toArray()),
            BooleanColumn.create("correct", samples.stream().map(Sample::correct).toList()));
    for (Metric metric : recording.trials().metrics()) {
      table.addColumns(
          DoubleColumn.create(
              metric.title(),
              samples.stream().mapToDouble(s -> s.metrics().get(metric)).toArray()));
    }
    return table.addColumns(
        StringColumn.create("answer", samples.stream().map(s -> s.trace().text()).toList()));
  }
}
