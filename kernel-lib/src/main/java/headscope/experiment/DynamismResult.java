package headscope.experiment;

import com.google.gson.JsonObject;
import headscope.score.CopyPasteScore;
import headscope.score.Dynamism;
import headscope.score.ScoreMatrix;
import headscope.score.StaticRanking;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What {@link DynamismExperiment} found: the samples with their traces, and from them Table 1.
 *
 * @param experiment what was asked for
 * @param samples those that rank first, then those that are evaluated
 */
public record DynamismResult(DynamismExperiment experiment, List<Sample> samples) {

  /**
   * One generation.
   *
   * @param ranking whether it ranks the heads, else it is evaluated
   * @param length wanted tokens of the haystack
   * @param depth wanted depth of the needle, 0 to 1
   * @param realDepth where it lies
   * @param seed of the trial
   * @param needle the needle sentence
   * @param correct whether the answer contains the whole identifier
   * @param rougeL ROUGE-L against the needle sentence
   * @param trace what the heads looked at
   */
  public record Sample(
      boolean ranking,
      int length,
      double depth,
      double realDepth,
      long seed,
      String needle,
      boolean correct,
      double rougeL,
      Trace trace) {

    JsonObject toJson() {
      JsonObject o = new JsonObject();
      o.addProperty("set", ranking ? "ranking" : "evaluation");
      o.addProperty("length", length);
      o.addProperty("depth", depth);
      o.addProperty("realDepth", realDepth);
      o.addProperty("seed", seed);
      o.addProperty("needle", needle);
      o.addProperty("promptTokens", trace.prompt().length());
      o.addProperty("newTokens", trace.steps().size());
      o.addProperty("text", trace.text());
      o.addProperty("correct", correct);
      o.addProperty("rougeL", rougeL);
      return o;
    }

    static Sample of(JsonObject o, Trace trace) {
      return new Sample(
          o.get("set").getAsString().equals("ranking"),
          o.get("length").getAsInt(),
          o.get("depth").getAsDouble(),
          o.get("realDepth").getAsDouble(),
          o.get("seed").getAsLong(),
          o.get("needle").getAsString(),
          o.get("correct").getAsBoolean(),
          o.get("rougeL").getAsDouble(),
          trace);
    }
  }

  public DynamismResult {
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

  /** Share of the evaluated samples whose answer contains the whole identifier. */
  public double accuracy() {
    return evaluated().stream().mapToDouble(s -> s.correct() ? 1 : 0).average().orElse(Double.NaN);
  }

  /** The scores of every evaluated sample: [steps, heads] each. */
  public List<ScoreMatrix> scores() {
    return evaluated().stream().map(s -> experiment.score().matrix(s.trace())).toList();
  }

  /** The heads by their mean score over the ranking samples that were answered. */
  public StaticRanking ranking() {
    return ranking(experiment.score()::matrix);
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
   * How the figures of Table 1 depend on conventions: what counts as a match, how many static
   * heads, what an empty step counts.
   */
  public Table sensitivity(List<Integer> sizes) {
    if (!experiment.score().equals(CopyPasteScore.standard())) {
      return Dynamism.sensitivity(
          List.of(new Dynamism.Reading(experiment.score().name(), scores(), ranking())),
          List.of(.05, .1, .2, .3, .5),
          sizes);
    }
    return Dynamism.sensitivity(
        List.of(
            reading("value match", CopyPasteScore::of),
            reading("position match", CopyPasteScore::byPosition),
            reading("weight above .5", t -> CopyPasteScore.byWeight(t))),
        List.of(.5),
        sizes);
  }

  private Dynamism.Reading reading(String name, Function<Trace, ScoreMatrix> reading) {
    return new Dynamism.Reading(
        name, evaluated().stream().map(s -> reading.apply(s.trace())).toList(), ranking(reading));
  }

  /** One row a sample: what was asked and answered. */
  public Table toTable() {
    List<Sample> all = new ArrayList<>(samples);
    return Table.create(
        "samples",
        StringColumn.create(
            "set", all.stream().map(s -> s.ranking() ? "ranking" : "evaluation").toList()),
        IntColumn.create("length", all.stream().mapToInt(Sample::length).toArray()),
        DoubleColumn.create("depth", all.stream().mapToDouble(Sample::depth).toArray()),
        DoubleColumn.create("real depth", all.stream().mapToDouble(Sample::realDepth).toArray()),
        IntColumn.create(
            "prompt tokens", all.stream().mapToInt(s -> s.trace().prompt().length()).toArray()),
        BooleanColumn.create("correct", all.stream().map(Sample::correct).toList()),
        DoubleColumn.create("ROUGE-L", all.stream().mapToDouble(Sample::rougeL).toArray()),
        StringColumn.create("answer", all.stream().map(s -> s.trace().text()).toList()));
  }
}
